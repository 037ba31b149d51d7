"""A web page as a person without a mouse meets it: text and forms.

Knows HTML and nothing of any console, so that whoever uses it depends on what the page
says and on nothing else. ``Page.read`` parses; ``Form.filled`` returns what a browser would
send, hidden fields included, and refuses a field or an option that is not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

Attributes = Mapping[str, str]

VOID = frozenset({"input", "br", "hr", "img", "link", "meta"})
SILENT = frozenset({"script", "style", "title", "template"})


class PageError(Exception):
    """The page is not what it should be; the message says what was seen instead."""


@dataclass(slots=True)
class Form:
    """One form, with what its fields hold before anybody touches them."""

    action: str
    attributes: Attributes
    values: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)
    """The options of each choice (radio buttons or a list), in order."""
    names: list[str] = field(default_factory=list)

    def filled(self, **answers: str) -> dict[str, str]:
        """Return the fields to send with ``answers`` filled in."""
        for name, answer in answers.items():
            if name not in self.names:
                raise PageError(f"the form has no field {name!r}; it has {self._listed()}")
            if name in self.offered and answer not in self.offered[name]:
                options = ", ".join(self.offered[name])
                raise PageError(f"{name!r} offers {options}; {answer!r} is not among them")
        return {**self.values, **answers}

    def _listed(self) -> str:
        return ", ".join(self.names) or "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a server answered."""

    url: str
    status: int
    title: str
    text: str
    forms: tuple[Form, ...]

    @classmethod
    def read(cls, url: str, status: int, html: str) -> "Page":
        """Parse ``html`` as the answer to ``url``."""
        reader = _Reader(url)
        reader.feed(html)
        reader.close()
        return cls(
            url=url,
            status=status,
            title=" ".join("".join(reader.title).split()),
            text=" ".join("".join(reader.text).split()),
            forms=tuple(reader.forms),
        )

    def describe(self) -> str:
        """Return one line for an error message: which page this is and how it begins."""
        beginning = self.text if len(self.text) <= 160 else self.text[:159] + "…"
        return f"{self.url} answered {self.status}, titled {self.title!r}: {beginning}"

    def form_with(self, attribute: str, value: str) -> Form | None:
        """Return the first form whose ``attribute`` is ``value``."""
        return next((f for f in self.forms if f.attributes.get(attribute) == value), None)

    def form_asking(self, *names: str) -> Form | None:
        """Return the first form that has all the fields ``names``."""
        return next((f for f in self.forms if set(names) <= set(f.names)), None)


class _Reader(HTMLParser):
    """Collects text and forms while the parser walks through the page."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._url = url
        self._silent: str | None = None
        self._form: Form | None = None
        self._textarea: str | None = None
        self._select: str | None = None
        self.title: list[str] = []
        self.text: list[str] = []
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in SILENT:
            self._silent = tag
        elif tag == "form":
            self._begin_form(attributes)
        elif self._form is not None:
            self._field(self._form, tag, attributes)
        if tag not in VOID:
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.text.append(" ")
        if tag == self._silent:
            self._silent = None
        elif tag == "form":
            self._form = None
        elif tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._silent == "title":
            self.title.append(data)
        elif self._silent is None and self._textarea is None:
            self.text.append(data)
        elif self._form is not None and self._textarea is not None:
            self._form.values[self._textarea] += data

    def _begin_form(self, attributes: Attributes) -> None:
        self._form = Form(
            action=urljoin(self._url, attributes.get("action", "")),
            attributes=attributes,
        )
        self.forms.append(self._form)

    def _field(self, form: Form, tag: str, attributes: Attributes) -> None:
        name = attributes.get("name", "")
        if tag == "option" and self._select is not None:
            self._option(form, self._select, attributes)
        elif not name or "disabled" in attributes:
            return
        elif tag == "textarea":
            self._textarea = name
            form.names.append(name)
            form.values[name] = ""
        elif tag == "select":
            self._select = name
            form.names.append(name)
            form.offered[name] = []
        elif tag == "input":
            _input(form, name, attributes)

    def _option(self, form: Form, select: str, attributes: Attributes) -> None:
        value = attributes.get("value", "")
        form.offered[select].append(value)
        if "selected" in attributes or len(form.offered[select]) == 1:
            form.values[select] = value


def _input(form: Form, name: str, attributes: Attributes) -> None:
    if name not in form.names:
        form.names.append(name)
    kind = attributes.get("type", "text").lower()
    value = attributes.get("value", "on" if kind in ("radio", "checkbox") else "")
    if kind == "radio":
        form.offered.setdefault(name, []).append(value)
    if kind in ("submit", "button", "reset", "image"):
        return
    if kind not in ("radio", "checkbox") or "checked" in attributes:
        form.values[name] = value
