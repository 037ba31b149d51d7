"""A household in which everything happens to consent, and a witness who keeps count.

``Life`` lives a whole device (``House``) through whatever it is told to, and after each
step looks at what was handed to the network. The witness has a much simpler idea of consent
than the agent: what the file said, since when, and what time it can be. Whatever leaves
without a live, confirmed, matching consent raises ``Leak``.

    life = Life(folder)
    life.act("grant", 3)
    life.act("concern", 0)
    life.act("hours", 9)
"""

import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent import ledger, memory
from agent.asking import errands
from agent.asking.concerns import State
from agent.asking.errands import Kind
from agent.consents.consent_file import Purpose
from tests.agent.consents import NOTICE_IDS, owner_text
from tests.agent.house import House
from tests.agent.test_concerns import concern
from wire.facts import RoutineKind
from wire.messages import Outcome
from wire.owner import Press
from wire.schema import encode
from wire.sealing import Opened

VALID_DAYS_MAX = 184
"""Six months, at their longest."""
FREE = {"withdrawal", "erase"}
"""What leaves without consent, because it takes something back."""
UNDER: Mapping[str, Purpose] = {
    "alert": Purpose.CARE_ALERT,
    "resolved": Purpose.CARE_ALERT,
    "reply": Purpose.CARE_ALERT,
    "felt": Purpose.CARE_ALERT,
    "service_report": Purpose.DEVICE_HEALTH,
    "health": Purpose.DEVICE_HEALTH,
    "nudge": Purpose.NUDGE_ME,
}
WELCOME = "comme une mouche dans le café"
LEAVING = (Purpose.CARE_ALERT, Purpose.DEVICE_HEALTH, Purpose.NUDGE_ME)


class Leak(AssertionError):
    """Something left the house that nobody had allowed."""


