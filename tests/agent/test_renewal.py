"""The next certificate comes in time, and nothing that goes wrong costs the present one."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.delivery.broker_events import News
from agent.delivery.publisher import Publisher
from agent.identity import certificates, enrolment
from agent.identity.desk_pin import PinnedDesk, read_pinned_desk
from agent.identity.key_files import device_keys
from agent.identity.renewal import LOOK_EVERY_S, Renewal
from agent.identity.tls import TlsFiles, tls_of
from agent.journal import CertificateRenewed, Trouble
from agent.settings import Broker, Tls, load_settings
from escalation.authority import local_ca
from tests.agent.paper_authority import LASTS, Door, HttpsDesk, PaperAuthority
from tests.agent.pins import PIN
from tests.agent.test_enrolment import PowerLost, cut_at
from tests.agent.test_mailroom import Post
from tests.wire.examples import DEVICE


class Device:
    """An enrolled device whose clock a test moves."""

    def __init__(self, folder: Path, desk: HttpsDesk) -> None:
        config = folder / "agent.toml"
        config.write_text('[device]\nstate_dir = "state"\n')
        self.settings = load_settings(config)
        self.state_dir = self.settings.state_dir
        self.desk = desk
        self.authority = desk.authority
        self.at = datetime.now(UTC)
        self.elapsed_s = 0.0
        enrolment.enroll(self.settings, self.authority.bundle(url=desk.url), self.at, None)
        self.authority.asked.clear()
        self.renewal = self.awake()

    def awake(self) -> Renewal:
        """Return the renewal of the device's next start."""
        pinned = read_pinned_desk(self.state_dir)
        assert pinned is not None
        return Renewal(
            self.state_dir,
            keys=device_keys(self.state_dir),
            desk=pinned,
            clock=lambda: self.at,
            elapsed=lambda: self.elapsed_s,
            uniform=lambda low, high: (low + high) / 2,
        )

    def after(self, time: timedelta) -> News | None:
        """Let ``time`` pass, here and at the desk, and do what is due."""
        self.at += time
        self.elapsed_s += time.total_seconds()
        self.authority.now = self.at
        return self.renewal.tend()

    @property
    def pair(self) -> bytes:
        return (self.state_dir / "keys" / "tls.pem").read_bytes()

    @property
    def until(self) -> datetime:
        pair = certificates.read_pair(self.state_dir)
        assert pair is not None
        return pair.certificate.not_valid_after_utc


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """Return a device that was enrolled just now, whose broker is away."""
    monkeypatch.setattr("agent.identity.enrolment_line.ALERT_WITHIN_S", 0.3)
    with HttpsDesk(PaperAuthority(tmp_path / "paper")) as desk:
        yield Device(tmp_path, desk)


def test_a_young_certificate_is_left_alone(device: Device) -> None:
    assert device.after(LASTS * 0.6) is None
    assert device.authority.asked == []


def test_when_two_thirds_are_over_the_next_one_comes(device: Device) -> None:
    before = device.pair
    news = device.after(LASTS * 0.7)
    assert news == News(
        f"the certificate was renewed, until {device.at + LASTS:%Y-%m-%d}", False
    )
    assert device.pair != before
    assert device.until > device.at + LASTS - timedelta(seconds=1)
    [request] = device.authority.asked
    assert request.bundle_id is None
    assert device.after(timedelta(days=1)) is None


def test_a_device_that_was_off_for_a_year_renews_before_it_connects(device: Device) -> None:
    news = device.after(timedelta(days=400))
    assert news is not None
    assert not news.is_trouble
    assert device.until > device.at


def test_a_desk_that_is_away_is_asked_again_an_hour_later_and_no_sooner(
    device: Device,
) -> None:
    before = device.pair
    device.desk.answer = lambda _body: (503, b"")
    news = device.after(LASTS * 0.7)
    assert news is not None
    assert news.is_trouble
    assert "could not be renewed" in news.text
    for _ in range(10):
        assert device.after(timedelta(seconds=LOOK_EVERY_S / 11)) is None
    assert device.pair == before
    device.desk.answer = device.authority.answer
    later = device.after(timedelta(seconds=LOOK_EVERY_S / 5))
    assert later is not None
    assert not later.is_trouble


def test_a_revoked_device_is_told_so_and_keeps_its_pair(device: Device) -> None:
    before = device.pair
    device.authority.refuses = "this device was revoked at the desk: ask whoever runs it"
    news = device.after(LASTS * 0.7)
    assert news is not None
    assert "was revoked at the desk" in news.text
    assert device.pair == before


@pytest.mark.parametrize("wrong", ["name", "authority", "dates"])
def test_a_wrong_answer_leaves_the_pair_in_use(
    wrong: str, device: Device, tmp_path: Path
) -> None:
    before = device.pair
    match wrong:
        case "name":
            device.authority.name = "00112233445566ff"
        case "authority":
            other = local_ca.create(tmp_path / "other", "Paper authority", device.at)
            device.authority.signed_by = other
        case _:
            device.authority.begins_in = timedelta(days=5)
    news = device.after(LASTS * 0.7)
    assert news is not None
    assert news.is_trouble
    assert device.pair == before
    device.renewal.context()


def test_a_pair_that_the_broker_refuses_is_not_put_in_place(
    device: Device, tmp_path: Path
) -> None:
    stranger = PaperAuthority(tmp_path / "stranger")
    with Door(device.authority, trusting=stranger) as door:
        pinned = read_pinned_desk(device.state_dir)
        assert pinned is not None
        bundle = device.authority.bundle(url=device.desk.url, broker_port=door.port)
        device.renewal = Renewal(
            device.state_dir,
            keys=device_keys(device.state_dir),
            desk=PinnedDesk(None, type(pinned.pin).of(bundle)),
            clock=lambda: device.at,
            elapsed=lambda: device.elapsed_s,
        )
        before = device.pair
        # As real as TLS: certificates are good for today alone.
        device.authority.lasts = LASTS
        device.authority.now = device.at
        _make_due(device)
        before = device.pair
        news = device.renewal.tend()
    assert news is not None
    assert "do not agree" in news.text
    assert device.pair == before


