"""``demitasse consent show``: an answer and a reason for every purpose, for any file."""

import json
from pathlib import Path

import pytest

from agent.assembly import STORE_FILE
from agent.consent import Reason
from agent.consents.consent_file import Purpose
from agent.consents.consent_keeper import ConsentKeeper
from agent.consents.consent_report import _WHY
from agent.main import main
from agent.store import Store
from tests.agent.consents import NOW, SHIPPED, ZONE, owner_text, stamp
from tests.agent.stores import SIGNER

YES = {"learn_routine", "care_alert"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the ``agent.toml`` of a device that has recorded two consents."""
    config = tmp_path / "agent.toml"
    config.write_text(f'[home]\ntimezone = "{ZONE}"\n[device]\nstate_dir = "state"\n')
    (tmp_path / "consent.toml").write_text(owner_text(map(Purpose, YES)), encoding="utf-8")
    store = Store(tmp_path / "state" / STORE_FILE)
    keeper = ConsentKeeper(store, tmp_path / "consent.toml", ZONE, SIGNER)
    assert keeper.step(stamp(NOW))
    store.close()
    return config


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, str]:
    main([*words, "--json"])
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["purpose"] for answer in answers] == [*Purpose]
    assert all(answer["granted"] == (answer["reason"] == "granted") for answer in answers)
    return {answer["purpose"]: answer["reason"] for answer in answers}


def test_the_device_tells_what_is_allowed_at_any_time(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show = ("--config", str(config), "consent", "show", "--at")
    answers = shown(capsys, *show, "2026-03-10T10:00:00+00:00")
    assert {purpose for purpose, reason in answers.items() if reason == "granted"} == YES
    assert shown(capsys, *show, "2026-09-10T09:00:00+00:00")["care_alert"] == "expired"
    assert shown(capsys, *show, "2026-09-10T08:59:59")["care_alert"] == "granted"
    assert answers["device_health"] == "off"


def test_a_file_that_no_device_has_recorded_says_no(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert set(shown(capsys, "consent", "show", "--file", str(SHIPPED)).values()) == {"off"}
    edited = tmp_path / "edited.toml"
    edited.write_text(owner_text(Purpose), encoding="utf-8")
    answers = shown(capsys, "consent", "show", "--file", str(edited))
    assert set(answers.values()) == {"not_recorded"}


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[care_alert]\non = maybe\n"])
def test_a_broken_file_is_answered_too_and_told_with_its_place(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "consent.toml"
    file.write_bytes(data)
    show = ["consent", "show", "--file", str(file)]
    assert set(shown(capsys, *show).values()) == {"unreadable"}
    assert main(show) == 2
    out = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[-1].strip() for line in out[:-1]] == [
        "no: the file cannot be read"
    ] * len(Purpose)
    assert out[-1].startswith(str(file))


def test_a_time_that_is_none_is_refused_with_an_example(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["consent", "show", "--file", str(SHIPPED), "--at", "noon"]) == 2
    assert "--at noon: write a time such as" in capsys.readouterr().err


def test_every_reason_has_its_sentence() -> None:
    assert set(_WHY) == set(Reason)