class Life:
    """One household; ``act`` lets something happen to it."""

    def __init__(self, folder: Path) -> None:
        self._patch = pytest.MonkeyPatch()
        self.house = House(folder, self._patch, granted=())
        self._on: set[Purpose] = set()
        self._confirmed: set[Purpose] = set(Purpose)
        self._given_at: dict[Purpose, datetime] = {}
        self._highest = self.house.utc
        self._handed: set[bytes] = set()
        self._calls = 0
        self._questions = 0
        self._broken_file = False
        self._away = False
        self.left: list[str] = []
        """The types of all that has left, heartbeats too."""

    def close(self) -> None:
        self.house.device.close()
        self._patch.undo()

    def act(self, name: str, number: int) -> None:
        """Let ``name`` happen; ``number`` says which or how much."""
        ACTIONS[name](self, number)
        self._look()

    # ------------------------------------------------------------------ what can happen

    def grant(self, number: int) -> None:
        self._on.add(_purpose(number))
        self._save()

    def withdraw(self, number: int) -> None:
        self._on.discard(_purpose(number))
        self._save()

    def unconfirm(self, number: int) -> None:
        self._confirmed ^= {_purpose(number)}
        self._save()

    def off_and_on(self, number: int) -> None:
        """Switch off and on again before the device has looked, as the page can."""
        purpose = _purpose(number)
        if purpose in self._on and not self._broken_file:
            self._leave(Kind.WITHDRAW, purpose)
            self._given_at.pop(purpose, None)

    def corrupt(self, number: int) -> None:
        self._broken_file = not self._broken_file
        self._save()

    def pause(self, number: int) -> None:
        self._away = not self._away
        self._save()

    def hours(self, number: int) -> None:
        for _ in range(1 + number % 12):
            self._step(seconds=1200)

    def days(self, number: int) -> None:
        self._step(seconds=86_400 * (20 + number % 180))

    def clock_step(self, number: int) -> None:
        error = timedelta(days=(number % 400) - 300)
        self.house.clock_error = timedelta(0) if self.house.clock_error else error

    def clock_lost(self, number: int) -> None:
        self.house.synced = not self.house.synced

    def concern(self, number: int) -> None:
        """Let the agent have noticed a pause, which it would in earnest need weeks for."""
        if memory.open_concern(self.house.store.reading()) is None:
            worry = concern(State.NOTICED, kind=RoutineKind.SILENCE)
            with self.house.store.transaction() as db:
                memory.save_concern(db, worry)
        self.crash(number)

    def fault(self, number: int) -> None:
        self.house.stick_the_tank_switch()

    def answer(self, number: int) -> None:
        if memory.open_concern(self.house.store.reading()) is not None:
            self.house.press(Press.SHORT)

    def call(self, number: int) -> None:
        self._calls += 1
        self.house.press(Press.LONG)

    def reply(self, number: int) -> None:
        for opened in self.house.sent("alert")[-1:]:
            kind = Kind.FELT if number % 2 else Kind.REPLY
            self._leave(kind, opened.header.message_id, "Un mot.")

    def ask_desk(self, number: int) -> None:
        """Let the owner want what the desk has of them."""
        self._questions += 1
        self._leave(Kind.GIVE_BACK, "")

    def welcome(self, number: int) -> None:
        """Let the owner say whether a question was welcome, which is nobody else's business."""
        for one in memory.concerns(self.house.store.reading())[:1]:
            self._leave(Kind.WELCOME, one.concern_id, f"unwelcome {WELCOME}")

    def crash(self, number: int) -> None:
        self.house.restart(off=timedelta(seconds=number % 7200))

    def lose_the_store(self, number: int) -> None:
        """Let the card die: everything but the owner's file and the keys is torn."""
        self.house.device.close()
        for part in self.house.settings.state_dir.glob("demitasse.db*"):
            part.write_bytes(b"torn" * 2048) if part.suffix == ".db" else part.unlink()
        self.house.restart()

    def broker(self, number: int) -> None:
        self.house.broker_is_there = not self.house.broker_is_there
        self.crash(0)

    def sign(self, number: int) -> None:
        if self.house.publishers and not self.house.line.closed:
            outcome = (Outcome.ACCEPTED, Outcome.REFUSED, Outcome.CLOSED)[number % 3]
            for opened in self.house.sent()[-3:]:
                self.house.line.bring(self.house.desk.ack(opened, outcome))
            self._step(seconds=1)

    # ----------------------------------------------------------------------- the witness

    def _save(self) -> None:
        text = owner_text(self._on)
        for purpose in set(Purpose) - self._confirmed:
            text = text.replace(NOTICE_IDS[purpose], "notice-of-another-day")
        if self._away:
            text = text.replace('until = ""', 'until = "2030-01-01"')
        if self._broken_file:
            text += "\n[care_alert"
        self.house.settings.consent_file.write_text(text, encoding="utf-8")

    def _leave(self, kind: Kind, about: str, text: str = "") -> None:
        beside = self.house.beside()
        with beside.transaction() as db:
            errands.leave(db, kind, self.house.utc, about=about, text=text)
        beside.close()

    def _step(self, *, seconds: float) -> None:
        self.house.step(seconds=seconds)
        self._look()

    def _look(self) -> None:
        """Step once more, so that everything done is known, and judge what has left."""
        self.house.step(seconds=1)
        self._follow()
        for publisher in self.house.publishers:
            for envelope, token in publisher.handed:
                if envelope not in self._handed:
                    self._handed.add(envelope)
                    self._judge(self.house.desk.open(envelope), is_beat=not token)

    def _follow(self) -> None:
        """Keep the simple book: since when the file has said yes, in trusted time."""
        now = self.house.now
        if now.synced:
            self._highest = max(self._highest, now.utc)
        if self._broken_file:
            return
        for purpose in Purpose:
            if purpose not in self._on:
                self._given_at.pop(purpose, None)
            elif purpose in self._confirmed and now.synced:
                self._given_at.setdefault(purpose, self._highest)

    def _judge(self, opened: Opened, *, is_beat: bool) -> None:
        kind = opened.header.type
        self.left.append(kind)
        if is_beat or kind == "heartbeat":
            if not any(self._allowed(purpose) for purpose in LEAVING):
                raise Leak("a sign of life although nothing is allowed")
        elif kind == "help":
            if self.left.count("help") > self._calls:
                raise Leak("a call that nobody has asked for")
        elif kind == "give_back":
            if self.left.count("give_back") > self._questions:
                raise Leak("a question to the desk that nobody has asked")
        elif WELCOME.encode() in encode(opened.message):
            raise Leak("what somebody said about a question, for themselves")
        elif kind not in FREE:
            called_off = getattr(opened.message, "reason", "") == "called_off"
            purpose = Purpose.NUDGE_ME if called_off else UNDER[kind]
            if not self._allowed(purpose):
                raise Leak(f"{kind} without a live consent to {purpose}")
            self._must_match(opened, purpose)

    def _allowed(self, purpose: Purpose) -> bool:
        """Tell whether ``purpose`` may be used, by what the owner's file plainly says."""
        if self._broken_file or not self.house.synced:
            return False
        plain = tomllib.loads(self.house.settings.consent_file.read_text(encoding="utf-8"))
        said = plain[purpose]["on"] and plain[purpose]["i_have_read"] == NOTICE_IDS[purpose]
        given_at = self._given_at.get(purpose)
        lasts = given_at is not None and self._highest < given_at + timedelta(
            days=VALID_DAYS_MAX
        )
        if purpose is Purpose.CARE_ALERT:
            if plain["pause"]["until"] or not self._allowed(Purpose.LEARN_ROUTINE):
                return False
        return bool(said and lasts)

    def _must_match(self, opened: Opened, purpose: Purpose) -> None:
        """Check that the record it names was given and never taken back."""
        reference = getattr(opened.message, "consent", None)
        if reference is None:
            return
        standing: dict[str, str] = {}
        for row in ledger.rows(self.house.store.reading()):
            match row.entry:
                case ledger.ConsentGiven() as given if given.purpose is purpose:
                    standing[given.record_id] = row.hash
                case ledger.ConsentWithdrawn() as gone if gone.purpose is purpose:
                    standing.clear()
        if standing.get(reference.record_id) != reference.record_hash:
            raise Leak(f"{opened.header.type} under a record that does not stand")


def _purpose(number: int) -> Purpose:
    return Purpose([*map(str, Purpose)][number % len(Purpose)])


ACTIONS: Mapping[str, Callable[[Life, int], None]] = {
    "grant": Life.grant,
    "withdraw": Life.withdraw,
    "unconfirm": Life.unconfirm,
    "off_and_on": Life.off_and_on,
    "corrupt": Life.corrupt,
    "pause": Life.pause,
    "hours": Life.hours,
    "days": Life.days,
    "clock_step": Life.clock_step,
    "clock_lost": Life.clock_lost,
    "concern": Life.concern,
    "fault": Life.fault,
    "answer": Life.answer,
    "call": Life.call,
    "reply": Life.reply,
    "ask_desk": Life.ask_desk,
    "welcome": Life.welcome,
    "crash": Life.crash,
    "lose_the_store": Life.lose_the_store,
    "broker": Life.broker,
    "sign": Life.sign,
}