def _make_due(device: Device) -> None:
    """Put a pair in use that ends soon: a server looks at the real clock."""
    device.authority.begins_in = -LASTS * 0.8
    enrolment.enroll(
        device.settings, device.authority.bundle(url=device.desk.url), device.at, None
    )
    device.authority.begins_in = timedelta(0)


def test_a_lost_pair_is_asked_for_anew(device: Device) -> None:
    """The identity is what counts."""
    (device.state_dir / "keys" / "tls.pem").unlink()
    news = device.renewal.tend()
    assert news is not None
    assert not news.is_trouble
    device.renewal.context()


def test_power_lost_at_any_step_of_a_renewal_leaves_a_pair_that_works(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = device_keys(device.state_dir).device_id
    step, lost = -1, True
    while lost:
        step, lost = step + 1, True
        device.at = device.authority.now = device.until - LASTS * 0.25
        with monkeypatch.context() as patch, contextlib.suppress(PowerLost):
            cut_at(patch, step)
            device.awake().tend()
            lost = False
        pair = certificates.read_pair(device.state_dir)
        assert pair is not None
        pair.check(name, device.authority.root, device.at)
    assert step >= 2
    assert [file.name for file in (device.state_dir / "keys").glob("tls*")] == ["tls.pem"]


def test_without_an_address_the_operator_is_told_in_time(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolment.write_request(device.state_dir, bundle := device.authority.bundle(), device.at)
    key = certificates.asked(device.state_dir)
    assert key is not None
    request = enrolment.ask(device_keys(device.state_dir), key, device.at, bundle)
    enrolment.enroll(device.settings, bundle, device.at, device.authority.sign(request))
    device.renewal = device.awake()
    assert device.after(LASTS * 0.5) is None
    news = device.after(LASTS * 0.3)
    assert news is not None
    assert "enroll this device again with a new bundle" in news.text


def test_two_connections_at_once_ask_once(device: Device) -> None:
    """The one that is being thrown away, and the next."""
    device.at += LASTS * 0.7
    device.elapsed_s += 10_000_000

    def meanwhile(body: bytes) -> tuple[int, bytes]:
        assert device.renewal.tend() is None
        device.authority.now = device.at
        return device.authority.answer(body)

    device.desk.answer = meanwhile
    assert device.renewal.tend() is not None
    assert len(device.authority.asked) == 1


def test_an_operator_reads_in_the_log_what_became_of_it(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.exchange()
    post.line.tell(News("the certificate was renewed, until 2026-04-07", False))
    post.line.tell(News("the certificate could not be renewed: the desk is away", True))
    post.step()
    [renewed] = post.heard(CertificateRenewed)
    assert renewed.line() == "the certificate was renewed, until 2026-04-07"
    [trouble] = post.heard(Trouble)
    assert trouble.line() == "the certificate could not be renewed: the desk is away"


# ------------------------------------------------------------------------------ which broker


def test_what_the_operator_names_comes_before_what_the_enrolment_did(tmp_path: Path) -> None:
    desk = PinnedDesk(None, PIN)
    named = Broker(host="127.0.0.1", port=1883, tls=None)
    nothing = Broker(host="", port=8883, tls=None)
    broker, tls = tls_of(named, tmp_path, keys=DEVICE, desk=desk)
    assert (broker, tls.context(), tls.tend()) == (named, None, None)
    broker, tls = tls_of(nothing, tmp_path, keys=DEVICE, desk=desk)
    assert (broker.host, broker.port) == (PIN.broker_host, PIN.broker_port)
    assert isinstance(tls, Renewal)
    broker, tls = tls_of(nothing, tmp_path, keys=DEVICE, desk=None)
    assert isinstance(tls, TlsFiles)


class SlowTls:
    """Renews for as long as a test wants."""

    def __init__(self) -> None:
        self.began, self.may_end = threading.Event(), threading.Event()

    def tend(self) -> News | None:
        self.began.set()
        assert self.may_end.wait(10)
        return None

    def context(self) -> None:
        return None


def test_nobody_is_connected_to_when_consent_ends_during_a_renewal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        broker = Broker(host="127.0.0.1", port=listener.getsockname()[1], tls=None)
        tls = SlowTls()
        publisher = Publisher(broker, DEVICE.device_id, tls=tls)
        assert tls.began.wait(10)
        closing = threading.Thread(target=publisher.close)
        closing.start()
        wait_until_stopping(publisher)
        tls.may_end.set()
        closing.join(10)
        with pytest.raises(TimeoutError):
            listener.accept()


def wait_until_stopping(publisher: Publisher) -> None:
    """Wait until ``close`` has said so to the network thread."""
    assert publisher._stopping.wait(10)


def test_files_of_the_operator_are_read_anew_for_each_connection(tmp_path: Path) -> None:
    """Whatever renews them may have done so in between."""
    authority = PaperAuthority(tmp_path)
    authority.server(wants_certificate=False)
    pair, ca = tmp_path / "server.pem", tmp_path / "ca" / "ca.crt"
    files = TlsFiles(Tls(ca_file=ca, certificate_file=pair, key_file=pair))
    first = files.context()
    assert first is not None
    assert files.context() is not first
    pair.unlink()
    with pytest.raises(OSError, match="No such file"):
        files.context()
