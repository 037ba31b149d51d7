"""The demonstration, run as a newcomer runs it: every ending that it promises."""

import os
import re
import signal
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest

from scripts.first_cup.reviewer import ScriptedReviewer
from tests.system.demonstration import (
    TODAY,
    Live,
    Run,
    Viewer,
    ended,
    live,
    orphans_of,
    together,
)

NINE_STEPS = [
    "brew",
    "concern",
    "device_check",
    "question",
    "alert_published",
    "desk_acknowledged",
    "case_claimed",
    "decided",
    "decision_at_home",
]
SERVICE_STEPS = [
    "brew",
    "fault",
    "device_check",
    "service_report",
    "desk_acknowledged",
    "case_claimed",
    "decided",
    "decision_at_home",
]
WALL_S_MAX = 120.0
SEED = ("--seed", "7", *TODAY)
REAL_HOMES = Path(__file__).parents[3] / "shared" / "data" / "routine"
HOME = ("--household", "refit_05", "--appliance", "kettle", "--tz", "Europe/London")


def in_order(wanted: list[str], kinds: list[str]) -> bool:
    """Tell whether ``wanted`` happened in this order, whatever else happened between."""
    rest = iter(kinds)
    return all(kind in rest for kind in wanted)


def assert_clean(run: Run) -> None:
    """Expect a run that went well and left nothing behind."""
    assert (run.status, run.complaints) == (0, "")
    assert run.orphans == []
    assert run.left_files == []


