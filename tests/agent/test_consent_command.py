"""``demitasse consent grant``, ``withdraw`` and ``record``: two lines, one line, one paper."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent import ledger
from agent.asking import errands
from agent.assembly import STORE_FILE
from agent.consents import consent_records
from agent.consents.consent_file import Purpose
from agent.consents.consent_keeper import ConsentKeeper
from agent.giving_back.beside import store_of
from agent.identity.key_files import device_keys
from agent.main import main
from agent.settings import load_settings
from agent.store import Store
from tests.agent.consents import NOTICE_IDS, ZONE, owner_text, stamp
from wire.schema import to_plain

Capture = pytest.CaptureFixture[str]
VALID = {"dpv:ConsentGiven", "dpv:RenewedConsentGiven"}
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(days=5)
"""The command has the clock of this computer, so the device lived a few days ago."""
LATER = NOW + timedelta(days=200)
CARE, LEARN = Purpose.CARE_ALERT, Purpose.LEARN_ROUTINE


class Owner:
    """An owner with a command line, beside a device that looks when it is told to."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "agent.toml"
        self.config.write_text(
            f'[home]\ntimezone = "{ZONE}"\n[device]\nstate_dir = "state"\n[operator]\n'
            'name = "Maison Demitasse"\naddress = "1 rue du Café, 75001 Paris"\n'
            'contact = "donnees@home.example"\nauthority = "CNIL, https://www.cnil.fr"\n',
            encoding="utf-8",
        )
        self.file = folder / "consent.toml"
        self.file.write_text(owner_text(()), encoding="utf-8")
        self.settings = load_settings(self.config)
        keys = device_keys(self.settings.state_dir)
        self.store = Store(folder / "state" / STORE_FILE)
        self.keeper = ConsentKeeper(self.store, self.file, ZONE, keys.signer())

    def __call__(self, *words: str) -> int:
        return main(["--config", str(self.config), "consent", *words])

    def grant(self, purpose: Purpose) -> int:
        return self("grant", purpose, "--i-have-read", NOTICE_IDS[purpose], "--lang", "en")

    def look(self, at: datetime = NOW) -> None:
        """Let the device look at the file."""
        self.keeper.step(stamp(at))

    def left(self) -> frozenset[Purpose]:
        """Return what the device is told to have been switched off meanwhile."""
        with store_of(self.settings) as store:
            found = errands.waiting(store.reading(), errands.Kind.WITHDRAW)
        return frozenset(Purpose(errand.about) for errand in found)

    def records(self, capsys: Capture) -> dict[str, dict[str, Any]]:
        capsys.readouterr()
        assert self("record", "--json") == 0
        found = json.loads(capsys.readouterr().out)
        return {one["dpv:hasProcess"]["dct:identifier"]: one for one in found}


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path)


# ------------------------------------------------------------------- grant and withdraw


@pytest.mark.parametrize("purpose", Purpose)
def test_a_yes_is_two_lines_in_the_file_and_counts_once_the_device_has_looked(
    owner: Owner, purpose: Purpose
) -> None:
    assert owner.grant(purpose) == 0
    assert owner.file.read_text(encoding="utf-8") == owner_text([purpose])
    owner.look()
    reason = owner.keeper.ask(purpose, stamp(NOW)).reason
    assert reason == ("needs_learn_routine" if purpose is CARE else "granted")


def test_a_yes_by_hand_shows_the_notice_and_asks_for_its_last_characters(
    owner: Owner, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(NOTICE_IDS[LEARN][-8:] + "\n"))
    assert owner("grant", "learn_routine", "--lang", "en") == 0
    assert "# Learn my routine" in capsys.readouterr().out
    assert owner.file.read_text(encoding="utf-8") == owner_text([LEARN])


@pytest.mark.parametrize("said", ["", "yes\n", "00000000\n"])
def test_a_yes_without_having_read_is_none(
    owner: Owner, said: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(said))
    assert owner("grant", "learn_routine") == 2
    assert "nothing was changed" in capsys.readouterr().err
    assert owner.file.read_text(encoding="utf-8") == owner_text(())


def test_the_notice_of_another_purpose_or_day_is_none(owner: Owner, capsys: Capture) -> None:
    for said in (NOTICE_IDS[LEARN], "notice-care-alert-en-00000000"):
        assert owner("grant", "care_alert", "--i-have-read", said) == 2
        assert "demitasse notice care_alert" in capsys.readouterr().err
    assert owner.file.read_text(encoding="utf-8") == owner_text(())


def test_a_no_takes_one_step_and_is_left_as_word_for_the_device(owner: Owner) -> None:
    owner.grant(LEARN)
    owner.look()
    assert owner("withdraw", "learn_routine") == 0
    owner.look()
    assert owner.keeper.ask(LEARN, stamp(NOW)).reason == "off"
    with store_of(owner.settings) as store:
        [errand] = errands.waiting(store.reading())
    assert (errand.kind, errand.about) == (errands.Kind.WITHDRAW, LEARN)


