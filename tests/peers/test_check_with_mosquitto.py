"""``demitasse check`` against a real Mosquitto: let in, refused, somebody else's, gone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.agent.examined import Capture, Unit
from tests.peers.brokers import Broker, mosquitto, needs_mosquitto
from tests.peers.certificates import Authority, Identity

pytestmark = needs_mosquitto

CONF = """
listener PORT 127.0.0.1
cafile {folder}/ca.crt
certfile {folder}/broker.crt
keyfile {folder}/broker.key
crlfile {folder}/revoked.crl
require_certificate true
use_identity_as_username true
tls_version tlsv1.3
log_type all
"""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A running broker, and whom it trusts."""

    broker: Broker
    authority: Authority


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    authority = Authority.create(tmp_path / "authority")
    authority.issue("broker", server=True)
    authority.revoke(authority.issue("revoked"))
    with mosquitto(authority.folder, conf=CONF.format(folder=authority.folder)) as broker:
        yield Site(broker=broker, authority=authority)


def reason(
    folder: Path, port: int, ca: Path, identity: Identity, capsys: Capture
) -> tuple[str, str]:
    """Return why the certificate stands as it does, and why the broker does."""
    unit = Unit(folder)
    unit.configure(
        more=f'[broker]\nhost = "127.0.0.1"\nport = {port}\nca_file = "{ca}"\n'
        f'certificate_file = "{identity.certificate}"\nkey_file = "{identity.key}"\n'
    )
    found = unit.check(capsys, "--connect")
    return found["certificate"]["reason"], found["broker"]["reason"]


def test_a_good_certificate_is_let_in_and_says_nothing_there(
    site: Site, tmp_path: Path, capsys: Capture
) -> None:
    own = site.authority.issue("device")
    stands = reason(tmp_path, site.broker.port, site.authority.certificate, own, capsys)
    assert stands == ("fine", "fine")
    assert "CONNACK" not in site.broker.log.read_text(), "it ends where MQTT would begin"


@pytest.mark.parametrize(
    ("kind", "dates"),
    [("ended", "certificate_ended"), ("revoked", "fine"), ("of another authority", "fine")],
)
def test_a_certificate_that_the_broker_does_not_accept_is_told(
    kind: str, dates: str, site: Site, tmp_path: Path, capsys: Capture
) -> None:
    authority = site.authority
    day = timedelta(days=1)
    own = {
        "ended": lambda: authority.issue("late", begins_in=-2 * day, lasts=day),
        "revoked": lambda: Identity(
            certificate=authority.folder / "revoked.crt", key=authority.folder / "revoked.key"
        ),
        "of another authority": lambda: Authority.create(tmp_path / "other").issue("device"),
    }[kind]()
    stands = reason(tmp_path, site.broker.port, site.authority.certificate, own, capsys)
    assert stands == (dates, "device_refused")


def test_a_broker_of_somebody_else_is_told(site: Site, tmp_path: Path, capsys: Capture) -> None:
    other = Authority.create(tmp_path / "other", name="Somebody else")
    own = site.authority.issue("device")
    stands = reason(tmp_path, site.broker.port, other.certificate, own, capsys)
    assert stands == ("fine", "tls_failed")


def test_a_key_that_belongs_to_another_certificate_is_told(
    site: Site, tmp_path: Path, capsys: Capture
) -> None:
    mixed = Identity(
        certificate=site.authority.issue("one").certificate,
        key=site.authority.issue("two").key,
    )
    stands = reason(tmp_path, site.broker.port, site.authority.certificate, mixed, capsys)
    assert stands[1] == "tls_failed"
