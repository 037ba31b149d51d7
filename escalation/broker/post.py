"""The desk's post: stays connected to the broker, and lets the clock do its part.

One thread, one loop, no locks. Connecting again waits longer each time, with chance in it,
so that a thousand desks and devices do not return in the same second; what went wrong is
said once, and not at every try.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django import db
from django.conf import settings

from escalation import clock, desk
from escalation.authority import register, rotation
from escalation.broker import outgoing
from escalation.broker.broker_link import BrokerLink, Refused, retry_delay_s
from escalation.casework import deskwork, incidents, unstaffed
from escalation.desk_config import BrokerConfig, IntakeConfig
from escalation.desk_keys import DeskIdentity
from escalation.guarding import conversations
from escalation.intake import quarantine, unheard
from escalation.keeping import pressing_out, restoring, retention
from escalation.notices import courier
from escalation.notices import outbox as notices
from escalation.notices import review as reminders
from escalation.notices.dead_man import DeadMan

log = logging.getLogger("escalation.broker.post")

CHORES_EVERY_S = 5.0
"""How often the clock's part is done: leases and consents that have ended, who is silent,
for whom nobody comes."""


CLOSED_KEPT_FOR = timedelta(days=90)
"""How long the words of a closed case are kept where nobody has configured it."""

TIDY_EVERY_S = 60.0
"""How often is looked for what has to be said again, and for what was kept long enough."""


class Post:
    """Runs until ``stop`` is set, whatever the broker does meanwhile."""

    def __init__(
        self,
        config: BrokerConfig,
        *,
        heartbeat: timedelta,
        kept_for: timedelta = CLOSED_KEPT_FOR,
        desk: DeskIdentity,
        clock: Callable[[], datetime],
        stop: threading.Event,
        on_ready: Callable[[], None],
        dead_man: DeadMan | None = None,
    ) -> None:
        """Keep the arguments; nothing is connected yet."""
        self._config = config
        self._heartbeat = heartbeat
        self._kept_for = kept_for
        self._desk = desk
        self._clock = clock
        self._stop = stop
        self._on_ready = on_ready
        self._dead_man = dead_man or DeadMan("")
        self._tries = 0
        self._listening_since: datetime | None = None
        # Two looks, so that whoever died is told before its second heartbeat is due.
        self._chores_every_s = min(CHORES_EVERY_S, heartbeat.total_seconds() / 8)
        self._chores_at = 0.0
        self._tidy_at = 0.0
        self._press_out_at = 0.0
        self._suspects: unheard.Suspects = frozenset()

    def run(self) -> None:
        """Stay connected and serve; return when ``stop`` is set."""
        while not self._stop.is_set():
            link = BrokerLink(self._config, self._desk, self._clock, self._became_ready)
            try:
                link.connect()
                self._serve(link)
            except (OSError, ValueError, Refused, db.Error) as error:
                if self._tries == 0:
                    log.warning("%s; trying again", self._trouble(error))
                db.close_old_connections()
            finally:
                self._listening_since = None
                link.close()
            self._tries += 1
            if not self._stop.wait(retry_delay_s(self._tries)):
                self._chores_without_broker()

    def _serve(self, link: BrokerLink) -> None:
        while not self._stop.is_set():
            link.step()
            self._chores()

    def _chores(self) -> None:
        """Do what the clock alone demands: computed from what is there, never scheduled."""
        if time.monotonic() < self._chores_at:
            return
        self._chores_at = time.monotonic() + self._chores_every_s
        now, since = self._clock(), self._listening_since
        name = self._config.client_id
        unheard.at_work(name, listening_since=since, now=clock.computer_now())
        if self._config.worker > 1:
            return
        deskwork.settle_due(now)
        unstaffed.review(now)
        incidents.review(now)
        if since is not None:
            self._suspects = unheard.review(
                now,
                heartbeat=self._heartbeat,
                listening_since=since,
                before=self._suspects,
            )
        self._dead_man.look(now, clock.computer_now())
        reminders.review(now, neglected=self._dead_man.neglected)
        restoring.note_progress()
        if time.monotonic() >= self._tidy_at:
            outgoing.send_unconfirmed_again(now)
            quarantine.let_go_of_old(now)
            notices.let_go(now)
            conversations.draw(now, one_in=settings.CONFIG.guardian.one_in)
            more = retention.let_go(now, self._kept_for) >= retention.ROWS_AT_A_TIME
            self._tidy_at = time.monotonic() + (0.0 if more else TIDY_EVERY_S)
            self._press_out()

    def _press_out(self) -> None:
        if time.monotonic() >= self._press_out_at:
            again = pressing_out.press_out()
            self._press_out_at = time.monotonic() + again.total_seconds()

    def _chores_without_broker(self) -> None:
        try:
            self._chores()
        except db.Error as error:
            log.debug("the chores wait for the database: %s", error)
            db.close_old_connections()

    def _became_ready(self) -> None:
        self._tries = 0
        self._listening_since = self._clock()
        self._chores_at = 0.0  # Staff shall read at once that the desk hears.
        log.info("listening at the broker %s:%d", self._config.host, self._config.port)
        self._on_ready()

    def _trouble(self, error: Exception) -> str:
        if isinstance(error, db.Error):
            return f"the database does not answer ({error})"
        return f"the broker {self._config.host}:{self._config.port} cannot be used ({error})"


def run(broker: BrokerConfig, intake: IntakeConfig, on_ready: Callable[[], None]) -> None:
    """Be one worker of the intake until a signal ends it; ``on_ready`` is called once."""
    if broker.worker == 1:
        register.reapply(settings.CONFIG.authority.folder)
        rotation.announce(clock.now())
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    told = threading.Event()
    dead_man = DeadMan(settings.CONFIG.notices.heartbeat_url)

    def ready() -> None:
        if not told.is_set():
            told.set()
            on_ready()

    if broker.worker == 1:
        courier.start(dead_man, stop)
    Post(
        broker,
        heartbeat=timedelta(seconds=intake.heartbeat_s),
        kept_for=timedelta(days=intake.closed_days),
        desk=desk.identity(),
        clock=clock.now,
        stop=stop,
        on_ready=ready,
        dead_man=dead_man,
    ).run()
