"""``demitasse enroll`` and ``demitasse identity`` as they are typed, and one line for slips."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.giving_back import quiet
from agent.identity.desk_pin import read_pinned_desk
from agent.identity.key_files import device_keys
from tests.agent.paper_authority import HttpsDesk, PaperAuthority
from tests.agent.test_main_command import Capture, Command, complaint
from tests.wire.examples import DESK, EXAMPLES, NEXT_DESK
from wire import enrolment
from wire.enrolment import CertificateRequest


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def authority(tmp_path: Path) -> PaperAuthority:
    return PaperAuthority(tmp_path / "paper")


@pytest.fixture
def desk(authority: PaperAuthority) -> Iterator[HttpsDesk]:
    """Return a desk that answers over HTTPS."""
    with HttpsDesk(authority) as running:
        yield running


def put(folder: Path, document: enrolment.Document, name: str = "bundle.json") -> str:
    """Write ``document`` where a maker would have put it."""
    file = folder / name
    file.write_text(enrolment.write(document))
    return str(file)


def test_one_command_and_the_device_knows_its_desk(
    command: Command, capsys: Capture, desk: HttpsDesk
) -> None:
    bundle = put(command.folder, desk.authority.bundle(url=desk.url))
    assert command("enroll", bundle) == 0
    name = device_keys(command.state).device_id
    assert capsys.readouterr().out.startswith(f"device {name} now knows its desk; ")
    assert command("identity", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["device"] == name
    assert facts["desk"] == DESK.public().fingerprint.hex()
    assert datetime.fromisoformat(facts["certificate_until"]) > datetime.now(UTC)
    assert command("identity") == 0
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines()] == [
        "device",
        "desk",
        "broker",
        "certificate",
    ]


def test_a_device_that_has_forgotten_is_given_to_nobody_behind_its_owners_back(
    command: Command, capsys: Capture, authority: PaperAuthority
) -> None:
    bundle = put(command.folder, authority.bundle())
    quiet.keep(command.state)
    assert "demitasse begin" in complaint(capsys, lambda: command("enroll", bundle))
    assert not (command.state / "keys").exists()


def test_the_same_by_files(
    command: Command, capsys: Capture, authority: PaperAuthority
) -> None:
    bundle = put(command.folder, authority.bundle())
    assert "--request FILE" in complaint(capsys, lambda: command("enroll", bundle))
    request = command.folder / "request.json"
    assert command("enroll", bundle, "--request", str(request)) == 0
    assert "demitasse-desk authority sign" in capsys.readouterr().out
    asked = enrolment.read(request.read_bytes())
    assert isinstance(asked, CertificateRequest)
    answer = put(command.folder, authority.sign(asked), "answer.json")
    assert command("enroll", bundle, "--answer", answer) == 0
    assert read_pinned_desk(command.state) is not None


def test_the_next_keys_of_the_desk_come_as_a_file_too(
    command: Command, capsys: Capture, desk: HttpsDesk
) -> None:
    bundle = put(command.folder, desk.authority.bundle(url=desk.url))
    document = EXAMPLES["desk_keys"]
    assert isinstance(document, enrolment.NextDeskKeys)
    keys = put(command.folder, document, "keys.json")
    assert "has no desk yet" in complaint(capsys, lambda: command("enroll", keys))
    command("enroll", bundle)
    capsys.readouterr()
    assert command("enroll", keys) == 0
    assert "now knows generation 2" in capsys.readouterr().out
    assert command("enroll", keys) == 0
    assert "knew already generation 2" in capsys.readouterr().out
    pinned = read_pinned_desk(command.state)
    assert pinned is not None
    assert pinned.pin.desk == NEXT_DESK.public()
    forged = replace(document, serial=3)
    evil = put(command.folder, enrolment.sign(forged, DESK.signer()), "evil.json")
    said = complaint(capsys, lambda: command("enroll", evil))
    assert "the desk that is pinned here has not signed these keys" in said


@pytest.mark.parametrize(
    "content", [None, "", "{}", '{"desk": {}}', "\x00", "[" * 5000, '{"kind": 1}', "x" * 50_000]
)
def test_a_file_that_is_no_bundle_is_refused_and_the_pinned_desk_stays(
    content: str | None, command: Command, capsys: Capture, desk: HttpsDesk
) -> None:
    command("enroll", put(command.folder, desk.authority.bundle(url=desk.url)))
    before = {f.name: f.read_bytes() for f in (command.state / "keys").iterdir()}
    capsys.readouterr()
    bad = command.folder / "bad.json"
    if content is not None:
        bad.write_text(content)
    line = complaint(capsys, lambda: command("enroll", str(bad)))
    assert line.startswith(f"demitasse: {bad}: ")
    assert content is None or "use the file that `demitasse-desk authority` wrote" in line
    assert {f.name: f.read_bytes() for f in (command.state / "keys").iterdir()} == before


def test_a_wrong_kind_of_file_is_named(
    command: Command, capsys: Capture, desk: HttpsDesk
) -> None:
    bundle = desk.authority.bundle(url=desk.url)
    file = put(command.folder, bundle)
    command("enroll", file, "--request", str(command.folder / "request.json"))
    capsys.readouterr()
    line = complaint(capsys, lambda: command("enroll", str(command.folder / "request.json")))
    assert "is a certificate request; give the bundle" in line
    line = complaint(capsys, lambda: command("enroll", file, "--answer", file))
    assert "is an enrolment bundle; give what" in line
    line = complaint(
        capsys, lambda: command("enroll", file, "--request", "/no/such/folder/r.json")
    )
    assert "--request /no/such/folder/r.json: No such file or directory" in line


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"device": "00112233445566ff"}, "the bundle is for device 00112233445566ff"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "ended on 2020-01-01"),
        ({"issued_at": datetime(2199, 1, 1, tzinfo=UTC)}, "set the clock"),
        ({"url": "https://127.0.0.1:1/enrol"}, "https://127.0.0.1:1/enrol cannot be used"),
    ],
)
def test_what_is_wrong_is_told_with_file_reason_and_fix(
    changes: dict[str, Any], said: str, command: Command, capsys: Capture, desk: HttpsDesk
) -> None:
    bundle = put(command.folder, desk.authority.bundle(**{"url": desk.url, **changes}))
    line = complaint(capsys, lambda: command("enroll", bundle))
    assert line.startswith(f"demitasse: {bundle}: ")
    assert said in line


def test_before_it_is_enrolled_a_device_says_who_it_is(
    command: Command, capsys: Capture
) -> None:
    assert command("identity") == 0
    said = capsys.readouterr().out
    assert device_keys(command.state).device_id in said
    assert "demitasse enroll BUNDLE.json" in said
    secrets = device_keys(command.state).to_json().values()
    assert not any(secret in said for secret in secrets)


def test_broken_keys_are_never_replaced_by_new_ones(command: Command, capsys: Capture) -> None:
    command("identity")
    capsys.readouterr()
    file = command.state / "keys" / "device.json"
    file.write_text("{}")
    assert "begin as a new device" in complaint(capsys, lambda: command("identity"))
    assert file.read_text() == "{}"
