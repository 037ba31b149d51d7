"""A bundle becomes a device that is let in, wholly or not at all."""

import os
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from agent.identity import certificates, enrolment
from agent.identity.certificates import Pair
from agent.identity.desk_pin import read_pinned_desk
from agent.identity.enrolment import NotEnrolled
from agent.identity.enrolment_line import ALERT_WITHIN_S, BrokerRefuses, DeskAway, DeskRefuses
from agent.identity.key_files import device_keys
from agent.settings import AgentSettings, load_settings
from escalation.authority import local_ca
from tests.agent.paper_authority import Door, HttpsDesk, PaperAuthority
from tests.wire.examples import DESK, NEXT_DESK
from wire import enrolment as documents
from wire.options import ConfigError


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    # How long a broker may take to say no; on this computer it is there at once.
    assert ALERT_WITHIN_S >= 1
    monkeypatch.setattr("agent.identity.enrolment_line.ALERT_WITHIN_S", 0.3)


@pytest.fixture
def settings(tmp_path: Path) -> AgentSettings:
    """Return the settings of a device that belongs to nobody yet."""
    file = tmp_path / "agent.toml"
    file.write_text('[device]\nstate_dir = "state"\n')
    return load_settings(file)


@pytest.fixture
def authority(tmp_path: Path) -> PaperAuthority:
    return PaperAuthority(tmp_path / "paper")


@pytest.fixture
def desk(authority: PaperAuthority) -> Iterator[HttpsDesk]:
    """Return a desk that answers over HTTPS."""
    with HttpsDesk(authority) as running:
        yield running


def files(settings: AgentSettings) -> dict[str, bytes]:
    """Return what is in the folder of keys, but for the device's own identity."""
    folder = settings.state_dir / "keys"
    found = {f.name: f.read_bytes() for f in folder.iterdir()} if folder.exists() else {}
    return {name: data for name, data in found.items() if name != "device.json"}


def now() -> datetime:
    return datetime.now(UTC)


# ------------------------------------------------------------------------------------ online


def test_a_bundle_becomes_a_certificate_a_pin_and_nothing_else(
    settings: AgentSettings, desk: HttpsDesk
) -> None:
    with Door(desk.authority) as door:
        bundle = desk.authority.bundle(url=desk.url, broker_port=door.port)
        said = enrolment.enroll(settings, bundle, now(), None)
        name = device_keys(settings.state_dir).device_id
    assert "accepts the certificate" in said
    assert door.let_in == [name]
    assert files(settings).keys() == {"tls.pem", "desk.json"}
    pair = certificates.read_pair(settings.state_dir)
    assert pair is not None
    pair.check(name, desk.authority.root, now())
    pinned = read_pinned_desk(settings.state_dir)
    assert pinned is not None
    assert pinned.pin.desk == DESK.public()
    assert pinned.pin.broker_port == door.port
    assert (settings.state_dir / "keys" / "tls.pem").stat().st_mode & 0o077 == 0


def test_the_request_tells_no_program_and_no_house(
    settings: AgentSettings, desk: HttpsDesk
) -> None:
    """What the line itself needs, and not one word more."""
    enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    [headers] = desk.headers
    assert headers.keys() == {"Host", "Accept-Encoding", "Content-Length", "Content-Type"}
    [request] = desk.authority.asked
    assert request.device.device_id == device_keys(settings.state_dir).device_id


def test_private_keys_never_leave(settings: AgentSettings, desk: HttpsDesk) -> None:
    bodies: list[bytes] = []

    def note(body: bytes) -> tuple[int, bytes]:
        bodies.append(body)
        return desk.authority.answer(body)

    desk.answer = note
    enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    secrets = [value.encode() for value in device_keys(settings.state_dir).to_json().values()]
    pair = certificates.read_pair(settings.state_dir)
    assert pair is not None
    secrets += [pair.key.splitlines()[1].encode(), b"PRIVATE KEY", b"5e5e5e5e"]
    assert not any(secret in body for secret in secrets for body in bodies)


