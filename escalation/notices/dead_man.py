"""The heartbeat outwards: it goes on only while the desk is in order, and its end is the alarm.

Somebody elsewhere (healthchecks, Uptime Kuma) waits for a sign every minute and calls a person
when none comes. So nothing has to work here for the alarm to be raised: no process, no
network, no clock. ``may_ping`` decides, from facts alone; ``DeadMan`` looks and sends.

The same loop that does the desk's part looks; a sign goes only while its last look is fresh. A
loop that hangs, or has died, thereby raises the alarm like anything else.
"""

import http.client
import logging
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Event

from django import db

from escalation.casework import self_audit
from escalation.guarding import objections
from escalation.intake import unheard
from escalation.notices import outbox
from escalation.notices.models import Beat

log = logging.getLogger("escalation.notices.dead_man")

EVERY_S = 60.0
LOOK_EVERY_S = 15.0
FRESH_S = 45.0
"""Three looks: an older verdict is none."""
ANSWER_WITHIN_S = 10.0
NOTICES_WAIT_AT_MOST = timedelta(minutes=2)
"""Longer than a trip and the rest that follows one that was lost."""
LOOKED_BACK = timedelta(hours=1)


class Trouble(StrEnum):
    """Why no sign goes out."""

    NEGLECTED = "an open case or objection has nobody who is next, or is over its time"
    DATABASE = "the database cannot be written"
    NOT_LISTENING = "no connection to the broker"
    NOTICES_WAIT = "notices wait and are not handed over"
    NOBODY_TOLD = "a notice could be delivered to nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a look found."""

    neglected: int
    database_writable: bool
    listening: bool
    notices_wait: timedelta
    """For how long the notice that is most overdue has waited."""
    nobody_told: int
    """Of how many facts nobody could be told lately."""


def troubles(facts: Facts) -> tuple[Trouble, ...]:
    """Return everything that is out of order."""
    found = {
        Trouble.NEGLECTED: facts.neglected > 0,
        Trouble.DATABASE: not facts.database_writable,
        Trouble.NOT_LISTENING: not facts.listening,
        Trouble.NOTICES_WAIT: facts.notices_wait > NOTICES_WAIT_AT_MOST,
        Trouble.NOBODY_TOLD: facts.nobody_told > 0,
    }
    return tuple(trouble for trouble, holds in found.items() if holds)


def may_ping(facts: Facts) -> bool:
    """Return whether the sign may go out: nothing at all is out of order."""
    return not troubles(facts)


def look_around(now: datetime, real_now: datetime) -> Facts:
    """Look. Raises ``db.Error`` where the database does not even answer."""
    # A row that is changed, because a disk that is full still reads.
    Beat.objects.update_or_create(pk=1, defaults={"looked_at": real_now})
    waiting_since = outbox.waiting_since(now)
    return Facts(
        neglected=len(self_audit.neglected(now)) + objections.neglected(now),
        database_writable=True,
        listening=unheard.listening(real_now),
        notices_wait=now - waiting_since if waiting_since else timedelta(0),
        nobody_told=outbox.reached_nobody(now - LOOKED_BACK),
    )


class DeadMan:
    """Looks in the desk's own loop, and sends from a thread of its own."""

    def __init__(self, url: str, *, every_s: float = EVERY_S) -> None:
        """``url`` may be empty: then it looks, and nobody is told."""
        self._url = url
        self._every_s = every_s
        self._look_at = 0.0
        self._in_order_at: float | None = None
        self._sent_at: float | None = None
        self._said: tuple[Trouble, ...] = ()
        self._failed = False
        self.neglected = False

    def look(self, now: datetime, real_now: datetime) -> None:
        """Look, if it is time to; what is found decides whether signs go on."""
        if time.monotonic() < self._look_at:
            return
        self._in_order_at = None
        facts = look_around(now, real_now)
        self.neglected = facts.neglected > 0
        found = troubles(facts)
        # In trouble it looks whenever it is asked, so that its end is seen at once.
        self._look_at = 0.0 if found else time.monotonic() + min(LOOK_EVERY_S, self._every_s)
        if found != self._said:
            for trouble in found:
                log.error("the heartbeat stops: %s", trouble)
            self._said = found
        if may_ping(facts):
            self._in_order_at = time.monotonic()

    def is_due(self) -> bool:
        """Return whether a sign goes out now."""
        if not self._url or self._in_order_at is None:
            return False
        at = time.monotonic()
        fresh = at - self._in_order_at < FRESH_S
        return fresh and (self._sent_at is None or at - self._sent_at >= self._every_s)

    def send(self) -> bool:
        """Send one sign; return whether somebody took it. Never raises for their trouble."""
        self._sent_at = time.monotonic()
        request = urllib.request.Request(self._url, headers={"User-Agent": "demitasse-desk"})
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:
                answer.read(1024)
        except (OSError, http.client.HTTPException) as error:
            if not self._failed:
                # Not the error itself: it may hold the address, which is a secret.
                log.warning("the heartbeat cannot be sent (%s)", type(error).__name__)
            self._failed = True
            return False
        self._failed = False
        return True

    def run(self, stop: Event, clock: Callable[[], datetime]) -> None:
        """Send whenever it is due, until ``stop``."""
        while not stop.wait(min(1.0, self._every_s / 4)):
            if self.is_due() and self.send():
                try:
                    Beat.objects.filter(pk=1).update(sent_at=clock())
                except db.Error:
                    db.close_old_connections()
