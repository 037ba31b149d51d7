"""Everything given back: the copy to take away, what it leaves out, and how long it is kept."""

import csv
import json
import time
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent import memory
from agent.asking import errands
from agent.asking.concerns import State
from agent.consents.consent_records import schema_text as record_schema
from agent.delivery import outbox, sent_copies
from agent.giving_back import exporting, retention
from agent.giving_back.withheld import register
from agent.learning.brews import Brew, Certainty
from agent.main import main
from agent.store import Store
from tests.agent.house import CARE, House
from tests.agent.worried_house import acknowledged, worried
from tests.wire.examples import EXAMPLES
from wire.messages import DeskLine, GivenBack, Language
from wire.schema import to_plain

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = worried(tmp_path, monkeypatch, granted=CARE)
    house.decide(acknowledged(house))
    house.brew()
    house.device.close()
    config = house.folder / "agent.toml"
    config.write_text('[device]\nstate_dir = "state"\n', encoding="utf-8")
    return house


def exported(house: House, folder: Path) -> dict[str, Any]:
    assert main(["--config", str(house.folder / "agent.toml"), "export", str(folder)]) == 0
    plain: dict[str, Any] = json.loads((folder / "export.json").read_text(encoding="utf-8"))
    return plain


def test_the_copy_keeps_the_schema_that_lies_beside_it(lived: House, tmp_path: Path) -> None:
    plain = exported(lived, tmp_path / "mine")
    schema = json.loads((tmp_path / "mine" / exporting.SCHEMA_FILE).read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(plain, schema)
    for one in plain["consent_records"]:
        jsonschema.validate(one, json.loads(record_schema()))
    for name in schema["required"]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({k: v for k, v in plain.items() if k != name}, schema)


def test_what_the_device_knows_is_in_it_to_the_last_row(lived: House, tmp_path: Path) -> None:
    plain = exported(lived, tmp_path / "mine")
    store = lived.beside()
    db = store.reading()
    counts = {
        name: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for name, table in (
            ("brews", "brew"),
            ("concerns", "concern"),
            ("sent", "sent"),
            ("received", "received"),
            ("ledger", "ledger"),
        )
    }
    store.close()
    assert {name: len(plain[name]) for name in counts} == counts
    assert all(counts.values())
    for name, count in counts.items():
        with (tmp_path / "mine" / f"{name}.csv").open(encoding="utf-8", newline="") as opened:
            assert len(list(csv.DictReader(opened))) == count
    assert plain["consent_file"] == lived.settings.consent_file.read_text(encoding="utf-8")
    [alert] = [one for one in plain["sent"] if one["type"] == "alert"]
    assert alert["message"]["owner"]["call_me"] == "Rosalie"


class Page(HTMLParser):
    """Collects what a page would fetch, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.text = ""
        self.lang = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [v or "" for name, v in attrs if name in ("src", "href", "action")]
        self.fetched += ["script"] if tag == "script" else []
        self.lang = dict(attrs).get("lang") or self.lang

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_readable_page_needs_nothing_and_hides_nothing(
    lived: House, tmp_path: Path
) -> None:
    lived.settings.consent_file.write_text(
        lived.settings.consent_file.read_text(encoding="utf-8").replace('"en"', '"fr"'), "utf-8"
    )
    exported(lived, tmp_path / "mine")
    page = Page()
    page.feed((tmp_path / "mine" / "index.html").read_text(encoding="utf-8"))
    assert (page.fetched, page.lang) == ([], "fr")
    for one in register(Language.FR):
        assert one.why in page.text
    assert "Une longue pause." in page.text


def test_the_copy_is_for_its_owner_alone(lived: House, tmp_path: Path) -> None:
    exported(lived, tmp_path / "mine")
    assert {f.stat().st_mode & 0o077 for f in (tmp_path / "mine").iterdir()} == {0}


def test_every_small_thing_that_is_remembered_is_in_it(lived: House, tmp_path: Path) -> None:
    store = lived.beside()
    with store.transaction() as db:
        for name in ("heating_times_s", "a_word_of_a_later_version"):
            memory.set_meta(db, name, [1.5])
        memory.set_meta(db, "faults", [])
        memory.set_meta(db, "back_during_pause", {"since": "2026-03-01"})
    names = {name for (name,) in store.reading().execute("SELECT key FROM meta")}
    store.close()
    plain = exported(lived, tmp_path / "mine")
    assert set(plain["remembered"]) == names - {"routine"}
    assert {"faults", "device_check", "heating_times_s", "back_during_pause"} <= names
    jsonschema.validate(plain, json.loads(exporting.schema_text()))


def errands_of(house: House) -> list[str]:
    store = house.beside()
    found = [str(one.kind) for one in errands.waiting(store.reading())]
    store.close()
    return found


def test_the_copy_asks_for_the_desks_part_and_says_that_it_is_not_here_yet(
    lived: House, tmp_path: Path, capsys: Capture
) -> None:
    plain = exported(lived, tmp_path / "mine")
    assert errands_of(lived) == ["give_back"]
    assert "The desk is being asked" in capsys.readouterr().out
    part = plain["desk_part"]
    assert (part["included"], part["standing"], part["cases"]) == (False, "not_asked", [])
    assert (tmp_path / "mine" / "desk.csv").exists()


def with_the_desks_part(house: House, made_at: datetime) -> None:
    """Let the desk have answered at ``made_at``, and the device have been asleep since."""
    lines = (
        DeskLine(about="ab" * 16, at=made_at, what="look", by="Maud", text=""),
        DeskLine(about="ab" * 16, at=made_at, what="reason", by="Maud", text="=1+1"),
        DeskLine(about="", at=made_at, what="name", by="", text="Rosalie"),
    )
    asked = "cd" * 16
    part = GivenBack(
        asked=asked, number=1, of=1, made_at=made_at, lines=lines, withheld=("staff", "x")
    )
    store = house.beside()
    with store.transaction() as db:
        waiting = outbox.Waiting(
            sequence=outbox.highest_sequence(db) + 1,
            message_id=asked,
            type="give_back",
            purpose=None,
            concern_id=None,
            envelope=b"",
            envelope_sha256="",
        )
        outbox.add(db, waiting, made_at)
        outbox.close(db, [asked], made_at)
        memory.remember_received(db, "1", part, made_at)
    store.close()


def test_the_desks_part_is_in_the_copy_three_times_and_says_from_when_it_is(
    lived: House, tmp_path: Path, capsys: Capture
) -> None:
    made_at = datetime.now(UTC) - timedelta(days=3)
    with_the_desks_part(lived, made_at)
    plain = exported(lived, tmp_path / "mine")
    jsonschema.validate(plain, json.loads(exporting.schema_text()))
    part = plain["desk_part"]
    assert (part["included"], part["standing"]) == (True, "answered")
    assert part["as_of"] == to_plain(made_at)
    assert f"{made_at:%Y-%m-%d}" in part["how"]
    assert [case["about"] for case in part["cases"]] == ["", "ab" * 16]
    assert [line["says"] for line in part["cases"][1]["lines"]] == [
        "Maud looked.",
        "Maud gave this reason: “=1+1”",
    ]
    assert [one["category"] for one in part["withheld"]] == ["staff"]
    with (tmp_path / "mine" / "desk.csv").open(encoding="utf-8", newline="") as opened:
        assert [row["text"] for row in csv.DictReader(opened)] == ["Rosalie", "", "'=1+1"]
    assert "Maud gave this reason" in (tmp_path / "mine" / "index.html").read_text("utf-8")
    assert errands_of(lived) == ["give_back"], "three days later it is asked anew"


def test_an_answer_of_just_now_is_not_asked_for_again(
    lived: House, tmp_path: Path, capsys: Capture
) -> None:
    with_the_desks_part(lived, datetime.now(UTC))
    exported(lived, tmp_path / "mine")
    assert errands_of(lived) == []
    assert "The desk has answered." in capsys.readouterr().out


def test_who_sent_nothing_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    house = House(tmp_path / "house", monkeypatch, granted=())
    house.device.close()
    (house.folder / "agent.toml").write_text('[device]\nstate_dir = "state"\n', "utf-8")
    plain = exported(house, tmp_path / "mine")
    assert plain["desk_part"]["standing"] == "nothing_sent"
    assert errands_of(house) == []


def test_it_waits_for_the_desk_as_long_as_it_is_told_to(
    lived: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    looked: list[float] = []

    def sleep(seconds: float) -> None:
        looked.append(seconds)
        if len(looked) == 3:
            with_the_desks_part(lived, datetime.now(UTC))

    monkeypatch.setattr(time, "sleep", sleep)
    config = str(lived.folder / "agent.toml")
    folder = tmp_path / "mine"
    assert main(["--config", config, "export", str(folder), "--wait", "5"]) == 0
    plain = json.loads((folder / "export.json").read_text(encoding="utf-8"))
    assert plain["desk_part"]["standing"] == "answered"
    assert len(looked) == 3


def test_somebodys_words_are_no_formula_in_a_spreadsheet(tmp_path: Path) -> None:
    file = exporting._write_csv(tmp_path / "x.csv", [{"text": '=HYPERLINK("x")'}])
    assert file.read_text(encoding="utf-8").splitlines()[1].startswith("\"'=")


def test_a_folder_that_cannot_be_written_is_named(
    lived: House, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "file").write_text("x")
    config = str(lived.folder / "agent.toml")
    assert main(["--config", config, "export", str(tmp_path / "file")]) == 2
    assert "name a folder that you may write into" in capsys.readouterr().err


@pytest.mark.parametrize("lang", [*Language])
def test_what_is_withheld_is_told_with_reason_and_remedy(
    lived: House, lang: Language, capsys: Capture
) -> None:
    config = str(lived.folder / "agent.toml")
    assert main(["--config", config, "withheld", "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert len(register(Language.EN)) == len(register(Language.FR)) >= 5
    assert all(one.what in said and one.object_how in said for one in register(lang))


# ----------------------------------------------------------------------------- retention

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def filled(path: Path, at: datetime) -> Store:
    """Return a store with one row of each kind, all from ``at``."""
    store = Store(path)
    with store.transaction() as db:
        for certainty in Certainty:
            brew = Brew(
                started_at=at,
                started_before=at,
                duration_s=25,
                water_ml=110,
                certainty=certainty,
            )
            memory.remember_brew(db, brew)
        for state in State:
            db.execute(
                "INSERT INTO concern VALUES (?, ?, ?, '')", (state, state, at.isoformat())
            )
        memory.remember_received(db, "1", EXAMPLES["access"], at)
        sent_copies.keep(db, "1", EXAMPLES["alert"], at)
    return store


def left(store: Store) -> dict[str, int]:
    db = store.reading()
    return {
        name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in ("brew", "concern", "received", "sent")
    }


@pytest.mark.parametrize("days", [1, 399])
def test_what_is_young_is_kept(tmp_path: Path, days: int) -> None:
    store = filled(tmp_path / "s.db", NOW - timedelta(days=days))
    before = left(store)
    with store.transaction() as db:
        assert retention.sweep(db, NOW) == 0
    assert left(store) == before


@pytest.mark.parametrize("days", [401, 4000])
def test_what_is_old_goes_without_waiting_for_a_new_coffee(tmp_path: Path, days: int) -> None:
    store = filled(tmp_path / "s.db", NOW - timedelta(days=days))
    with store.transaction() as db:
        retention.sweep(db, NOW)
    after = left(store)
    assert {name: after[name] for name in ("received", "sent")} == {"received": 0, "sent": 0}
    # A concern that is open is nobody's past yet; a brew without a clock has no age.
    assert after["concern"] == 4
    assert after["brew"] <= 1


def test_every_table_that_grows_has_a_limit(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db")
    names = store.reading().execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in names} - {"sqlite_sequence"}
    bounded_otherwise = {"meta", "request", "errand", "telemetry", "ledger"}
    assert tables - bounded_otherwise == set(retention.DAYS) - {"broken", "health"}


def test_the_device_sweeps_once_a_day_and_never_by_a_clock_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path / "house", monkeypatch)
    with house.store.transaction() as db:
        sent_copies.keep(db, "1", EXAMPLES["alert"], house.utc - timedelta(days=399))
    house.synced = False
    house.step(seconds=86_400 * 3)
    assert left(house.store)["sent"] == 1
    house.synced = True
    house.step(seconds=1)
    assert left(house.store)["sent"] == 0
    written = house.store.reading().total_changes
    house.step(seconds=60)
    assert retention.due(house.store.reading(), house.utc) is False
    assert house.store.reading().total_changes - written < 3
    house.device.close()


def test_a_damaged_store_is_not_kept_for_ever(tmp_path: Path) -> None:
    store = tmp_path / "demitasse.db"
    for number in (1, 2):
        (tmp_path / f"demitasse.broken-{number}").write_text("x")
    at = datetime.now(UTC)
    assert retention.sweep_broken(store, at) == []
    assert len(retention.sweep_broken(store, at + timedelta(days=91))) == 2
