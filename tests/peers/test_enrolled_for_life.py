"""A device's whole life with real peers: enrolled, let in, renewed after a year, revoked.

The desk is the command in processes of its own, behind a proxy that ends TLS; the broker is
Mosquitto with the shipped configuration; all certificates are the small authority's.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.delivery.broker_events import News
from agent.delivery.publisher import Arrived, Connected, Disconnected, Publisher, PublisherEvent
from agent.identity import certificates
from agent.identity.certificates import Pair
from agent.identity.desk_pin import read_pinned_desk
from agent.identity.key_files import device_keys
from agent.identity.tls import tls_of
from agent.main import main
from agent.settings import Broker
from escalation.authority import local_ca
from tests.escalation.household import Household
from tests.escalation.live_desk import LiveDesk
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.peers.desk_behind_tls import Console, free_port, proxy
from tests.peers.test_mosquitto_tls import PLACE, SHIPPED
from tests.waiting import until
from wire.enrolment import NextDeskKeys

pytestmark = needs_mosquitto


@dataclass(frozen=True)
class Site:
    """Desk, proxy and broker, all running."""

    desk: LiveDesk
    folder: Path
    reload_broker: Callable[[], None]
    restart_desk: Callable[[], None]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Set up a desk as docs/makers.md says, with the commands that stand there."""
    folder = tmp_path_factory.mktemp("site")
    broker_port, https_port = free_port(), free_port()
    crl, files = folder / "broker" / "revoked.crl", folder / "broker"
    copy = f"import shutil, sys; shutil.copy(sys.argv[1], {str(crl)!r})"
    authority = (
        f'[authority]\nenrol_url = "https://127.0.0.1:{https_port}/enrol/certificate"\n'
        f'publish_command = ["{sys.executable}", "-c", "{copy}"]\n'
    )
    for needed in (files, folder / "desk"):
        needed.mkdir()
    desk = LiveDesk(folder / "desk", broker_port=broker_port, extra=authority)
    desk.must("authority", "init")
    desk.must("authority", "issue", "broker", "--host", "127.0.0.1", "--out", str(files))
    desk.must("authority", "issue", "web", "--host", "127.0.0.1", "--out", str(files))
    desk.must("authority", "issue", "demitasse-desk", "--out", str(files))
    tls = {"ca": "ca.crt", "certificate": "demitasse-desk.crt", "key": "demitasse-desk.key"}
    lines = "".join(f'{option} = "{files / file}"\n' for option, file in tls.items())
    text = desk.config.read_text().replace("[broker]\n", f"[broker]\n{lines}")
    desk.config.write_text(text)
    with ExitStack() as stack:
        conf = (SHIPPED / "mosquitto.conf").read_text()
        conf = conf.replace(PLACE, str(files)).replace("/var/lib/mosquitto/", f"{files}/")
        (files / "acl").write_text((SHIPPED / "acl").read_text())
        running = stack.enter_context(mosquitto(files, conf=conf, port=broker_port))
        console = Console(desk)
        stack.callback(console.stop)
        stack.enter_context(proxy(https_port, lambda: console.port, files / "web"))
        yield Site(
            desk=desk,
            folder=folder,
            reload_broker=lambda: running.process.send_signal(signal.SIGHUP),
            restart_desk=console.restart,
        )


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    # On this computer a broker's no is there at once.
    monkeypatch.setattr("agent.identity.enrolment_line.ALERT_WITHIN_S", 0.5)


class Device:
    """A device with nothing but a configuration that names no broker."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.state_dir = folder / "state"
        self.config = folder / "agent.toml"
        self.config.write_text('[device]\nstate_dir = "state"\n')

    def enroll(self, site: Site) -> None:
        """Give the device to the desk: one file, one command."""
        bundle = self.folder / "bundle.json"
        site.desk.must("authority", "bundle", "--out", str(bundle))
        assert main(["--config", str(self.config), "enroll", str(bundle)]) == 0

    def connect(self) -> Publisher:
        """Connect as ``agent.assembly`` does."""
        keys, desk = device_keys(self.state_dir), read_pinned_desk(self.state_dir)
        nowhere = Broker(host="", port=8883, tls=None)
        broker, tls = tls_of(nowhere, self.state_dir, keys=keys, desk=desk)
        return Publisher(broker, keys.device_id, tls=tls)

    def household(self) -> Household:
        """Return who lives with this device."""
        pinned = read_pinned_desk(self.state_dir)
        assert pinned is not None
        keys = device_keys(self.state_dir)
        return Household(desk=pinned.pin.desk, keys=keys, now=datetime.now(UTC))


@contextmanager
def connected(device: Device) -> Iterator[tuple[Publisher, list[PublisherEvent]]]:
    """Connect, and collect what the publisher tells."""
    publisher = device.connect()
    told: list[PublisherEvent] = []
    try:
        yield publisher, told
    finally:
        publisher.close()


def heard(
    publisher: Publisher, told: list[PublisherEvent], kind: type[PublisherEvent]
) -> list[PublisherEvent]:
    """Return what was told of ``kind``, once there is something."""

    def some() -> bool:
        told.extend(publisher.events())
        return any(isinstance(event, kind) for event in told)

    until(some, kind.__name__)
    return [event for event in told if isinstance(event, kind)]


def is_let_in(device: Device) -> bool:
    """Tell what the broker's first word to ``device`` is."""
    with connected(device) as (publisher, told):
        first = (Connected, Disconnected)

        def answered() -> bool:
            told.extend(publisher.events())
            return any(isinstance(event, first) for event in told)

        until(answered, "the broker answers")
        return isinstance(next(event for event in told if isinstance(event, first)), Connected)


