"""The device: one step after another, each following, seeing, caring, sending.

This is the shell around the agent's core. ``step`` is called whenever bytes have arrived
or a second has passed, and does the same things in the same order; every decision in it
is made by a pure module. It never sleeps, owns no clock, and survives a disk that refuses:
then it goes on reading, sends nothing, and says so. ``run`` is that step on real time.
"""

import select
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from agent import memory
from agent.asking.answers import Answer
from agent.asking.care import Care
from agent.asking.concerns import NUDGE, Concern
from agent.asking.hand import Hand
from agent.asking.nudges import Nudges
from agent.asking.owner_wishes import OwnerWishes
from agent.asking.presses import Meaning
from agent.asking.service import Service
from agent.asking.whom_to_ask import WhomToAsk
from agent.checks.device_check import MachineHealth
from agent.checks.machine_memory import MachineMemory
from agent.consent import Given, paused
from agent.consents.consent_file import ConsentFile, Purpose, budget_of
from agent.consents.consent_keeper import ConsentKeeper
from agent.delivery.health_log import WRITES, HealthLog
from agent.delivery.letters import Letters
from agent.delivery.mailroom import Mailroom
from agent.delivery.write_budget import WRITE_BYTES_A_DAY, WriteBudget, written_by_this_process
from agent.disk import DiskWatch, is_about_the_disk
from agent.errors import StoreError
from agent.giving_back import retention
from agent.giving_back.desk_part import DeskPartKeeper
from agent.giving_back.farewell import Farewell
from agent.journal import (
    AccessTold,
    BackNoticed,
    ConsentChanged,
    DecisionArrived,
    Journal,
    Trouble,
)
from agent.learning import absence
from agent.learning.brews import Brew
from agent.learning.metering import Meter
from agent.learning.observer import Observer
from agent.office import Office
from agent.service_manager import ServiceManager
from agent.store import Store
from wire.facts import DeviceCheck, Verdict
from wire.messages import Access, Decision
from wire.owner import Light, OwnerLight
from wire.readings import ControllerStarted, LinkLost, Reading, Source
from wire.sealing import Opened
from wire.stamps import Clock, Stamp

STEP_S_MAX = 1.0
"""A saved consent file takes effect within this."""

CLOCK_NOT_SET = (
    "the clock is not synchronised: nothing is learned and nothing is sent until it is; "
    "connect the device to a network, or fit a real-time clock"
)

LIGHT = "light"
"""The name of the channel that the light and the button are."""

DISK_IS_WELL = "the disk takes what is written again"
DISK_IS_FULL = "{folder}: there is no room left, so nothing is kept or sent; make room there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What does not change while the device runs."""

    timezone: str
    machine_model: str
    write_bytes_a_day: int = WRITE_BYTES_A_DAY
    """What this device may write to its card before health records give way."""


