"""``demitasse diag``: what support gets, and that nobody can be recognised in it."""

import base64
import io
import json
import re
import sqlite3
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import ledger, memory
from agent.delivery import outbox
from agent.diagnosis import log_facts
from agent.diagnosis.findings import Judgement, Reason, Subject
from agent.identity.key_files import device_keys
from agent.store import Store
from tests.agent.consents import SHIPPED
from tests.agent.examined import Capture, Unit
from tests.agent.stores import SIGNER
from wire.schema import JSON

CANARY = "Kanarienvogel"
"""In every place where somebody may write something, or that names somebody."""
HEX = "ca9a7b1d" * 8

OWN_WORDS = frozenset((*map(str, Subject), *map(str, Judgement), *map(str, Reason)))
VERSION = re.compile(r"[0-9][0-9A-Za-z.]{0,20}")


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    folder = tmp_path / CANARY
    folder.mkdir()
    return Unit(folder)


def members(file: Path) -> dict[str, bytes]:
    """Return everything that is packed in ``file``."""
    if file.name.endswith(".zip"):
        with zipfile.ZipFile(file) as packed:
            return {name: packed.read(name) for name in packed.namelist()}
    with tarfile.open(file) as packed:
        return {
            one.name: stream.read() for one in packed if (stream := packed.extractfile(one))
        }


def bundle(unit: Unit, name: str = "support.zip") -> dict[str, bytes]:
    file = unit.folder / name
    assert unit("diag", str(file)) == 0
    return members(file)


def facts(unit: Unit) -> dict[str, object]:
    return {
        name.removesuffix(".json"): json.loads(data)
        for name, data in bundle(unit).items()
        if name.endswith(".json")
    }


# ------------------------------------------------------------------------------ canaries


def plant_in_configuration(unit: Unit) -> None:
    for name in ("ca", "own", "key"):
        (unit.folder / f"{CANARY}-{name}.pem").write_text(CANARY)
    unit.configure(
        port=f"/dev/{CANARY}",
        more=f'[broker]\nhost = "{CANARY.lower()}.example"\nca_file = "{CANARY}-ca.pem"\n'
        f'certificate_file = "{CANARY}-own.pem"\nkey_file = "{CANARY}-key.pem"\n'
        f'[operator]\nname = "{CANARY}"\naddress = "{CANARY}"\ncontact = "{CANARY}"\n'
        f'authority = "{CANARY}"\n',
    )


def plant_in_consent(unit: Unit) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    empty = r'(?m)^(call_me|contact|to|name|relation|channel|own_line|i_have_read) = ""$'
    text, planted = re.subn(empty, rf'\1 = "{CANARY}"', text)
    assert planted == 13, "a new place to write something: look at what the bundle does with it"
    text = text.replace("on = false", "on = true").replace('"22:00"', '"23:17"')
    text = text.replace('birthday = ""', 'birthday = "29-02"')
    unit.consent.write_text(text.replace('until = ""', 'until = "2031-07-29"'), "utf-8")


def plant_in_store(store: Store) -> None:
    """Put a canary into every text and every blob of every table."""
    db = store.reading()
    tables = [
        name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
    ]
    for table in tables:
        if not table.startswith("sqlite_"):
            _plant(db, table)
    assert {"brew", "concern", "ledger", "outbox", "received", "sent"} <= set(tables)


def _plant(db: sqlite3.Connection, table: str) -> None:
    columns = list(db.execute(f"SELECT name, type FROM pragma_table_info('{table}')"))
    # Numbers that say how many there are may be in the bundle; any other number may not.
    counted = {"id": 1, "sequence": 1, **({"hash": HEX} if table == "ledger" else {})}
    texts = {"TEXT": CANARY, "BLOB": CANARY.encode()}
    values = [counted.get(name, texts.get(kind, 20310729)) for name, kind in columns]
    db.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(values))})", values)


def plant_in_metas(store: Store) -> None:
    """And into every small value that the device itself keeps."""
    with store.transaction() as db:
        for key in ("writes", "device_check", "faults", "routine", "consent"):
            value: dict[str, JSON] = {
                "day": "2031-07-29",
                "written_bytes": 5,
                "deferred": {CANARY: 2},
                "check": CANARY,
                CANARY: CANARY,
            }
            memory.set_meta(db, key, value)


def plant_in_keys(unit: Unit) -> None:
    keys = unit.state / "keys"
    device_keys(unit.state)
    for name in ("tls.pem", "desk.json", f"{CANARY}.key"):
        (keys / name).write_text(CANARY)
        (keys / name).chmod(0o600)


@pytest.fixture
def planted(unit: Unit) -> Unit:
    unit.state.mkdir(mode=0o700)
    plant_in_configuration(unit)
    plant_in_consent(unit)
    plant_in_keys(unit)
    with closing(unit.start()) as store:
        plant_in_metas(store)
        plant_in_store(store)
    return unit