def test_an_enrolled_device_sends_and_the_desk_signs_for_it(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    device = Device(tmp_path / "device")
    device.enroll(site)
    assert "accepts the certificate" in capsys.readouterr().out
    home = device.household()
    with connected(device) as (publisher, told):
        heard(publisher, told, Connected)
        assert publisher.publish(home.seal(home.alert()), "token")
        [arrived] = heard(publisher, told, Arrived)
        assert isinstance(arrived, Arrived)
        assert home.open(arrived.envelope).header.type == "ack"
        arrived.done()


def test_a_device_that_was_off_for_a_year_renews_by_itself_and_is_let_in(
    site: Site, tmp_path: Path
) -> None:
    """Only its certificate has ended, which the desk does not even look at."""
    device = Device(tmp_path / "device")
    device.enroll(site)
    _let_it_end(device, site)
    with connected(device) as (publisher, told):
        heard(publisher, told, Connected)
        [news] = heard(publisher, told, News)
    assert isinstance(news, News)
    assert not news.is_trouble, news.text
    pair = certificates.read_pair(device.state_dir)
    assert pair is not None
    assert pair.certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=29)


def test_a_revoked_device_is_let_in_nowhere_and_renews_nothing(
    site: Site, tmp_path: Path
) -> None:
    device, other = Device(tmp_path / "device"), Device(tmp_path / "other")
    device.enroll(site)
    other.enroll(site)
    name = device_keys(device.state_dir).device_id
    with connected(device) as (publisher, told):
        heard(publisher, told, Connected)
    site.desk.must("authority", "revoke", name, "--because", "stolen")
    site.reload_broker()
    # The broker takes the new list when it comes round to the signal.
    until(lambda: not is_let_in(device), "the device is refused")
    _let_it_end(device, site)
    with connected(device) as (publisher, told):
        [news] = heard(publisher, told, News)
        assert isinstance(news, News)
        assert "was revoked at the desk" in news.text
        heard(publisher, told, Disconnected)
        assert not any(isinstance(event, Connected) for event in told)
    with connected(other) as (publisher, told):
        heard(publisher, told, Connected)


def test_a_device_follows_its_desk_to_the_next_keys_and_is_still_signed_for(
    site: Site, tmp_path: Path
) -> None:
    """While the desk serves with its old keys, nobody is told; after its restart all are."""
    device = Device(tmp_path / "device")
    device.enroll(site)
    site.desk.must("authority", "rotate", "--out", str(tmp_path / "next.json"))
    site.restart_desk()
    home, pinned = device.household(), read_pinned_desk(device.state_dir)
    assert pinned is not None
    with connected(device) as (publisher, told):
        heard(publisher, told, Connected)
        arrived = heard(publisher, told, Arrived)[0]
        assert isinstance(arrived, Arrived)
        document = home.open(arrived.envelope).message
        assert isinstance(document, NextDeskKeys)
        assert pinned.follow(document, datetime.now(UTC))
        arrived.done()
        told.clear()
        home = device.household()
        assert publisher.publish(home.seal(home.alert()), "token")
        arrived = heard(publisher, told, Arrived)[0]
        assert isinstance(arrived, Arrived)
        assert home.open(arrived.envelope).header.type == "ack"


def _let_it_end(device: Device, site: Site) -> None:
    """Put a certificate in use that ended a year ago."""
    ca = local_ca.load(site.folder / "desk" / "keys" / "authority")
    name, key = device_keys(device.state_dir).device_id, certificates.new_key()
    long_ago = datetime.now(UTC) - timedelta(days=380)
    # Whoever is older than the authority itself would not have been signed by it.
    public_key = certificates.read_key(key).public_key()
    signed = ca.sign_client(public_key, name, long_ago, timedelta(days=30))
    certificates.swap(device.state_dir, Pair(key, local_ca.pem(signed).decode()))