def test_a_broker_that_is_away_is_no_obstacle(settings: AgentSettings, desk: HttpsDesk) -> None:
    said = enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    assert "cannot be reached now" in said


def test_a_device_can_be_enrolled_again_at_its_own_desk(
    settings: AgentSettings, desk: HttpsDesk
) -> None:
    """With a new address, say; and after an answer was lost."""
    enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    before = files(settings)
    moved = desk.authority.bundle(url=desk.url, broker_host="127.0.0.2")
    enrolment.enroll(settings, moved, now(), None)
    pinned = read_pinned_desk(settings.state_dir)
    assert pinned is not None
    assert pinned.pin.broker_host == "127.0.0.2"
    assert files(settings)["tls.pem"] != before["tls.pem"]


# ------------------------------------------------------------------------------- wrong bundles

Spoil = Callable[[PaperAuthority, str], documents.Bundle]
DAY = timedelta(days=1)


def _by_another_desk(authority: PaperAuthority, url: str) -> documents.Bundle:
    mine = authority.bundle(url=url, desk_keys=NEXT_DESK.public().to_text())
    return documents.sign(mine, NEXT_DESK.signer())


WRONG: dict[str, tuple[Spoil, str]] = {
    "changed": (
        lambda a, url: replace(a.bundle(url=url), broker_host="evil.example"),
        "was changed or is not whole",
    ),
    "mixed": (
        lambda a, url: replace(a.bundle(url=url), desk_keys=NEXT_DESK.public().to_text()),
        "was changed or is not whole",
    ),
    "for another device": (
        lambda a, url: a.bundle(url=url, device="00112233445566ff"),
        "the bundle is for device 00112233445566ff, and this is",
    ),
    "nobody to trust": (
        lambda a, url: a.bundle(url=url, authorities="none"),
        "names nobody to trust",
    ),
    "ended": (
        lambda a, url: a.bundle(url=url, expires_at=a.now - DAY),
        "ask for another",
    ),
    "clock unset here": (
        lambda a, url: a.bundle(url=url, issued_at=a.now + 20000 * DAY),
        "set the clock",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_bundle_is_refused_before_anybody_is_asked(
    wrong: str, settings: AgentSettings, desk: HttpsDesk
) -> None:
    make, said = WRONG[wrong]
    with pytest.raises(NotEnrolled, match=said):
        enrolment.enroll(settings, make(desk.authority, desk.url), now(), None)
    assert desk.headers == []
    assert files(settings) == {}


def test_a_device_that_belongs_to_a_desk_takes_no_other(
    settings: AgentSettings, desk: HttpsDesk
) -> None:
    """Until somebody has removed the pin by hand."""
    enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    before = files(settings)
    other = _by_another_desk(desk.authority, desk.url)
    with pytest.raises(NotEnrolled, match="belongs to a desk with other keys"):
        enrolment.enroll(settings, other, now(), None)
    assert files(settings) == before
    (settings.state_dir / "keys" / "desk.json").unlink()
    enrolment.enroll(settings, other, now(), None)


# ------------------------------------------------------------------------------- wrong answers

WRONG_ANSWERS: dict[str, tuple[Callable[[PaperAuthority, Path], dict[str, Any]], str]] = {
    "name": (lambda _a, _p: {"name": "00112233445566ff"}, "is not for"),
    "key": (
        lambda _a, _p: {"key": ec.generate_private_key(ec.SECP256R1()).public_key()},
        "belongs to another key",
    ),
    "authority": (
        lambda a, p: {"signed_by": local_ca.create(p / "other", "Paper authority", a.now)},
        "not signed by an authority of the bundle",
    ),
    "ended": (lambda _a, _p: {"begins_in": -31 * DAY}, "ended on"),
    "not begun": (lambda _a, _p: {"begins_in": 2 * DAY}, "set the clock"),
}


@pytest.mark.parametrize("wrong", WRONG_ANSWERS)
def test_a_wrong_certificate_never_takes_the_place_of_a_good_one(
    wrong: str, settings: AgentSettings, desk: HttpsDesk, tmp_path: Path
) -> None:
    enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    before = files(settings)
    make, said = WRONG_ANSWERS[wrong]
    for option, value in make(desk.authority, tmp_path).items():
        setattr(desk.authority, option, value)
    with pytest.raises(NotEnrolled, match=said):
        enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    assert files(settings) == before


def test_the_desks_no_is_told_in_its_own_words(
    settings: AgentSettings, desk: HttpsDesk
) -> None:
    desk.authority.refuses = "the bundle is used up: ask for a new one"
    with pytest.raises(DeskRefuses, match="used up"):
        enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    assert files(settings) == {}


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""),
        (200, b"<html>"),
        (200, b"x" * 200_000),
        (200, b'{"kind": "demitasse certificate 1"}'),
        (403, b"{}"),
        (403, b'{"refused": 7}'),
        (404, b""),
        (503, b'{"refused": "the desk cannot sign just now"}'),
        (301, b""),
    ],
)
def test_what_does_not_answer_as_a_desk_is_told_and_changes_nothing(
    answer: tuple[int, bytes], settings: AgentSettings, desk: HttpsDesk
) -> None:
    desk.answer = lambda _body: answer
    with pytest.raises(DeskAway, match=desk.url):
        enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    assert files(settings) == {}