class Device:
    """One device in one household."""

    def __init__(
        self,
        *,
        home: Home,
        source: Source,
        health: MachineHealth,
        store: Store,
        consent: ConsentKeeper,
        mailroom: Mailroom,
        light: OwnerLight | None,
        journal: Journal,
    ) -> None:
        self._timezone = home.timezone
        self._source = source
        self._health = health
        self._meter = Meter()
        self._machine_memory = MachineMemory(store, health)
        self._store = store
        self._consent = consent
        self._mailroom = mailroom
        self._hand = Hand(light, store.path.parent, journal)
        self._tell = journal
        self._trouble = ""
        self._disk = DiskWatch(store.path.parent, store)
        self._words: list[str] = []
        """What the owner has said with the button, until it has taken effect."""
        self._call_wished = False
        """That they have asked for a call with it, likewise."""
        self._moved_aside = store.quarantined
        self._letters = Letters(consent, home.machine_model)
        self._observer = Observer(store, home.timezone, budget_of(consent.file), journal)
        office = Office(
            store=store,
            consent=consent,
            letters=self._letters,
            mailroom=mailroom,
            tell=journal,
        )
        self._care = Care(office, timezone=home.timezone)
        self._wishes = OwnerWishes(office)
        self._whom_to_ask = WhomToAsk(office)
        self._nudges = Nudges(office)
        self._service = Service(office)
        self._desk_part = DeskPartKeeper(office)
        self._farewell = Farewell(store=store, mailroom=mailroom, letters=self._letters)
        self._health_log = HealthLog(
            office,
            budget=WriteBudget.from_json(
                memory.meta(store.reading(), WRITES), home.write_bytes_a_day
            ),
            score=health.score,
            written=written_by_this_process,
        )

    @property
    def settled(self) -> bool:
        """Whether nothing of this device is on its way over the network right now."""
        return self._mailroom.settled

    @property
    def unanswered(self) -> bool:
        """Whether a committed message still waits for the desk's signature."""
        return self._mailroom.unanswered

    @property
    def concern(self) -> Concern | None:
        """The concern that is open, or ``None``."""
        return self._care.concern

    def step(self, now: Stamp) -> None:
        """Do everything that is due at ``now``."""
        readings = self._meter.complete(self._source.read(now))
        for reading in readings:
            self._health.receive(reading)
            self._health_log.listen(reading)
            if isinstance(reading, ControllerStarted):
                self._letters.firmware = reading.firmware
            if isinstance(reading, LinkLost) and reading.advice:
                self._tell(Trouble(at=now.utc, text=f"serial line: {reading.advice}"))
        check = self._health.check(now)
        self._tell_of_a_new_beginning(now)
        self._feel_button(now)
        try:
            try:
                self._follow_consent(now)
            finally:
                # Also when the disk refuses: what was not looked at would seem silent.
                self._observe(readings, check, now)
            self._listen_to_owner(now)
            self._wishes.attend(now)
            self._whom_to_ask.attend(self._care.concern, now)
            self._desk_part.attend(now)
            self._farewell.attend(now)
            self._sweep_daily(now)
            self._care.attend(check, self._channels(now), now)
            resting = self._care.light is Light.OFF
            self._nudges.attend(self._care.concern, now, resting=resting)
            self._service.attend(check, now)
            self._machine_memory.attend(check, now, allowed=self._may_remember(now))
            self._health_log.attend(check, now)
            for opened in self._mailroom.step(now, lambda p: self._consent.ask(p, now)):
                self._receive(opened, now)
            self._care.follow(now)
            if not self._disk.refuses:
                self._say_once("" if now.synced else CLOCK_NOT_SET, now)
        except (StoreError, sqlite3.Error) as error:
            # The disk refuses: what was not committed has not happened, and nothing is sent.
            if is_about_the_disk(error):
                self._disk.refused()
            self._say_once(str(error), now)
        self._watch_disk(now)
        self._hand.show(Light.TROUBLE if self._disk.refuses else self._care.light, now)

    def next_due_s(self, now: Stamp) -> float:
        """Return in how many seconds ``step`` should run even if nothing arrives."""
        due_s = self._source.next_due_s(now)
        return STEP_S_MAX if due_s is None else min(STEP_S_MAX, max(due_s, 0.0))

    def close(self) -> None:
        """Let go of everything; what was committed stays committed."""
        self._mailroom.discard_connection()
        self._source.close()
        self._hand.close()
        self._disk.took()
        self._store.close()

    def _follow_consent(self, now: Stamp) -> None:
        off = self._wishes.switched_off()
        for change in self._consent.step(now, self._wishes.take_back, off_meanwhile=off):
            granted = isinstance(change, Given)
            self._tell(ConsentChanged(at=now.utc, purpose=change.purpose, granted=granted))
            if not granted:
                # Whatever the MQTT client still held goes with its connection.
                self._mailroom.discard_connection()
        self._observer.use_budget(budget_of(self._consent.file))

    def _observe(self, readings: Sequence[Reading], check: DeviceCheck, now: Stamp) -> None:
        learning = self._consent.ask(Purpose.LEARN_ROUTINE, now).granted
        file = self._consent.file
        away = isinstance(file, ConsentFile) and paused(file, self._timezone, now.utc)
        trusted = now.synced and not away and check.verdict is not Verdict.FAULTY
        for brew in self._observer.take_in(readings, now, learning=learning, trusted=trusted):
            self._care.brewed(now)
            if away:
                self._note_return(brew, now)
        if learning:
            # What arises while a question is open is held back until that has ended.
            self._observer.advance(now, room=0 if self._care.concern else 1)
            self._care.returned(self._observer.going_on, now)
            while self._observer.noticed:
                self._care.notice(
                    self._observer.noticed[0],
                    now,
                    scores=self._observer.scores(now),
                    machine_score=self._health.score(now),
                )
                self._observer.noticed.popleft()
            self._observer.save_hourly(now)

    def _note_return(self, brew: Brew, now: Stamp) -> None:
        file, db = self._consent.file, self._store.reading()
        assert isinstance(file, ConsentFile)
        assert file.paused_until is not None
        known = absence.kept(db)
        back = absence.noted(known, file.paused_until, brew.started_at)
        with self._store.transaction() as write:
            absence.keep(write, back)
        if back.brews == 1:
            self._tell(BackNoticed(at=now.utc))

    def _may_remember(self, now: Stamp) -> bool:
        """Tell whether the owner lets the device keep anything about the machine."""
        purposes = (Purpose.LEARN_ROUTINE, Purpose.DEVICE_HEALTH)
        return any(self._consent.ask(purpose, now).granted for purpose in purposes)

    def _watch_disk(self, now: Stamp) -> None:
        refused = self._disk.refuses
        self._disk.attend(now.monotonic_s)
        if self._disk.refuses or refused:
            # The light says something else, and no answer could be kept: that is no waiting.
            self._care.wait_anew(now)
        if refused and not self._disk.refuses:
            self._say_once(DISK_IS_WELL, now)
        elif self._disk.refuses and not refused:
            self._say_once(DISK_IS_FULL.format(folder=self._store.path.parent), now)

    def _feel_button(self, now: Stamp) -> None:
        wanted = self._hand.wants()
        if Meaning.OPEN_PAGE in wanted:
            self._hand.open_page(now)
        self._words += [Answer.FINE for meaning in wanted if meaning is Meaning.FINE]
        self._call_wished |= Meaning.CALL_ME in wanted

    def _listen_to_owner(self, now: Stamp) -> None:
        if self._call_wished:
            self._wishes.call_me(now)
            self._call_wished = False
        asked_for = memory.requests(self._store.reading())
        words = [*self._words, *(request.word for request in asked_for)]
        self._care.answered(words, now, partial(self._observer.learn, now))
        # Forgotten only now that it has taken effect: an answer must not be lost on the way.
        self._words.clear()
        if asked_for:
            with self._store.transaction() as db:
                memory.forget_requests(db, asked_for[-1])

    def _sweep_daily(self, now: Stamp) -> None:
        if now.synced and retention.due(self._store.reading(), now.utc):
            retention.sweep_broken(self._store.path, now.utc)
            with self._store.transaction() as db:
                retention.sweep(db, now.utc)

    def _channels(self, now: Stamp) -> tuple[str, ...]:
        light = (LIGHT,) if self._hand.is_there else ()
        return (*light, NUDGE) if self._nudges.possible(now) else light

    def _receive(self, opened: Opened, now: Stamp) -> None:
        match opened.message:
            case Decision() as decision:
                self._tell(DecisionArrived(at=now.utc, decision=decision))
            case Access() as access:
                self._tell(AccessTold(at=now.utc, access=access))

    def _tell_of_a_new_beginning(self, now: Stamp) -> None:
        if self._moved_aside is not None:
            text = (
                f"the store was damaged: it is kept as {self._moved_aside}, and a new one begun"
            )
            self._tell(Trouble(at=now.utc, text=text))
            self._moved_aside = None

    def _say_once(self, trouble: str, now: Stamp) -> None:
        if trouble and trouble != self._trouble:
            self._tell(Trouble(at=now.utc, text=trouble))
        self._trouble = trouble


def run(
    device: Device,
    source: Source,
    clock: Clock,
    stopped: Callable[[], bool],
    manager: ServiceManager,
) -> None:
    """Step ``device`` on real time until ``stopped``: when bytes arrive, or it is due."""
    while not stopped():
        now = clock.now()
        device.step(now)
        # Only a whole step counts: reading, scoring and the outbox have come round.
        manager.alive(now.monotonic_s)
        descriptor = source.fileno()
        waiting = [descriptor] if descriptor is not None else []
        select.select(waiting, [], [], device.next_due_s(now))