def disguises(secret: bytes) -> Iterator[bytes]:
    """Yield ``secret`` as it might travel."""
    yield secret.lower()
    yield secret[::-1].lower()
    yield secret.hex().encode()
    yield secret.decode().encode("utf-16-le").lower()
    for shift in range(3):
        # Of three alignments one is the right one; its ends depend on the neighbours.
        yield base64.b64encode(b"\0" * shift + secret)[4:-4].lower()


@pytest.mark.parametrize("name", ["support.zip", "support.tar.gz"])
def test_no_canary_sings_in_the_bundle(name: str, planted: Unit) -> None:
    packed = bundle(planted, name)
    raw = (planted.folder / name).read_bytes()
    seen = b"\n".join([raw, *packed.values(), *(n.encode() for n in packed)]).lower()
    keys = device_keys(planted.state)
    times = (b"2031-07-29", b"23:17", b"20310729", b"29-02")
    names = (
        keys.device_id.encode(),
        keys.identity.hex().encode(),
        str(planted.folder).encode(),
    )
    assert not {disguise for disguise in disguises(CANARY.encode()) if disguise in seen}
    private = (keys.identity, keys.identity.hex().encode(), base64.b64encode(keys.identity))
    for secret in (*private, *times, *names):
        assert secret.lower() not in seen
    assert HEX.encode() in seen, "the ledger's head is there, so the store was read"


@pytest.mark.parametrize(
    "text",
    [
        f'[operator]\ncountry = "{CANARY}"\n',
        f"[{CANARY}]\nname = 1\n",
        f'[delivery]\nslot_s = "{CANARY}"\n',
        f'[home]\ntimezone = "Europe/{CANARY}"\n',
        f'{CANARY} = "',
    ],
)
def test_what_stands_in_a_broken_configuration_stays_at_home(text: str, unit: Unit) -> None:
    unit.config.write_text(text)
    packed = bundle(unit)
    assert CANARY.encode() not in b"".join(packed.values())
    assert b"config_wrong" in packed["check.json"]


@pytest.mark.parametrize("text", [f'{CANARY} = "', f"[me]\ncall_me = {CANARY}\n"])
def test_what_stands_in_a_broken_consent_file_stays_at_home(text: str, unit: Unit) -> None:
    unit.consent.write_text(text)
    packed = bundle(unit)
    assert CANARY.encode() not in b"".join(packed.values())
    assert b"consent_unreadable" in packed["check.json"]


def test_a_profile_of_the_makers_own_is_not_named(unit: Unit) -> None:
    profile = unit.settings.machine_profile.read_text(encoding="utf-8")
    profile = re.sub(r"(?m)^(model|driver) = .*$", rf'\1 = "{CANARY}"', profile)
    (unit.folder / "mine.toml").write_text(profile, encoding="utf-8")
    unit.config.write_text('[machine]\nprofile = "mine.toml"\n', encoding="utf-8")
    found = facts(unit)
    assert isinstance(found["config"], dict)
    assert found["config"]["driver"] == "another"
    assert CANARY not in json.dumps(found)


# ---------------------------------------------------------------------------- allow list


def test_all_that_is_in_it_is_on_the_list(planted: Unit) -> None:
    """Whoever adds a fact adds it here, and has thought about whose it is."""
    found = facts(planted)
    assert {name: _shape(value) for name, value in found.items()} == {
        "check": [{"reason": "own", "subject": "own", "verdict": "own"}],
        "config": {
            "broker": "by_config",
            "broker_certificate_files": "yes or no",
            "broker_on_this_computer": "yes or no",
            "broker_port": "number",
            "driver": "reference",
            "enrolled": "nothing",
            "operator_named": "yes or no",
            "port_named": "yes or no",
            "slot_s": "number",
            "write_bytes_a_day": "number",
        },
        "consent": {"answers": {"notice_changed": "number"}, "readable": "yes or no"},
        "counts": {
            "device_check": "nothing",
            "epoch": "number",
            "faults": "number",
            "ledger_entries": "number",
            "ledger_head": "hash",
            "outbox": {"highest_sequence": "number", "kept": "number", "waiting": "number"},
            "readable": "yes or no",
            "records_given_way": "number",
            "store_bytes": "number",
            "stores_moved_aside": "number",
            "telemetry_batches": "number",
            "written_bytes": "number",
        },
        "log": dict.fromkeys(log_facts.BEGINNINGS.values(), "number"),
        "versions": _versions(found["versions"]),
    }


_KINDS = ((bool, "yes or no"), (int, "number"), (type(None), "nothing"))
_WORDS = ((re.compile("[0-9a-f]{64}"), "hash"), (VERSION, "version"))


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        shapes = [_shape(inner) for inner in value]
        assert all(shape == shapes[0] for shape in shapes)
        return shapes[:1]
    if isinstance(value, str):
        known = (name for form, name in _WORDS if form.fullmatch(value))
        return "own" if value in OWN_WORDS else next(known, value)
    return next(name for kind, name in _KINDS if isinstance(value, kind))