@pytest.fixture(scope="module")
def surges(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Live the default story twice, at the same time."""
    return together(tmp_path_factory.mktemp("surge"), {"one": SEED, "two": SEED})


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Live the other stories, and the default one without consent."""
    return together(
        tmp_path_factory.mktemp("others"),
        {
            "stop": ("--story", "stop", *SEED),
            "night": ("--story", "night", *SEED),
            "no consent": ("--no-consent", *SEED),
        },
    )


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Break the machine in each way."""
    names = ("tank-stuck", "pump-dry", "heater-weak")
    return together(
        tmp_path_factory.mktemp("faults"), {name: ("--fault", name, *SEED) for name in names}
    )


def test_the_nine_steps_happen_in_order_within_two_minutes(surges: dict[str, Run]) -> None:
    run = surges["one"]
    assert_clean(run)
    assert in_order(NINE_STEPS, run.kinds())
    assert run.wall_s <= WALL_S_MAX
    summary = run.only("summary")
    assert (summary["outcome"], summary["alerts_published"]) == ("decided", 1)


def test_every_line_has_a_type_and_its_simulated_time_never_goes_back(
    surges: dict[str, Run],
) -> None:
    run = surges["one"]
    assert all(list(step)[:2] == ["type", "at"] for step in run.steps)
    brews = [step["at"] for step in run.all_of("brew")]
    assert brews == sorted(brews)


def test_the_story_is_checked_asked_about_sent_and_answered(surges: dict[str, Run]) -> None:
    run = surges["one"]
    change = run.only("concern")["change"]
    assert change["kind"] == "rise"
    assert change["observed"] > change["usual"]
    assert {step["check"]["verdict"] for step in run.all_of("device_check")} == {"sound"}
    alert, signed = run.only("alert_published"), run.only("desk_acknowledged")
    assert alert["waited_h"] >= run.only("question")["grace_h"]
    assert alert["message_id"] == signed["message_id"]
    assert signed["outcome"] == "accepted"
    decided, home = run.only("decided"), run.only("decision_at_home")
    for what in ("reviewer", "choice", "reason", "message"):
        assert decided[what] == home[what]


def test_one_seed_is_one_story(surges: dict[str, Run]) -> None:
    one, two = surges["one"], surges["two"]
    assert one.repeatable() == two.repeatable()
    assert one.only("alert_published") != two.only("alert_published")


@pytest.mark.parametrize(("story", "kind"), [("stop", "silence"), ("night", "night")])
def test_each_other_story_ends_in_its_own_concern(
    others: dict[str, Run], story: str, kind: str
) -> None:
    run = others[story]
    assert_clean(run)
    assert in_order(NINE_STEPS, run.kinds())
    assert run.only("concern")["change"]["kind"] == kind


def test_without_consent_the_same_concern_stays_at_home(others: dict[str, Run]) -> None:
    run = others["no consent"]
    assert_clean(run)
    assert in_order(["brew", "concern", "device_check", "question"], run.kinds())
    summary = run.only("summary")
    assert summary["outcome"] == "kept_at_home"
    assert summary["alerts_published"] == summary["service_reports_published"] == 0
    assert summary["nothing_left"] is True
    assert not {"alert_published", "desk_acknowledged"} & set(run.kinds())


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("tank-stuck", "tank_switch_stuck_empty"),
        ("pump-dry", "pump_without_flow"),
        ("heater-weak", "heating_too_slow"),
    ],
)
def test_a_broken_machine_becomes_a_service_case_and_no_alert(
    faults: dict[str, Run], fault: str, finding: str
) -> None:
    run = faults[fault]
    assert_clean(run)
    assert in_order(SERVICE_STEPS, run.kinds())
    assert "alert_published" not in run.kinds()
    summary = run.only("summary")
    assert (summary["outcome"], summary["alerts_published"]) == ("service", 0)
    found = [
        line["finding"]
        for step in run.all_of("device_check")
        for line in step["check"]["evidence"]
        if line["verdict"] == "faulty"
    ]
    assert finding in found
    assert run.only("decided")["choice"] == "repair"


def write_history(folder: Path) -> tuple[str, ...]:
    """Write fifty days of one household, two of them unseen, and then two silent weeks."""
    dice, first = Random(4), date(2025, 3, 3)
    events, coverage = ["household_id,appliance,start_iso"], ["household_id,date,coverage"]
    for number in range(64):
        day = first + timedelta(days=number)
        seen = number not in (20, 21)
        coverage.append(f"h1,{day},{1.0 if seen else 0.0}")
        for minute in (430, 620, 965) if seen and number < 50 else ():
            at = datetime.combine(day, time()) + timedelta(minutes=minute + dice.gauss(0, 12))
            events.append(f"h1,kettle,{at:%Y-%m-%dT%H:%M:%S}")
    (folder / "events.csv").write_text("\n".join(events) + "\n")
    (folder / "coverage.csv").write_text("\n".join(coverage) + "\n")
    files = ("--replay", str(folder / "events.csv"), "--coverage", str(folder / "coverage.csv"))
    return (*files, "--household", "h1", "--appliance", "kettle", "--tz", "Europe/Paris")


def test_a_history_out_of_files_is_lived_to_its_decision(tmp_path: Path) -> None:
    run = together(tmp_path, {"replay": write_history(tmp_path)})["replay"]
    assert_clean(run)
    assert in_order(NINE_STEPS, run.kinds())
    assert run.only("started")["seed"] is None
    [off] = run.all_of("unseen")
    assert (off["at"][:10], off["until"][:10]) == ("2025-03-23", "2025-03-25")
    change = run.only("concern")["change"]
    assert change["kind"] == "silence"
    assert change["last_brew_at"][:10] == "2025-04-21"


@pytest.mark.skipif(
    not REAL_HOMES.is_dir(), reason="the real homes' histories (REFIT) are not on this computer"
)
def test_a_real_history_ends_in_a_decision_or_honestly_without(tmp_path: Path) -> None:
    events, coverage = REAL_HOMES / "refit_events.csv", REAL_HOMES / "refit_coverage.csv"
    options = ("--replay", str(events), "--coverage", str(coverage), *HOME)
    run = together(tmp_path, {"replay": options})["replay"]
    assert_clean(run)
    summary = run.only("summary")
    assert run.all_of("unseen") != []
    if summary["outcome"] == "decided":
        assert in_order(NINE_STEPS, run.kinds())
    else:
        assert summary["outcome"] in ("use_returned", "no_concern")
        assert summary["alerts_published"] == 0


MOMENTS: dict[str, Callable[[Live], bool]] = {
    "the first process was started": lambda run: any((run.folder / "tmp").rglob("*.log")),
    "the desk is up": lambda run: run.has_told("started"),
    "weeks are passing": lambda run: run.has_told("brew"),
    "the owner was asked": lambda run: run.has_told("question"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_at_any_time_leaves_nothing(tmp_path: Path, moment: str) -> None:
    with live(tmp_path, "--story", "night", *SEED) as running:
        running.wait_for(lambda: MOMENTS[moment](running))
        assert running.process.poll() is None
        os.killpg(running.process.pid, signal.SIGINT)
        run = ended(running)
    assert run.status == 130
    assert "Traceback" not in run.complaints
    assert run.orphans == []
    assert run.left_files == []


def test_being_terminated_leaves_nothing_either(tmp_path: Path) -> None:
    with live(tmp_path, "--story", "night", *SEED) as running:
        running.wait_for(lambda: running.has_told("brew"))
        running.process.terminate()
        run = ended(running)
    assert run.status == 143
    assert "Traceback" not in run.complaints
    assert run.orphans == []
    assert run.left_files == []


def test_a_viewer_decides_sees_it_arrive_and_leaves_with_ctrl_c(tmp_path: Path) -> None:
    viewer = Viewer(tmp_path, "--story", "night", "--lang", "en", *SEED)
    reason = "They may like a word from somebody."
    try:
        said = viewer.read_until("Ctrl-C ends everything")
        console = re.search(r"http://127\.0\.0\.1:\d+/", said)
        login = re.search(r"camille / (\S+)", said)
        assert console is not None
        assert login is not None
        assert all(name in said for name in ("malik / ", "dominique / "))
        reviewer = ScriptedReviewer(console.group())
        reviewer.log_in("camille", login.group(1))
        case = reviewer.wait_for_case(within_s=20)
        page = reviewer.read(case)
        reviewer.decide(case, choice="write", reason=reason, message="Is all well?")
        said = viewer.read_until("every envelope at the broker was sealed")
        status = viewer.press_ctrl_c()
    finally:
        viewer.leave()
    assert reason in said
    # The desk lives on the same clock: an hour alone means that the case came today.
    assert re.search(r"arrival: \d\d:\d\d\b", page)
    assert status == 0
    assert "did not happen" not in viewer.plain()
    assert "Traceback" not in viewer.plain()
    assert orphans_of(viewer.mark) == []
    assert list((tmp_path / "tmp").iterdir()) == []
