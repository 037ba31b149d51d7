"""HTML as values: every text is escaped where it is put in, so nobody can forget it.

>>> str(tag("p", "1 < 2", " ", tag("b", "yes")))
'<p>1 &lt; 2 <b>yes</b></p>'
>>> str(tag("input", name="on", disabled=True, hidden=False))
'<input name="on" disabled>'
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass

_VOID = frozenset({"input", "meta", "link", "img", "br", "hr"})


@dataclass(frozen=True, slots=True)
class Markup:
    """Text that is HTML already."""

    text: str

    def __str__(self) -> str:
        return self.text


Content = str | Markup | None | Iterable["Content"]
Attribute = str | int | bool | None


def tag(name: str, /, *content: Content, **attributes: Attribute) -> Markup:
    """Return one element. ``class_`` is ``class``, ``aria_label`` is ``aria-label``."""
    written = "".join(
        _attribute(key.rstrip("_").replace("_", "-"), value)
        for key, value in attributes.items()
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{_inside(content)}</{name}>")


def join(*content: Content) -> Markup:
    """Return ``content`` one after the other."""
    return Markup(_inside(content))


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    return f" {key}" if value is True else f' {key}="{html.escape(str(value), quote=True)}"'


def _inside(content: Content) -> str:
    match content:
        case None:
            return ""
        case Markup():
            return content.text
        case str():
            return html.escape(content, quote=False)
    return "".join(map(_inside, content))
