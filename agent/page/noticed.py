"""The page of the routine: as a picture, in words, and what was noticed."""

from agent.asking.concerns import Concern, State
from agent.asking.welcome import Welcome
from agent.giving_back.home_phrases import ANSWERS, HELD_BACK, STATES
from agent.giving_back.routine_report import words_of
from agent.page.frame import Frame
from agent.page.markup import Content, Markup, tag
from wire.words import describe_change, typeset


class Noticed(Frame):
    """What was learned here, and what was noticed."""

    def routine(self) -> str:
        """Return what was learned and what was noticed."""
        home, lang = self._home, self._lang
        parts: list[Content] = [tag("p", self._say("statistic"))]
        if home.routine is None:
            parts.append(tag("p", self._say("nothing_learned")))
        else:
            alt = self._say("picture_alt")
            parts += [
                tag("img", src="/routine.svg", alt=alt, class_="picture"),
                tag("ul", [tag("li", line) for line in words_of(home.routine.picture(), lang)]),
            ]
        parts.append(tag("h2", self._say("noticed")))
        noticed = [self._concern(concern) for concern in home.concerns]
        parts.append(tag("ul", noticed) if noticed else tag("p", self._say("nothing_noticed")))
        if home.routine is not None and home.routine.held_back:
            parts.append(tag("h2", self._say("held_back")))
            parts.append(
                tag(
                    "ul",
                    [
                        tag(
                            "li",
                            describe_change(held.change, lang),
                            " ",
                            typeset(HELD_BACK[lang][held.reason], lang),
                        )
                        for held in reversed(home.routine.held_back)
                    ],
                )
            )
        return self.page("/routine", *parts)

    def _concern(self, concern: Concern) -> Markup:
        lang = self._lang
        state = typeset(STATES[lang][concern.state], lang)
        if concern.state is State.ANSWERED and concern.answer is not None:
            known = {str(word): text for word, text in ANSWERS[lang].items()}
            state = f"{state} ({known.get(concern.answer, concern.answer)})"
        text = describe_change(concern.change, lang)
        return tag("li", self._dated(concern.change.noticed_at), " ", text, " ",
                   tag("em", state), self._welcomed(concern))  # fmt: skip

    def _welcomed(self, concern: Concern) -> list[str]:
        if concern.welcome is None or concern.welcome == Welcome.SKIPPED:
            return []
        own = concern.welcome_text
        said = [self._say(f"said_{concern.welcome}")]
        return [
            f" {one}" for one in (*said, *([self._say("said_own", text=own)] if own else []))
        ]