def test_a_desk_with_a_certificate_of_somebody_else_is_not_spoken_to(
    settings: AgentSettings, desk: HttpsDesk, tmp_path: Path
) -> None:
    """The bundle says whom to trust, and nobody that the system trusts counts beside."""
    other = PaperAuthority(tmp_path / "other")
    with pytest.raises(DeskAway, match="CERTIFICATE_VERIFY_FAILED"):
        enrolment.enroll(settings, other.bundle(url=desk.url), now(), None)
    assert desk.headers == []


def test_a_broker_that_refuses_the_certificate_is_found_out_before_the_swap(
    settings: AgentSettings, desk: HttpsDesk, tmp_path: Path
) -> None:
    stranger = PaperAuthority(tmp_path / "stranger")
    with Door(desk.authority, trusting=stranger) as door:
        bundle = desk.authority.bundle(url=desk.url, broker_port=door.port)
        with pytest.raises(BrokerRefuses, match="do not agree"):
            enrolment.enroll(settings, bundle, now(), None)
    assert files(settings) == {}


def test_a_broker_that_is_somebody_else_is_found_out(
    settings: AgentSettings, desk: HttpsDesk, tmp_path: Path
) -> None:
    with Door(PaperAuthority(tmp_path / "stranger")) as door:
        bundle = desk.authority.bundle(url=desk.url, broker_port=door.port)
        with pytest.raises(BrokerRefuses, match="CERTIFICATE_VERIFY_FAILED"):
            enrolment.enroll(settings, bundle, now(), None)


# ------------------------------------------------------------------------------------ by files


def test_request_and_answer_may_travel_as_files(
    settings: AgentSettings, authority: PaperAuthority
) -> None:
    bundle = authority.bundle()
    request = enrolment.write_request(settings.state_dir, bundle, now())
    assert files(settings).keys() == {"tls.asked.pem"}
    assert (settings.state_dir / "keys" / "tls.asked.pem").stat().st_mode & 0o077 == 0
    documents.check_proof(request, bundle.secret)
    enrolment.enroll(settings, bundle, now(), authority.sign(request))
    assert files(settings).keys() == {"tls.pem", "desk.json"}


def test_an_answer_to_an_older_request_is_refused_and_the_newer_one_still_waits(
    settings: AgentSettings, authority: PaperAuthority
) -> None:
    bundle = authority.bundle()
    older = enrolment.write_request(settings.state_dir, bundle, now())
    newer = enrolment.write_request(settings.state_dir, bundle, now())
    with pytest.raises(NotEnrolled, match="belongs to another key"):
        enrolment.enroll(settings, bundle, now(), authority.sign(older))
    enrolment.enroll(settings, bundle, now(), authority.sign(newer))