def _versions(found: object) -> object:
    """Return the shape of the versions; the computer's own words are of a closed form."""
    assert isinstance(found, dict)
    assert set(found) == {
        "format",
        "kernel",
        "libraries",
        "openssl",
        "processor",
        "python",
        "raspberry_pi",
        "sqlite",
        "store_version",
        "system",
        "system_version",
    }
    assert found["format"] == "demitasse-diag/1"
    assert all(VERSION.fullmatch(version) for version in found["libraries"].values())
    assert re.fullmatch("[a-z0-9_]{1,12}", found["processor"])
    return _shape(found)


def test_what_waits_and_what_was_signed_is_counted(unit: Unit) -> None:
    with closing(unit.start()) as store, store.transaction() as db:
        for number in (1, 2, 3):
            ledger.append(
                db,
                ledger.MessageReceived(message_id=f"{number}" * 32, type="decision"),
                datetime.now(UTC),
                SIGNER,
            )
            outbox.add(db, _waiting(number), datetime.now(UTC))
        head = ledger.head(db)
    counts = facts(unit)["counts"]
    assert isinstance(counts, dict)
    assert counts["ledger_head"] == head
    assert counts["ledger_entries"] == 3
    assert counts["outbox"] == {"waiting": 3, "kept": 3, "highest_sequence": 3}


def _waiting(number: int) -> outbox.Waiting:
    return outbox.Waiting(
        sequence=number,
        message_id=f"{number}" * 32,
        type="withdrawal",
        purpose=None,
        concern_id=None,
        envelope=b"sealed",
        envelope_sha256="0" * 64,
    )


# ----------------------------------------------------------------------------------- log


def test_of_the_log_only_counts_of_our_own_sentences_are_taken() -> None:
    said = [
        "connected to the broker",
        "no broker: Kanarienvogel",
        "no broker: again",
        "concern 1a2b3c4d noticed: pause",
        "device check: sound",
        "consent care_alert: given",
        "Kanarienvogel connected to the broker",
    ]
    counted = log_facts.count(said)
    assert {name: number for name, number in counted.items() if number} == {
        "connected": 1,
        "no_broker": 2,
    }


def test_a_journal_that_does_not_answer_is_no_obstacle(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("journalctl", 1)

    monkeypatch.setattr(subprocess, "run", late)
    assert facts(unit)["log"] == {}


# ------------------------------------------------------------------------------ the file


@pytest.mark.parametrize("name", ["support.zip", "support.tar.gz"])
def test_the_letter_says_what_is_in_it_in_two_languages(name: str, unit: Unit) -> None:
    packed = bundle(unit, name)
    letter = packed["README.txt"].decode()
    for member in packed:
        assert letter.count(member) == (0 if member == "README.txt" else 2)
    assert "What is not in it" in letter
    assert "Ce qu’il ne contient pas" in letter
    assert not re.search(r" [:;»?!]", letter.partition("DEMITASSE:")[0])


def test_nobody_else_may_read_it_and_it_names_no_user_and_no_time(unit: Unit) -> None:
    bundle(unit, "support.tar.gz")
    bundle(unit, "support.zip")
    file = unit.folder / "support.tar.gz"
    assert file.stat().st_mode & 0o777 == 0o600
    with tarfile.open(file) as packed:
        assert {(one.uid, one.uname, one.mtime) for one in packed} == {(0, "", 0)}
    assert file.read_bytes()[3:8] == b"\0" * 5, "neither name nor time in the gzip header"
    with zipfile.ZipFile(unit.folder / "support.zip") as packed_too:
        assert {one.date_time[0] for one in packed_too.infolist()} == {1980}


def test_a_file_that_is_there_is_not_overwritten(unit: Unit, capsys: Capture) -> None:
    file = unit.folder / "support.zip"
    file.write_text("something else")
    assert unit("diag", str(file)) == 2
    assert "is there already" in capsys.readouterr().err
    assert file.read_text() == "something else"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("support.rar", ".zip or .tar.gz"), ("nowhere/support.zip", "another folder")],
)
def test_a_file_that_cannot_be_written_is_told_with_the_fix(
    name: str, hint: str, unit: Unit, capsys: Capture
) -> None:
    assert unit("diag", str(unit.folder / name)) == 2
    assert hint in capsys.readouterr().err


def test_a_device_that_does_not_work_at_all_has_a_bundle_nevertheless(unit: Unit) -> None:
    for file in (unit.config, unit.consent):
        file.unlink()
    found: Mapping[str, object] = facts(unit)
    assert found["config"] == {"readable": False}
    assert set(found) == {"versions", "check", "log", "config"}


def test_the_bundle_is_small(planted: Unit) -> None:
    packed = bundle(planted)
    assert sum(map(len, packed.values())) < 20_000
    assert io.BytesIO((planted.folder / "support.zip").read_bytes()).getbuffer().nbytes < 10_000
