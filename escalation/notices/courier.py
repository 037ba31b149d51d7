"""The loop between the outbox and its trips: takes what is due, sends it off, notes the end.

A thread of the process that does the desk's part, with a database connection of its own. It
holds no transaction while anything is on its way, and nothing that hangs stops it: each trip
is a process that is ended after a while (``trip``). At most ``TRIPS_MAX`` run at once.

What it logs has the number of a notice and its kind, and never an address or a name.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread

from django import db
from django.conf import settings

from escalation import clock
from escalation.notices import outbox, sealed_text, words
from escalation.notices.dead_man import DeadMan
from escalation.notices.models import Notice
from escalation.notices.trip import WITHIN_S, Load, Return, Trip

log = logging.getLogger("escalation.notices.courier")

LOOK_EVERY_S = 0.5
TRIPS_MAX = 4
LOADS_MAX = 10
"""How many notices one trip carries, side by side."""


def start(dead_man: DeadMan, stop: Event) -> None:
    """Hand notices over, and send the heartbeat, until ``stop``; returns at once."""
    courier = Courier(console_url=settings.CONFIG.notices.console_url, clock=clock.now)
    Thread(target=courier.run, args=(stop,), daemon=True).start()
    Thread(target=dead_man.run, args=(stop, clock.computer_now), daemon=True).start()


class Courier:
    """Runs until ``stop`` is set, whatever the services do."""

    def __init__(
        self,
        *,
        console_url: str,
        clock: Callable[[], datetime],
        within_s: float = WITHIN_S,
    ) -> None:
        """Nothing is on its way yet."""
        self._console_url = console_url
        self._clock = clock
        self._within_s = within_s
        self._trips: list[Trip] = []
        self._back: list[Return] = []
        """What came back and is not noted yet: kept while the database does not answer."""

    def run(self, stop: Event) -> None:
        """Work until ``stop``."""
        while not stop.wait(LOOK_EVERY_S):
            try:
                self.step()
            except db.Error as error:
                log.debug("the notices wait for the database: %s", error)
                db.close_old_connections()
            except Exception:
                # Our own mistake with one notice must not keep all others from going.
                log.exception("the courier stumbled")
                self._trips, self._back = [], []

    def step(self) -> None:
        """Note what came back, then send off what is due."""
        for trip in self._trips:
            self._back += trip.returns()
        self._trips = [trip for trip in self._trips if not trip.over]
        while self._back:
            one = self._back[0]
            outbox.settle(one.number, sent=one.sent, certain=one.certain, now=self._clock())
            self._back.pop(0)
        if len(self._trips) < TRIPS_MAX:
            taken = outbox.take(LOADS_MAX, self._clock())
            loads = [load for notice in taken if (load := self._load(notice)) is not None]
            if loads:
                self._trips.append(Trip(loads, within_s=self._within_s))

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way."""
        return not self._trips and not self._back

    def _load(self, notice: Notice) -> Load | None:
        try:
            url = outbox.address_of(notice)
        except sealed_text.Unreadable:
            log.warning("notice %d: its channel was sealed with another secret", notice.pk)
            outbox.settle(notice.pk, sent=False, certain=True, now=self._clock())
            return None
        return Load(
            number=notice.pk,
            url=url,
            title=words.TITLE,
            body=words.body(notice.kind, notice.language, self._console_url),
        )
