"""TLS for a connection to the broker: what a publisher asks for before each one."""

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.delivery.broker_events import News
from agent.settings import Broker, Tls
from wire.keys import DeviceKeys

if TYPE_CHECKING:
    from agent.identity.desk_pin import PinnedDesk


class TlsSource(Protocol):
    """What a publisher needs to know of TLS."""

    def tend(self) -> News | None:
        """Do what is due before the next connection, or while there is one."""

    def context(self) -> ssl.SSLContext | None:
        """Return TLS settings, read anew for each connection; ``None`` for a plain one."""


class TlsFiles:
    """TLS from files that the operator takes care of, or none on this computer itself."""

    def __init__(self, tls: Tls | None) -> None:
        self._tls = tls

    def tend(self) -> News | None:
        """Do nothing: whoever put the files there renews them."""
        return None

    def context(self) -> ssl.SSLContext | None:
        """Read the files again: certificates are short-lived and get renewed."""
        if self._tls is None:
            return None
        context = ssl.create_default_context(cafile=str(self._tls.ca_file))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self._tls.certificate_file, self._tls.key_file)
        return context


def tls_of(
    broker: Broker,
    state_dir: Path,
    *,
    keys: DeviceKeys,
    desk: "PinnedDesk | None",
) -> tuple[Broker, TlsSource]:
    """Return which broker to go to, and with which TLS.

    What ``agent.toml`` names comes first; where it names nothing, what the enrolment did.
    """
    if broker.host or desk is None:
        return broker, TlsFiles(broker.tls)
    # It brings certificates and the line to the desk with it, which files do without.
    from agent.identity.renewal import Renewal  # noqa: PLC0415

    pin = desk.pin
    enrolled = Broker(host=pin.broker_host, port=pin.broker_port, tls=None)
    return enrolled, Renewal(state_dir, keys=keys, desk=desk)
