"""Tells the steps as a story that somebody reads while it happens.

Brews are not told one by one: the six weeks are a line a week with a bar a weekday, the
days of the story a line a day with its hours, and only what happens *about* them is told
in sentences.
"""

import functools
from collections.abc import Mapping
from datetime import date, datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from scripts.first_cup import steps
from scripts.first_cup.phrases import (
    FAULTS,
    MONTHS,
    OUTCOMES,
    ROLES,
    SENTENCES,
    STORIES,
    WEEKDAY_INITIALS,
    WEEKDAYS,
)
from scripts.first_cup.terminal import Terminal
from wire import words
from wire.messages import Language

BARS = "▁▂▃▄▅▆▇█"
NONE, NOT_SEEN = "·", " "
BREWS_OF_FULL_BAR = 12
"""Three times what one person usually makes: twice as much still shows as a difference."""
WEEK_WIDTH, DAY_WIDTH = 14, 24
HOURS_RULER = "0     6     12    18    "


class HumanVoice:
    """Writes each step in words, in the household's local time."""

    def __init__(
        self,
        out: TextIO,
        *,
        timezone: str,
        language: Language,
        environment: Mapping[str, str],
    ) -> None:
        self._terminal = Terminal(out, environment=environment)
        self._zone = ZoneInfo(timezone)
        self._language = language
        self._chart: type[steps.Step] | None = None
        self._scene = ""

    def tell(self, step: steps.Step) -> None:
        """Write ``step``; a single brew is left to the week or day that it belongs to."""
        if not isinstance(step, steps.Brew):
            self._tell(step)
            self._chart = type(step)

    @functools.singledispatchmethod
    def _tell(self, step: steps.Step) -> None:
        raise TypeError(f"there are no words for {type(step).__name__}")

    @_tell.register
    def _(self, step: steps.Started) -> None:
        self._terminal.blank()
        self._terminal.title("Demitasse")
        self._terminal.paragraph(self._say("motto"))
        self._terminal.blank()
        self._terminal.paragraph(self._opening(step.subject))
        if step.seed is not None:
            today = step.today.isoformat()
            self._terminal.paragraph(self._say("seed", seed=step.seed, today=today))
        self._terminal.blank()
        self._terminal.paragraph(f"{self._say('console')}  {step.console}")
        self._terminal.paragraph(self._say("logins"))
        for login in step.logins:
            self._terminal.paragraph(f"  {self._login(login)}")

    @_tell.register
    def _(self, step: steps.WeekLived) -> None:
        if self._chart is not steps.WeekLived:
            self._begin_chart("weeks", WEEKDAY_INITIALS[self._language], WEEK_WIDTH)
        picture = " ".join(_bar(count) for count in step.brews)
        total = sum(count or 0 for count in step.brews)
        self._terminal.row(
            self._date(step.monday, width=2),
            picture,
            self._coffees(total),
            picture_width=WEEK_WIDTH,
        )

    @_tell.register
    def _(self, step: steps.DayLived) -> None:
        if self._chart is not steps.DayLived:
            self._begin_chart("days", HOURS_RULER, DAY_WIDTH)
        picture = "".join(_bar(2 * count) for count in step.brews)
        weekday = WEEKDAYS[self._language][step.day.weekday()]
        self._terminal.row(
            f"{weekday} {self._date(step.day, width=2)}",
            picture,
            self._coffees(sum(step.brews)),
            picture_width=DAY_WIDTH,
        )

    @_tell.register
    def _(self, step: steps.Unseen) -> None:
        until = self._moment(step.until)
        self._event(step, self._say("unseen"), self._say("unseen_until", until=until))

    @_tell.register
    def _(self, step: steps.FaultBegins) -> None:
        fault = words.typeset(FAULTS[self._language][step.fault], self._language)
        self._event(step, self._say("fault"), self._say("fault_detail", fault=fault))

    @_tell.register
    def _(self, step: steps.DeviceChecked) -> None:
        sentence = words.describe_check(step.check, self._language)
        self._event(step, self._say("device_check"), sentence)

    @_tell.register
    def _(self, step: steps.ConcernRaised) -> None:
        title = words.kind_title(step.change.kind, self._language)
        self._event(step, title, self._say("concern_detail"))

    @_tell.register
    def _(self, step: steps.QuestionAsked) -> None:
        text = words.question(step.change, self._language)
        waits = self._say("waits", hours=f"{step.grace_h:g}")
        self._event(step, self._say("question"), self._say("quoted", text=text), waits)

    @_tell.register
    def _(self, step: steps.KeptAtHome) -> None:
        self._event(step, self._say("kept_at_home"), self._say("kept_at_home_detail"))

    @_tell.register
    def _(self, step: steps.UseReturned) -> None:
        self._event(step, self._say("use_returned"), self._say("use_returned_detail"))

    @_tell.register
    def _(self, step: steps.AlertPublished) -> None:
        detail = self._say("alert_detail", hours=f"{step.waited_h:.2g}", size=step.size_bytes)
        self._event(step, self._say("alert"), detail)

    @_tell.register
    def _(self, step: steps.ServiceReported) -> None:
        detail = self._say("service_detail", size=step.size_bytes)
        self._event(step, self._say("service"), detail)

    @_tell.register
    def _(self, step: steps.DeskAcknowledged) -> None:
        outcome = OUTCOMES[self._language][step.outcome]
        detail = self._say("acknowledged_detail", outcome=outcome)
        self._event(step, self._say("acknowledged"), detail)

    @_tell.register
    def _(self, step: steps.YourTurn) -> None:
        login = step.login
        detail = self._say(
            "your_turn_detail",
            console=step.console,
            username=login.username,
            password=login.password,
        )
        self._event(step, self._say("your_turn"), detail)

    @_tell.register
    def _(self, step: steps.CaseClaimed) -> None:
        title = self._say("claimed", reviewer=step.reviewer)
        self._event(step, title, self._say("claimed_detail"))

    @_tell.register
    def _(self, step: steps.Decided) -> None:
        title = self._say("decided", reviewer=step.reviewer)
        self._event(step, title, self._say("reason", reason=step.reason))

    @_tell.register
    def _(self, step: steps.DecisionAtHome) -> None:
        told = words.describe_choice(step.choice, step.reviewer, self._language)
        details = [told, self._say("reason", reason=step.reason)]
        if step.message is not None:
            details.append(self._say("quoted", text=step.message))
        self._event(step, self._say("home"), *details)

    @_tell.register
    def _(self, step: steps.Summary) -> None:
        self._event(
            step,
            self._say(f"summary_{step.outcome}"),
            self._coffees(step.brews),
            self._say("alerts", n=step.alerts_published),
            self._say("reports", n=step.service_reports_published),
            self._say("nothing_left" if step.nothing_left else "only_sealed"),
        )
        self._terminal.blank()

    def _event(self, step: steps.Step, title: str, *details: str) -> None:
        when = self._moment(step.at)
        # What happens within the same minute is one scene: its time is said once.
        self._terminal.event("" if when == self._scene else when, title, *details)
        self._scene = when

    def _begin_chart(self, title: str, ruler: str, width: int) -> None:
        self._scene = ""
        self._terminal.blank()
        self._terminal.row(self._say(title), ruler, "", picture_width=width)

    def _say(self, key: str, **values: object) -> str:
        template = words.typeset(SENTENCES[self._language][key], self._language)
        return template.format(**values)

    def _opening(self, subject: str) -> str:
        if subject in STORIES[self._language]:
            return STORIES[self._language][subject]
        if subject in FAULTS[self._language]:
            return self._say("fault_opening")
        return self._say("history", subject=subject)

    def _login(self, login: steps.Login) -> str:
        return self._say(
            "login",
            first_name=login.first_name,
            role=ROLES[self._language][login.role],
            username=login.username,
            password=login.password,
        )

    def _coffees(self, count: int) -> str:
        # One and a half is plural in English and singular in French; so is nought.
        singular = count < 2 if self._language is Language.FR else count == 1
        return self._say("coffees_one" if singular else "coffees_many", count=count)

    def _date(self, day: date, *, width: int = 0) -> str:
        first = self._language is Language.FR and day.day == 1
        number = "1er" if first else f"{day.day:>{width}}"
        return f"{number} {MONTHS[self._language][day.month - 1]}"

    def _moment(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        weekday = WEEKDAYS[self._language][local.weekday()]
        english = self._language is Language.EN
        clock = f"{local:%H:%M}" if english else f"{local.hour} h {local:%M}"
        return words.typeset(f"{weekday} {self._date(local)} {clock}", self._language)


def _bar(brews: int | None) -> str:
    if brews is None:
        return NOT_SEEN
    if brews == 0:
        return NONE
    return BARS[min(len(BARS) - 1, (brews * len(BARS) - 1) // BREWS_OF_FULL_BAR)]
