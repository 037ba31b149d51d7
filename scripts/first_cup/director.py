"""Puts the demonstration together and lets it happen: its composition root.

Broker, witness and desk are started, a home is furnished, and then somebody lives there
until the story has come to its end: a decision back at home, a question that stayed at
home, a service case, or a history in which nothing broke. Where a viewer is at the
console, the decision is theirs, and life goes on in real time until Ctrl-C.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from gpiozero import Device as GpioDevice  # type: ignore[import-untyped]
from gpiozero.pins.mock import MockFactory, MockPWMPin  # type: ignore[import-untyped]

from agent.consents.consent_file import ConsentFile, Purpose, read_consent_file
from firmware_bridge.profile import load_profile
from firmware_bridge.simulation.pty_machine import PtyMachine
from firmware_bridge.simulation.simulated_machine import Fault as MachineFault
from firmware_bridge.simulation.simulated_machine import SimulatedMachine
from scripts.first_cup import steps
from scripts.first_cup.broker import Broker
from scripts.first_cup.desk import Desk
from scripts.first_cup.home import HomeFolder, Wiring
from scripts.first_cup.household import Household, Span, real_local
from scripts.first_cup.human_voice import HumanVoice
from scripts.first_cup.json_voice import JsonVoice
from scripts.first_cup.life import Life
from scripts.first_cup.narrator import Narrator
from scripts.first_cup.options import Options
from scripts.first_cup.phrases import SCRIPT
from scripts.first_cup.replay import Replay
from scripts.first_cup.resident import Resident
from scripts.first_cup.reviewer import ScriptedReviewer
from scripts.first_cup.steps import Ending
from scripts.first_cup.tally import Tally
from scripts.first_cup.teller import Teller
from scripts.first_cup.virtual_clock import VirtualClock
from scripts.first_cup.witness import Witness
from wire.messages import Choice

TICK_S = 0.1
"""How often the device looks around while the viewer is at the console."""
CLAIM_AFTER = timedelta(minutes=4)
DECIDE_AFTER = timedelta(minutes=6)
"""Of simulated time: a person reads before deciding."""
CASE_WITHIN_S = 20.0
RENEWED_EVERY_DAYS = 150
"""Consent lasts six months."""


def run(options: Options) -> int:
    """Let the demonstration happen; return its exit status."""
    # The demonstration has no pins: light and button are gpiozero's own stand-ins.
    GpioDevice.pin_factory = MockFactory(pin_class=MockPWMPin)
    household = _household(options)
    with ExitStack() as stack:
        stage = _set_up(stack, options, household)
        stage.live()
        if not options.headless:
            stage.wait_for_viewer()
            return 0
        if stage.teller.acknowledged:
            stage.decide()
        return stage.summarise()


def _household(options: Options) -> Household:
    if options.replay is None:
        return Resident(story=options.story, seed=options.seed, today=options.today)
    files = options.replay
    return Replay(
        files.events,
        coverage=files.coverage,
        household=files.household,
        appliance=files.appliance,
        timezone=files.timezone,
    )


def _purposes(options: Options) -> tuple[Purpose, ...]:
    learning = (Purpose.LEARN_ROUTINE,)
    more = (Purpose.CARE_ALERT, Purpose.DEVICE_HEALTH)
    return learning + more if options.consent else learning


def _set_up(stack: ExitStack, options: Options, household: Household) -> "Stage":
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="demitasse-")))
    broker = stack.enter_context(Broker(folder))
    witness = stack.enter_context(Witness(broker.port))
    desk = stack.enter_context(
        Desk(
            folder / "desk",
            broker_port=broker.port,
            timezone=household.timezone,
            language=options.language,
        )
    )
    home = HomeFolder(folder / "home")
    machine = SimulatedMachine(load_profile(home.profile), serial="DEMI0001")
    line = PtyMachine(machine)
    stack.callback(line.close)
    settings = home.settings(
        Wiring(timezone=household.timezone, serial_port=line.port, broker_port=broker.port)
    )
    home.grant(_purposes(options), options.language)
    home.enroll(settings, desk)
    starts_at = _midnight(household.first_day, household)
    desk.time_is(starts_at)
    console = desk.serve()
    narrator = Narrator(
        _voice(options, household),
        Tally(timezone=household.timezone, starts_at=starts_at, days_from=household.breaks_on),
    )
    consent = read_consent_file(settings.consent_file)
    assert isinstance(consent, ConsentFile)
    teller = Teller(narrator.tell, grace_h=consent.answer_within_h)
    narrator.tell(_started(options, household, starts_at, console, desk))
    life = Life(
        VirtualClock(starts_at),
        machine,
        line,
        settings,
        journal=teller.hear,
        tell_time=desk.time_is,
    )
    stack.callback(life.close)
    return Stage(
        options=options,
        household=household,
        home=home,
        life=life,
        desk=desk,
        console=console,
        witness=witness,
        narrator=narrator,
        teller=teller,
    )


def _voice(options: Options, household: Household) -> HumanVoice | JsonVoice:
    if options.headless:
        return JsonVoice(sys.stdout, timezone=household.timezone)
    return HumanVoice(
        sys.stdout,
        timezone=household.timezone,
        language=options.language,
        environment=os.environ,
    )


def _midnight(day: date, household: Household) -> datetime:
    wall = datetime.combine(day, time_of_day())
    return real_local(wall, ZoneInfo(household.timezone)).astimezone(UTC)


def _started(
    options: Options, household: Household, at: datetime, console: str, desk: Desk
) -> steps.Started:
    subject = str(options.fault or options.story)
    if isinstance(household, Replay):
        subject = household.household_id
    return steps.Started(
        at=at,
        seed=None if isinstance(household, Replay) else options.seed,
        subject=subject,
        today=options.today,
        console=console,
        logins=desk.logins,
    )


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything that is up and running, and how the story goes on it."""

    options: Options
    household: Household
    home: HomeFolder
    life: Life
    desk: Desk
    console: str
    witness: Witness
    narrator: Narrator
    teller: Teller

    def live(self) -> None:
        """Live until the story has come to the desk, or has ended at home."""
        self.life.rest(lambda: self.life.device.settled)
        for at, act in self._calendar():
            if self.life.pass_until(at, stop=self._has_come_to_an_end):
                return
            self.narrator.time_is(self.life.clock.utc)
            act()

    def decide(self) -> None:
        """Let the scripted reviewer take the case and decide, and wait for it at home."""
        words, login = SCRIPT[self.options.language], self.desk.login_of(self._role)
        about = "service" if self.teller.reported else "care"
        choice = Choice.REPAIR if self.teller.reported else Choice.WRITE
        reviewer = ScriptedReviewer(self.console)
        self._time_passes(CLAIM_AFTER)
        reviewer.log_in(login.username, login.password)
        case = reviewer.wait_for_case(within_s=CASE_WITHIN_S)
        self.narrator.tell(steps.CaseClaimed(at=self._now, reviewer=login.first_name))
        self._time_passes(DECIDE_AFTER)
        reason, message = words[f"{about}_reason"], words[f"{about}_message"]
        reviewer.decide(case, choice=choice, reason=reason, message=message)
        self.narrator.tell(
            steps.Decided(
                at=self._now,
                reviewer=login.first_name,
                choice=choice,
                reason=reason,
                message=message,
            )
        )
        self.life.rest(lambda: self.teller.decided)

    def wait_for_viewer(self) -> None:
        """Leave the rest to the viewer, and live on in real time until Ctrl-C."""
        told = not self.teller.acknowledged
        if told:
            self._tell_the_end()
        else:
            login = self.desk.login_of(self._role)
            self.narrator.tell(steps.YourTurn(at=self._now, console=self.console, login=login))
        # Here Ctrl-C is the ordinary end: the viewer has seen enough.
        with suppress(KeyboardInterrupt):
            before = time.monotonic()
            while True:
                time.sleep(TICK_S)
                now = time.monotonic()
                self.life.live_on(timedelta(seconds=now - before))
                before = now
                if self.teller.decided and not told:
                    told = True
                    self._tell_the_end()

    def summarise(self) -> int:
        """Tell the end; return 0 only if everything promised has happened, in order."""
        ending = self._tell_the_end()
        missing = self.narrator.path.missing(ending)
        if missing is not None:
            print(f"scripts/demo: {missing}", file=sys.stderr)
        return 0 if missing is None else 1

    # --------------------------------------------------------------------------- parts

    def _tell_the_end(self) -> Ending:
        ending = self._ending
        self.narrator.tell(
            steps.Summary(
                at=self._now,
                outcome=ending,
                brews=self.narrator.brews,
                alerts_published=self.teller.alerts,
                service_reports_published=self.teller.reports,
                nothing_left=self.witness.envelopes("up") == 0,
            )
        )
        return ending

    @property
    def _now(self) -> datetime:
        return self.life.clock.utc

    @property
    def _role(self) -> str:
        return "technician" if self.teller.reported else "reviewer"

    @property
    def _ending(self) -> Ending:
        if self.teller.acknowledged:
            return Ending.SERVICE if self.teller.reported else Ending.DECIDED
        if self.teller.kept_at_home:
            return Ending.KEPT_AT_HOME
        return Ending.USE_RETURNED if self.teller.returned else Ending.NO_CONCERN

    def _has_come_to_an_end(self) -> bool:
        return self.teller.acknowledged or self.teller.kept_at_home

    def _calendar(self) -> list[tuple[datetime, Callable[[], None]]]:
        """Return what will happen and when, up to the end of the last day."""
        first, last = self.household.first_day, self.household.last_day
        planned: list[tuple[datetime, Callable[[], None]]] = []
        for brew in self.household.brews(first, last):
            planned.append((brew.at, partial(self.life.brew, brew.water_ml)))
        for span in self.household.switched_off(first, last):
            planned.append((span.start, partial(self._switch_off, span)))
        for days in range(RENEWED_EVERY_DAYS, (last - first).days, RENEWED_EVERY_DAYS):
            renewed_on = first + timedelta(days=days)
            planned.append((_midnight(renewed_on, self.household), self._renew_consent))
        if self.options.fault is not None and self.household.breaks_on is not None:
            breaks_at = _midnight(self.household.breaks_on, self.household)
            planned.append((breaks_at, partial(self._break, self.options.fault)))
        end = _midnight(last + timedelta(days=1), self.household)
        return [*sorted(planned, key=lambda event: event[0]), (end, lambda: None)]

    def _switch_off(self, span: Span) -> None:
        if span.end > self._now:
            self.narrator.tell(steps.Unseen(at=self._now, until=span.end))
            self.life.be_off_until(span.end)

    def _break(self, fault: str) -> None:
        self.narrator.tell(steps.FaultBegins(at=self._now, fault=fault))
        self.life.break_machine(MachineFault(fault))

    def _renew_consent(self) -> None:
        # Consent ends by itself; an owner who wants it to go on switches off and on again.
        self.home.grant((), self.options.language)
        self.life.look()
        self.home.grant(_purposes(self.options), self.options.language)
        self.life.look()

    def _time_passes(self, elapsed: timedelta) -> None:
        self.life.pass_until(self._now + elapsed, stop=lambda: False)
