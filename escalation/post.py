"""The desk's post: stays connected to the broker, and lets the clock do its part.

One thread, one loop, no locks. Connecting again waits longer each time, with chance in it,
so that a thousand desks and devices do not return in the same second; what went wrong is
said once, and not at every try.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django import db

from escalation import deskwork
from escalation.broker_link import BrokerLink, Refused, retry_delay_s
from escalation.desk_config import BrokerConfig
from escalation.desk_keys import DeskIdentity

log = logging.getLogger("escalation.post")

SETTLE_EVERY_S = 15.0
"""How often leases and consents that have ended are looked for."""


class Post:
    """Runs until ``stop`` is set, whatever the broker does meanwhile."""

    def __init__(
        self,
        config: BrokerConfig,
        *,
        desk: DeskIdentity,
        clock: Callable[[], datetime],
        stop: threading.Event,
        on_ready: Callable[[], None],
    ) -> None:
        """Keep the arguments; nothing is connected yet."""
        self._config = config
        self._desk = desk
        self._clock = clock
        self._stop = stop
        self._on_ready = on_ready
        self._tries = 0

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
                link.close()
            self._tries += 1
            self._stop.wait(retry_delay_s(self._tries))

    def _serve(self, link: BrokerLink) -> None:
        settle_at = 0.0
        while not self._stop.is_set():
            link.step()
            if time.monotonic() >= settle_at:
                deskwork.settle_due(self._clock())
                settle_at = time.monotonic() + SETTLE_EVERY_S

    def _became_ready(self) -> None:
        self._tries = 0
        log.info("listening at the broker %s:%d", self._config.host, self._config.port)
        self._on_ready()

    def _trouble(self, error: Exception) -> str:
        if isinstance(error, db.Error):
            return f"the database does not answer ({error})"
        return f"the broker {self._config.host}:{self._config.port} cannot be used ({error})"
