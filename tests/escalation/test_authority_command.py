"""``demitasse-desk authority`` as it is typed: a whole life, and one line for each slip."""

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from escalation.main import main
from tests.escalation.authority_house import Guest
from tests.escalation.live_desk import LiveDesk
from tests.escalation.test_desk_command import complaint
from wire import enrolment
from wire.certificates import read_chain
from wire.enrolment import Bundle, Certificate, NextDeskKeys


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> LiveDesk:
    """Return a desk with an authority."""
    extra = '[authority]\nbroker_host = "broker.example"\nbroker_port = 8883\n'
    desk = LiveDesk(tmp_path_factory.mktemp("desk"), extra=extra)
    assert "the authority is in" in desk.must("authority", "init")
    return desk


def bundle_of(desk: LiveDesk, *options: str) -> Bundle:
    """Return a new bundle."""
    bundle = enrolment.read(desk.must("authority", "bundle", *options).encode())
    assert isinstance(bundle, Bundle)
    return bundle


def listed(desk: LiveDesk) -> dict[str, dict[str, str]]:
    """Return what the list says, by number."""
    return {e["number"]: e for e in json.loads(desk.must("authority", "list", "--json"))}


def test_a_device_comes_in_by_files_is_listed_and_is_revoked(
    live: LiveDesk, tmp_path: Path
) -> None:
    bundle = bundle_of(live, "--batch", "B7")
    assert listed(live)[bundle.bundle_id]["note"] == "0 of 1 used, batch B7"
    guest = Guest(bundle, made_at=datetime.now(UTC))
    request, answer = tmp_path / "request.json", tmp_path / "answer.json"
    request.write_bytes(guest.first())
    live.must("authority", "sign", str(request), "--out", str(answer))
    document = enrolment.read(answer.read_bytes())
    assert isinstance(document, Certificate)
    serial = read_chain(document.chain)[0].serial_number
    assert listed(live)[guest.name]["state"] == "good"
    assert "answered before" in complaint(live, "authority", "sign", str(request))

    said = live.must("authority", "revoke", guest.name, "--because", "stolen")
    assert f"device {guest.name} is revoked" in said
    entry = listed(live)[guest.name]
    assert (entry["state"], entry["note"]) == ("revoked", "stolen")
    assert f"device  {guest.name}" in live.must("authority", "list")
    crl = tmp_path / "revoked.crl"
    live.must("authority", "crl", "--out", str(crl))
    on_it = {line.serial_number for line in x509.load_pem_x509_crl(crl.read_bytes())}
    assert serial in on_it
    request.write_bytes(guest.renewal())
    assert "was revoked at the desk" in complaint(live, "authority", "sign", str(request))


def test_a_bundle_says_where_to_go_and_is_for_its_reader_alone(
    live: LiveDesk, tmp_path: Path
) -> None:
    file = tmp_path / "bundle.json"
    assert live.must("authority", "bundle", "--uses", "3", "--out", str(file)) == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    bundle = enrolment.read(file.read_bytes())
    assert isinstance(bundle, Bundle)
    enrolment.verify(bundle, bundle.desk.verifier())
    assert (bundle.broker_host, bundle.broker_port) == ("broker.example", 8883)
    assert listed(live)[bundle.bundle_id]["note"] == "0 of 3 used"
    assert bundle_of(live, "--device", "00112233445566ff").device == "00112233445566ff"


def test_broker_and_desk_get_key_and_certificate(live: LiveDesk, tmp_path: Path) -> None:
    out = tmp_path / "files"
    live.must("authority", "issue", "broker", "--host", "broker.example", "--out", str(out))
    live.must("authority", "issue", "demitasse-desk", "--out", str(out))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in out.iterdir()}
    assert modes == {
        "ca.crt": 0o644,
        "broker.crt": 0o644,
        "broker.key": 0o600,
        "demitasse-desk.crt": 0o644,
        "demitasse-desk.key": 0o600,
    }
    assert {"broker", "demitasse-desk"} <= {e["note"] for e in listed(live).values()}


def test_the_next_keys_of_the_desk_are_a_file_too(live: LiveDesk, tmp_path: Path) -> None:
    """For a device that no message reaches."""
    before = bundle_of(live)
    file = tmp_path / "next.json"
    live.must("authority", "rotate", "--out", str(file))
    document = enrolment.read(file.read_bytes())
    assert isinstance(document, NextDeskKeys)
    enrolment.verify(document, before.desk.verifier())
    after = bundle_of(live)
    assert (after.desk_serial, after.desk) == (document.serial, document.desk)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("init",), "is here already"),
        (("bundle", "--out", "/no/such/folder/b.json"), "No such file or directory"),
        (("sign", "/no/such/file"), "cannot be read: No such file or directory"),
        (("sign", "/dev/zero"), "this is no request"),
        (("issue", "b", "--host", "b", "--out", "/proc/x"), "--out /proc/x"),
        (("revoke", "nothing"), "`demitasse-desk authority list` shows them"),
    ],
)
def test_a_slip_is_told_in_one_line(live: LiveDesk, words: tuple[str, ...], said: str) -> None:
    assert said in complaint(live, "authority", *words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bundle", "--uses", "0"), "choose a whole number from 1 to 100000"),
        (("bundle", "--days", "397"), "choose a whole number from 1 to 396"),
        (("bundle", "--batch", "a\nb"), "write one line of 1 to 64 characters"),
        (("bundle", "--device", "x"), "write 16 hexadecimal digits"),
        (("issue", "00112233445566ff", "--out", "/tmp"), "by `demitasse enroll` alone"),
        (("issue", "../evil", "--out", "/tmp"), "choose letters, digits"),
    ],
)
def test_a_wrong_value_is_told_before_anything_is_looked_at(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = os.umask(0o077)
    try:
        assert main(["--config", "/no/such/desk.toml", "authority", *words]) == 2
    finally:
        os.umask(before)
    assert said in capsys.readouterr().err


def test_without_an_authority_the_complaint_says_how_to_have_one(tmp_path: Path) -> None:
    desk = LiveDesk(tmp_path)
    for words in (("bundle",), ("crl",), ("issue", "broker", "--out", "x")):
        assert "run `demitasse-desk authority init`" in complaint(desk, "authority", *words)


def test_where_another_authority_signs_the_small_one_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    extra = '[authority]\nsign_command = ["true"]\nca = "ca.pem"\n'
    desk = LiveDesk(tmp_path, extra=extra)
    assert "sign_command" in complaint(desk, "authority", "init")
    assert "sign_command" in complaint(desk, "authority", "issue", "b", "--out", "x")
    assert "holds no certificates as PEM" in complaint(desk, "authority", "bundle")
