"""What every page has around it, and the parts that several are made of."""

from datetime import datetime

from agent.consents.consent_file import Unreadable
from agent.disk import Disk
from agent.page.household import Household
from agent.page.markup import Content, Markup, tag
from agent.page.phrases import say
from wire.messages import Language
from wire.words import moment, typeset

OTHER = {Language.EN: Language.FR, Language.FR: Language.EN}
SECTIONS = (
    ("/", "today"),
    ("/routine", "routine"),
    ("/sent", "sent"),
    ("/choices", "choices"),
    ("/mine", "mine"),
)
REPLY_MAX = 600


class Frame:
    """One request: one household, one session."""

    def __init__(self, home: Household, token: str) -> None:
        self._home = home
        self._token = token
        self._lang = home.language

    def page(self, where: str, *content: Content, notice: str = "") -> str:
        """Return a whole page."""
        title = self._say(dict(SECTIONS).get(where, "today"))
        file = self._home.file
        broken = (
            tag("p", self._say("broken_file"), " ", file.reason, class_="warning", role="alert")
            if isinstance(file, Unreadable)
            else None
        )
        disk = self._home.disk
        unkept = (
            tag("p", self._say(f"disk_{disk}"), class_="warning", role="alert")
            if disk is not Disk.FINE
            else None
        )
        return whole(
            self._lang,
            title,
            tag("a", self._say("skip"), href="#content", class_="skip"),
            tag("header", self._navigation(where), self._language_form(where)),
            tag(
                "main",
                tag("h1", title),
                tag("p", notice, class_="note", role="status") if notice else None,
                unkept,
                broken,
                *content,
                id="content",
            ),
            tag("footer", tag("p", self._say("emergency"))),
        )

    def _navigation(self, where: str) -> Markup:
        items = [
            tag(
                "li",
                tag(
                    "a",
                    self._say(key),
                    href=path,
                    aria_current="page" if path == where else None,
                ),
            )
            for path, key in SECTIONS
        ]
        return tag("nav", tag("ul", items), aria_label="Demitasse")

    def _language_form(self, where: str) -> Markup:
        other = OTHER[self._lang]
        button = tag("button", self._say("other_language"), class_="quiet", lang=str(other))
        return self._form("/language", button, language=str(other), back=where)

    def _form(self, action: str, *content: Content, **hidden: str) -> Markup:
        fields = {"token": self._token, **hidden}
        inputs = [tag("input", type="hidden", name=n, value=v) for n, v in fields.items()]
        return tag("form", inputs, *content, method="post", action=action)

    def _field(
        self,
        name: str,
        label: str,
        value: str,
        *,
        required: bool = False,
        longest: int = 120,
        fixed: bool = False,
    ) -> Markup:
        field = tag("input", name=name, id=f"f-{name}", value=value, maxlength=longest,
                    required=required, autocomplete="off", readonly=fixed)  # fmt: skip
        return tag("p", tag("label", label, for_=f"f-{name}"), field)

    def _text_area(self, name: str, label: str, about: str = "") -> Markup:
        own = f"a-{name}-{about[:8]}"
        area = tag("textarea", "", name=name, id=own, maxlength=REPLY_MAX, rows=3,
                   required=True)  # fmt: skip
        return tag("p", tag("label", label, for_=own), area)

    def _at(self, when: datetime) -> str:
        """Return a moment as one says it, within a sentence."""
        return self._said(when, with_time=True)

    def _dated(self, when: datetime) -> Markup:
        """Return the same, before what happened then."""
        at = self._at(when)
        return tag("b", at[0].upper() + at[1:])

    def _day(self, when: datetime) -> str:
        """Return a day as it follows on "until"."""
        return self._said(when, with_time=False).removeprefix("le ")

    def _said(self, when: datetime, *, with_time: bool) -> str:
        home = self._home
        said = moment(
            when,
            seen_from=home.now,
            timezone=home.zone.key,
            lang=self._lang,
            with_time=with_time,
        )
        return typeset(said, self._lang)

    def _say(self, key: str, **values: object) -> str:
        return say(key, self._lang, **values)


def whole(lang: Language, title: str, *body: Content) -> str:
    """Return an HTML document."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} · Demitasse"),
        tag("link", rel="icon", href="/cup.svg"),
        tag("link", rel="stylesheet", href="/style.css"),
    )
    return f"<!doctype html>{tag('html', head, tag('body', *body), lang=str(lang))}"


def plain_page(lang: Language, title: str, text: str) -> str:
    """Return a page that says one thing, to whoever asks."""
    return whole(lang, title, tag("main", tag("h1", title), tag("p", text)))