def test_a_yes_that_has_ended_is_renewed_by_saying_it_again(owner: Owner) -> None:
    owner.grant(LEARN)
    owner.look(NOW - timedelta(days=200))
    owner.look()
    assert owner.keeper.ask(LEARN, stamp(NOW)).reason == "expired"
    owner.grant(LEARN)
    owner.keeper.step(stamp(NOW), off_meanwhile=owner.left())
    assert owner.keeper.ask(LEARN, stamp(NOW)).reason == "granted"


def test_a_yes_said_twice_prolongs_nothing(owner: Owner) -> None:
    owner.grant(LEARN)
    owner.look(NOW - timedelta(days=100))
    owner.grant(LEARN)
    assert owner.left() == frozenset()


def test_a_no_before_the_first_start_is_a_no_as_well(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text('[device]\nstate_dir = "state"\n')
    (tmp_path / "consent.toml").write_text(owner_text([LEARN]), encoding="utf-8")
    assert main(["--config", str(config), "consent", "withdraw", "learn_routine"]) == 0
    assert "\non = true\n" not in (tmp_path / "consent.toml").read_text(encoding="utf-8")
    assert not (tmp_path / "state").exists()


def test_a_yes_to_an_address_that_is_not_there_is_written_and_told_as_incomplete(
    owner: Owner, capsys: Capture
) -> None:
    owner.file.write_text(owner_text((), complete=False), encoding="utf-8")
    assert owner.grant(Purpose.NUDGE_ME) == 0
    capsys.readouterr()
    owner("show")
    assert "nudge_me                no: write down the address" in capsys.readouterr().out


# -------------------------------------------------------------------------------- record


def test_every_record_keeps_the_schema_whatever_has_happened(
    owner: Owner, capsys: Capture
) -> None:
    schema = json.loads(consent_records.schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)
    for act in (
        lambda: None,
        lambda: [owner.grant(purpose) for purpose in Purpose],
        owner.look,
        lambda: owner("withdraw", "care_alert"),
        lambda: owner.look(NOW + timedelta(days=1)),
        lambda: owner.grant(CARE),
        lambda: owner.look(NOW + timedelta(days=2)),
    ):
        act()
        records = owner.records(capsys)
        assert [*records] == [*map(str, Purpose)]
        for one in records.values():
            judge.validate(one)


def test_a_record_says_what_was_agreed_to_under_which_words_until_when(
    owner: Owner, capsys: Capture
) -> None:
    owner.grant(LEARN)
    owner.look()
    given = owner.keeper.ask(LEARN, stamp(NOW)).record
    assert given is not None
    record = owner.records(capsys)["learn_routine"]
    assert record["dct:identifier"].replace("-", "") == given.record_id
    assert record["dpv:hasNotice"]["dct:identifier"] == given.notice_id
    assert record["dpv:hasLegalBasis"] == "eu-gdpr:A9-2-a"
    assert record["dpv:hasEntity"][0]["dpv:hasName"] == "Maison Demitasse"
    [event] = record["dpv:hasConsentStatus"]
    assert event["@type"][0] == "dpv:ConsentGiven"
    assert event["dpv:isIndicatedAtTime"] == to_plain(NOW)
    assert event["dpv:hasDuration"]["rdf:value"] == to_plain(given.valid_until)


def test_only_a_consent_that_stands_is_in_a_state_that_allows_anything(
    owner: Owner, capsys: Capture
) -> None:
    def state(purpose: Purpose, at: datetime = NOW) -> str:
        rows = list(ledger.rows(owner.store.reading()))
        return consent_records.history(rows, purpose, at).events[-1].state

    assert state(CARE) == "dpv:ConsentUnknown"
    owner.grant(LEARN)
    owner.look()
    assert state(LEARN) == "dpv:ConsentGiven"
    assert state(LEARN, LATER) == "dpv:ConsentExpired"
    owner("withdraw", "learn_routine")
    owner.look(NOW + timedelta(days=1))
    assert state(LEARN) == "dpv:ConsentWithdrawn"
    assert state(LEARN, LATER) == "dpv:ConsentWithdrawn"
    owner.grant(LEARN)
    owner.look(NOW + timedelta(days=2))
    assert state(LEARN) == "dpv:RenewedConsentGiven"
    assert {state(p) for p in Purpose if p is not LEARN} & VALID == set()


def test_a_record_without_anybody_named_says_so(tmp_path: Path, capsys: Capture) -> None:
    owner = Owner(tmp_path)
    owner.config.write_text('[device]\nstate_dir = "state"\n')
    record = owner.records(capsys)["care_alert"]
    assert "not named yet" in record["dpv:hasEntity"][0]["dpv:hasName"]


def test_the_plain_list_names_each_purpose_and_its_state(owner: Owner, capsys: Capture) -> None:
    owner.grant(LEARN)
    owner.look()
    capsys.readouterr()
    assert owner("record") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"learn_routine           Given, {NOW:%Y-%m-%d %H:%M} UTC"
    assert len(said) == len(Purpose)
