"""What the first page asks afterwards: how a decision felt, whether a question was welcome.

One at a time, and each may be left alone. Whether a question was welcome is not asked while
another one waits.
"""

from agent.asking.welcome import Welcome
from agent.consents.consent_file import ConsentFile, Purpose
from agent.page.from_desk import FromDesk
from agent.page.markup import Markup, tag
from agent.page.phrases.purposes import CHOICES
from wire.messages import Language
from wire.words import describe_change


class Afterwards(FromDesk):
    """The questions about what was."""

    def _afterwards(self) -> Markup | None:
        felt = self._felt()
        if felt is not None or self._home.question is not None:
            return felt
        return self._welcome() or self._fewer()

    def _felt(self) -> Markup | None:
        decision = self._home.felt_about
        if decision is None:
            return None
        types = {copy.message_id: copy.type for copy in self._home.sent}
        service = types.get(decision.alert_id) == "service_report"
        purpose = Purpose.DEVICE_HEALTH if service else Purpose.CARE_ALERT
        choice = CHOICES[self._lang][purpose].title
        says = self._say("felt_says", reviewer=decision.reviewer, choice=choice)
        return tag(
            "section",
            tag("h2", self._say("felt")),
            tag("p", says),
            self._form(
                "/felt",
                self._text_area("text", self._say("felt_label")),
                tag("button", self._say("send")),
                about=decision.alert_id,
            ),
        )

    def _welcome(self) -> Markup | None:
        concern = self._home.welcome_about
        if concern is None:
            return None
        options = [
            tag(
                "label",
                tag("input", type="radio", name="word", value=str(word)),
                " ",
                self._say(f"welcome_{word}"),
            )
            for word in (Welcome.YES, Welcome.ALL_RIGHT, Welcome.NO)
        ]
        noticed = describe_change(concern.change, self._lang)
        return tag(
            "section",
            tag("h2", self._say("welcome"), id="welcome"),
            tag("p", self._say("welcome_says", noticed=noticed)),
            self._form(
                "/welcome",
                tag("fieldset", tag("legend", self._say("welcome_legend")), options),
                self._field("text", self._say("welcome_own"), "", longest=200),
                self._either("welcome_keep", "welcome_skip"),
                about=concern.concern_id,
            ),
            aria_labelledby="welcome",
        )

    def _fewer(self) -> Markup | None:
        fewer, file = self._home.fewer, self._home.file
        if fewer is None or not isinstance(file, ConsentFile):
            return None
        now, then = map(self._so_often, (file.false_alarms_per_year, fewer))
        return tag(
            "section",
            tag("h2", self._say("fewer"), id="fewer"),
            tag("p", self._say("fewer_says", now=now, fewer=then)),
            self._form("/fewer", self._either("fewer_do", "fewer_keep"), to=f"{fewer:g}"),
            aria_labelledby="fewer",
        )

    def _either(self, do: str, leave: str) -> Markup:
        return tag(
            "div",
            tag("button", self._say(do)),
            tag("button", self._say(leave), name="leave", value="yes", class_="quiet"),
            class_="row",
        )

    def _so_often(self, per_year: float) -> str:
        key, number = ("a_year", per_year) if per_year >= 1 else ("in_years", 1 / per_year)
        text = f"{round(number, 1):g}"
        comma = text.replace(".", ",") if self._lang is Language.FR else text
        return self._say(key, n=comma)