def test_an_answer_that_nobody_has_asked_for_is_refused(
    settings: AgentSettings, authority: PaperAuthority
) -> None:
    bundle = authority.bundle()
    request = enrolment.write_request(settings.state_dir, bundle, now())
    certificates.forget_asked(settings.state_dir)
    with pytest.raises(NotEnrolled, match="has asked for nothing"):
        enrolment.enroll(settings, bundle, now(), authority.sign(request))


# --------------------------------------------------------------------------------- power loss


class PowerLost(BaseException):
    """Nothing after this happens."""


def cut_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the power fail at the n-th call that changes the disk."""
    left = step

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            if left == 0:
                raise PowerLost
            left -= 1
            return real(*args, **kwargs)

        return call

    for name in ("fsync", "replace", "unlink"):
        monkeypatch.setattr(os, name, counted(getattr(os, name)))


def test_power_lost_at_any_step_leaves_a_pair_that_works(
    settings: AgentSettings, desk: HttpsDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one or the new one; and enrolling again completes what was cut short."""
    enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    name = device_keys(settings.state_dir).device_id
    bundle = desk.authority.bundle(url=desk.url, broker_host="127.0.0.2")
    step = 0
    while True:
        with monkeypatch.context() as patch:
            cut_at(patch, step)
            try:
                enrolment.enroll(settings, bundle, now(), None)
                break
            except PowerLost:
                step += 1
        pair, pinned = (
            certificates.read_pair(settings.state_dir),
            read_pinned_desk(settings.state_dir),
        )
        assert pair is not None
        assert pinned is not None
        pair.check(name, pinned.pin.authorities, now())
        certificates.context_of(settings.state_dir, pinned.pin.authorities)
    assert step >= 4
    assert files(settings).keys() == {"tls.pem", "desk.json"}


def test_power_lost_at_any_step_of_the_first_time_leaves_it_enrolled_wholly_or_not_at_all(
    settings: AgentSettings, desk: HttpsDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that knows its desk is one that can reach it."""
    device_keys(settings.state_dir)
    bundle = desk.authority.bundle(url=desk.url)
    lost, step = True, 0
    while lost:
        with monkeypatch.context() as patch:
            cut_at(patch, step)
            try:
                enrolment.enroll(settings, bundle, now(), None)
                lost = False
            except PowerLost:
                step += 1
        if read_pinned_desk(settings.state_dir) is not None:
            assert certificates.read_pair(settings.state_dir) is not None
            (settings.state_dir / "keys" / "desk.json").unlink()
            (settings.state_dir / "keys" / "tls.pem").unlink()
    assert step >= 4


# ------------------------------------------------------------------------------- files as found


@pytest.mark.parametrize("half", ["", "-----BEGIN PRIVATE KEY-----\n", "\xff", "key"])
def test_a_half_written_pair_is_told_with_the_fix(
    half: str, settings: AgentSettings, desk: HttpsDesk
) -> None:
    enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    file = settings.state_dir / "keys" / "tls.pem"
    whole = file.read_text()
    for text in (half, whole[: len(whole) // 2], whole.partition("-----BEGIN CERT")[0]):
        file.write_text(text, encoding="latin-1")
        with pytest.raises(ConfigError, match=r"tls\.pem: .*; remove it and enroll"):
            certificates.read_pair(settings.state_dir)


def test_a_pair_that_others_may_read_is_refused_with_the_fix(
    settings: AgentSettings, desk: HttpsDesk
) -> None:
    enrolment.enroll(settings, desk.authority.bundle(url=desk.url), now(), None)
    (settings.state_dir / "keys" / "tls.pem").chmod(0o644)
    with pytest.raises(ConfigError, match=r"others may read it; run `chmod 600 "):
        certificates.read_pair(settings.state_dir)


def test_a_key_is_not_shown() -> None:
    assert "PRIVATE" not in repr(Pair(certificates.new_key(), ""))


def test_tls_below_1_3_is_never_spoken(authority: PaperAuthority) -> None:
    context = certificates.trusting(authority.root)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert context.check_hostname
