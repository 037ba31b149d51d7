"""The one form for somebody at the home network who was not let in yet."""

from agent.page.frame import OTHER, whole
from agent.page.markup import Markup, tag
from agent.page.opening import HIGHEST, NUMBERS
from agent.page.phrases import say
from wire.messages import Language

_WRITTEN_MAX = 40
_EXAMPLE = "▬ ••• • ••••• •• ••••"
"""What the light shows, for eyes; the words beside it say the same."""


def page(lang: Language, *, token: str, tries_left: int, problem: str = "") -> str:
    """Return the page that asks for what the light counts; ``problem`` is a phrase's key."""
    other = OTHER[lang]
    language = tag("a", say("other_language", lang), href=f"/?in={other}", lang=str(other),
                   class_="button quiet")  # fmt: skip
    trouble = (
        tag("p", say(problem, lang, n=tries_left), class_="warning", role="alert", id="trouble")
        if problem
        else None
    )
    return whole(
        lang,
        say("door", lang),
        tag("header", language),
        tag(
            "main",
            tag("h1", say("door", lang)),
            trouble,
            tag("p", say("door_says", lang)),
            tag("ol", [tag("li", say(step, lang)) for step in ("door_one", "door_two")]),
            _form(lang, token, trouble=bool(problem)),
            tag("p", say("door_who", lang)),
        ),
        tag("footer", tag("p", say("emergency", lang))),
    )


def _form(lang: Language, token: str, *, trouble: bool) -> Markup:
    numbers = tag(
        "input",
        name="numbers",
        id="numbers",
        required=True,
        inputmode="numeric",
        autocomplete="off",
        maxlength=_WRITTEN_MAX,
        aria_describedby="trouble hint" if trouble else "hint",
        aria_invalid="true" if trouble else None,
        class_="numbers",
    )
    example = tag("span", _EXAMPLE, aria_hidden="true")
    return tag(
        "form",
        tag("input", type="hidden", name="token", value=token),
        tag("input", type="hidden", name="in", value=str(lang)),
        tag("p", tag("label", say("numbers", lang, n=NUMBERS, high=HIGHEST), for_="numbers"),
            numbers),
        tag("p", example, " ", say("numbers_hint", lang), class_="hint", id="hint"),
        tag("button", say("let_me_in", lang)),
        method="post",
        action="/pair",
    )  # fmt: skip
