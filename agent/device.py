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

from agent import ledger, memory
from agent.care import FINE, Care
from agent.concerns import Concern
from agent.consent import Given, Withdrawn, paused
from agent.consent_file import ConsentFile, Purpose, budget_of
from agent.consent_keeper import ConsentKeeper
from agent.device_check import MachineHealth
from agent.errors import StoreError
from agent.journal import AccessTold, ConsentChanged, DecisionArrived, Journal, Trouble
from agent.letters import Letters
from agent.mailroom import Mailroom
from agent.observer import Observer
from agent.service import Service
from agent.store import Store
from wire.facts import DeviceCheck, Verdict
from wire.messages import Access, Decision
from wire.owner import Light, OwnerLight, Press
from wire.readings import ControllerStarted, Reading, Source
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What does not change while the device runs."""

    timezone: str
    machine_model: str


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
        self._store = store
        self._consent = consent
        self._mailroom = mailroom
        self._light = light
        self._tell = journal
        self._trouble = ""
        self._words: list[str] = []
        """What the owner has said with the button, until it has taken effect."""
        self._moved_aside = store.quarantined
        self._letters = Letters(consent, home.machine_model)
        self._observer = Observer(store, home.timezone, budget_of(consent.file), journal)
        self._care = Care(
            store=store,
            consent=consent,
            mailroom=mailroom,
            letters=self._letters,
            timezone=home.timezone,
            journal=journal,
        )
        self._service = Service(
            store=store,
            consent=consent,
            mailroom=mailroom,
            letters=self._letters,
            journal=journal,
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
        readings = self._source.read(now)
        for reading in readings:
            self._health.receive(reading)
            if isinstance(reading, ControllerStarted):
                self._letters.firmware = reading.firmware
        check = self._health.check(now)
        self._tell_of_a_new_beginning(now)
        try:
            try:
                self._follow_consent(now)
            finally:
                # Also when the disk refuses: what was not looked at would seem silent.
                self._observe(readings, check, now)
            self._listen_to_owner(now)
            self._care.attend(check, self._channels(), now)
            self._service.attend(check, now)
            for opened in self._mailroom.step(now, lambda p: self._consent.ask(p, now)):
                self._receive(opened, now)
            self._care.follow(now)
            self._say_once("" if now.synced else CLOCK_NOT_SET, now)
        except (StoreError, sqlite3.Error) as error:
            # The disk refuses: what was not committed has not happened, and nothing is sent.
            self._say_once(str(error), now)
        if self._light is not None:
            self._light.show(self._care.light)

    def next_due_s(self, now: Stamp) -> float:
        """Return in how many seconds ``step`` should run even if nothing arrives."""
        due_s = self._source.next_due_s(now)
        return STEP_S_MAX if due_s is None else min(STEP_S_MAX, max(due_s, 0.0))

    def close(self) -> None:
        """Let go of everything; what was committed stays committed."""
        self._mailroom.discard_connection()
        self._source.close()
        if self._light is not None:
            self._light.close()
        self._store.close()

    def _follow_consent(self, now: Stamp) -> None:
        for change in self._consent.step(now, self._take_back):
            granted = isinstance(change, Given)
            self._tell(ConsentChanged(at=now.utc, purpose=change.purpose, granted=granted))
            if not granted:
                # Whatever the MQTT client still held goes with its connection.
                self._mailroom.discard_connection()
        self._observer.use_budget(budget_of(self._consent.file))

    def _take_back(self, db: sqlite3.Connection, withdrawn: Withdrawn) -> None:
        """Commit the message that takes back what the desk knows, with the withdrawal."""
        if self._mailroom.enrolled and self._ever_sent(withdrawn.purpose):
            parcel = self._letters.withdrawal(db, withdrawn.purpose, withdrawn.withdrawn_at)
            self._mailroom.commit(db, parcel, withdrawn.withdrawn_at)

    def _ever_sent(self, purpose: Purpose) -> bool:
        # A contact has only ever travelled inside what another purpose sent.
        carriers = {Purpose.CONTACT_ME: (Purpose.CARE_ALERT, Purpose.DEVICE_HEALTH)}.get(
            purpose, (purpose,)
        )
        return any(
            isinstance(row.entry, ledger.MessageCommitted) and row.entry.purpose in carriers
            for row in ledger.rows(self._store.reading())
        )

    def _observe(self, readings: Sequence[Reading], check: DeviceCheck, now: Stamp) -> None:
        learning = self._consent.ask(Purpose.LEARN_ROUTINE, now).granted
        file = self._consent.file
        away = isinstance(file, ConsentFile) and paused(file, self._timezone, now.utc)
        trusted = now.synced and not away and check.verdict is not Verdict.FAULTY
        for _brew in self._observer.take_in(readings, now, learning=learning, trusted=trusted):
            self._care.brewed(now)
        if learning:
            self._observer.advance(now)
            while self._observer.noticed:
                self._care.notice(self._observer.noticed[0], now)
                self._observer.noticed.popleft()
            self._observer.save_hourly(now)

    def _listen_to_owner(self, now: Stamp) -> None:
        pressed = self._light.presses() if self._light is not None else []
        # A press means only what the light shows at that moment.
        if self._care.light is Light.BREATHING:
            self._words += [FINE for press in pressed if press is Press.SHORT]
        asked_for = memory.requests(self._store.reading())
        self._care.answered([*self._words, *(request.word for request in asked_for)], now)
        # Forgotten only now that it has taken effect: an answer must not be lost on the way.
        self._words.clear()
        if asked_for:
            with self._store.transaction() as db:
                memory.forget_requests(db, asked_for[-1])

    def _channels(self) -> tuple[str, ...]:
        return (LIGHT,) if self._light is not None else ()

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


def run(device: Device, source: Source, clock: Clock, stopped: Callable[[], bool]) -> None:
    """Step ``device`` on real time until ``stopped``: when bytes arrive, or it is due."""
    while not stopped():
        now = clock.now()
        device.step(now)
        descriptor = source.fileno()
        waiting = [descriptor] if descriptor is not None else []
        select.select(waiting, [], [], device.next_due_s(now))
