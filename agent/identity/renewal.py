"""Keeps an enrolled device let in: TLS for each connection, and the next certificate in time.

A renewal is a request signed by the device's identity, over HTTPS to the desk. It needs no
certificate that is still good: a device that was off for months asks before it connects.
The new pair is checked, and shown to the broker if that can be reached, before it takes
the old one's place; whatever goes wrong before, the old pair stays in use.

The publisher's thread calls in here while it has a connection or wants one. There is none
without consent, so nothing is asked then either, and the request says nothing of the house.
"""

import random
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agent.delivery.backoff import Uniform
from agent.delivery.broker_events import News
from agent.identity import certificates, enrolment, enrolment_line
from agent.identity.certificates import Pair
from agent.identity.desk_pin import PinnedDesk
from agent.identity.enrolment import NotEnrolled
from agent.identity.enrolment_line import BrokerRefuses, DeskAway, DeskRefuses
from wire.keys import DeviceKeys
from wire.options import ConfigError

LOOK_EVERY_S = 3600.0
"""How often dates are looked at, and a desk that is away is asked again."""


_TROUBLE = (DeskAway, DeskRefuses, BrokerRefuses, NotEnrolled, ConfigError)


class Renewal:
    """TLS with the certificate that an enrolment has brought, renewed in time."""

    def __init__(
        self,
        state_dir: Path,
        *,
        keys: DeviceKeys,
        desk: PinnedDesk,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = time.monotonic,
        uniform: Uniform = random.uniform,
    ) -> None:
        """``clock`` tells the time, ``elapsed`` seconds on a clock that never steps."""
        self._state_dir = state_dir
        self._keys = keys
        self._desk = desk
        self._clock = clock
        self._elapsed = elapsed
        self._uniform = uniform
        self._look_at_s = 0.0

    def context(self) -> ssl.SSLContext:
        """Return TLS settings with the pair in use."""
        return certificates.context_of(self._state_dir, self._desk.pin.authorities)

    def tend(self) -> News | None:
        """Renew if it is time; return what an operator should know of it."""
        if self._elapsed() < self._look_at_s:
            return None
        # Set before asking, since two publishers may live for a moment while one is thrown
        # away; and some sooner, some later: ten thousand devices were enrolled on one day.
        self._look_at_s = self._elapsed() + LOOK_EVERY_S * self._uniform(0.5, 1.5)
        return self._look()

    def _look(self) -> News | None:
        now = self._clock()
        try:
            pair = certificates.read_pair(self._state_dir)
            if pair is not None and not certificates.is_due(pair.certificate, now):
                return None
            if not self._desk.pin.enrol_url:
                return _without_address(pair, now)
            until = self._renew(now)
        except (*_TROUBLE, OSError) as error:
            return News(f"the certificate could not be renewed: {error}", True)
        return News(f"the certificate was renewed, until {until:%Y-%m-%d}", False)

    def _renew(self, now: datetime) -> datetime:
        pin, name = self._desk.pin, self._keys.device_id
        tls_key = certificates.new_key()
        request = enrolment.ask(self._keys, tls_key, now, None)
        chain = enrolment_line.certificate_for(request, pin.enrol_url, pin.authorities)
        pair = Pair(tls_key, chain)
        enrolment.check_pair(pair, name, pin.authorities, now)
        enrolment_line.show(
            pair, pin.broker_host, pin.broker_port, pin.authorities, self._state_dir
        )
        certificates.swap(self._state_dir, pair)
        return pair.certificate.not_valid_after_utc


def _without_address(pair: Pair | None, now: datetime) -> News | None:
    end = pair.certificate.not_valid_after_utc if pair else now
    return News(
        f"the certificate ends on {end:%Y-%m-%d} and the bundle named no address for renewals: "
        "enroll this device again with a new bundle",
        True,
    )
