"""A Jura is asked for what it counts and shows, and for nothing else."""

import csv
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.makes.jura_lines import JuraLines
from firmware_bridge.makes.jura_requests import GROUP_BYTES, Request, request_groups
from firmware_bridge.makes.jura_v1 import JuraV1Driver
from firmware_bridge.profile import load_profile, profile_path
from tests.firmware_bridge.machine_lines import (
    NOW,
    at,
    jura,
    jura_counters,
    real_frames,
    recording,
)
from wire.options import ConfigError
from wire.readings import BREWS_TOTAL, ControllerStarted, Counter, Flag, FlagName, Reading

F50 = load_profile(profile_path("jura-f50"))
READ_ONLY = ["TY:", "RT:0000", "IC:"]
"""The allow-list, written a second time: widening it must fail here."""


def sent(driver: JuraV1Driver, until_s: float, answers: dict[str, bytes]) -> list[str]:
    """Live with a machine that gives ``answers``; return the requests, in order."""
    now_s, line, asked = 0.0, JuraLines(), []
    while now_s < until_s:
        for request in line.receive(driver.poll(at(now_s))):
            asked.append(request.decode("ascii"))
            driver.receive(answers.get(asked[-1], b""), at(now_s + 0.3))
        now_s += max(driver.next_due_s(at(now_s)) or 0.0, 0.001)
        driver.receive(b"", at(now_s))
    return asked


def flags(readings: list[Reading]) -> dict[FlagName, bool]:
    return {reading.name: reading.on for reading in readings if isinstance(reading, Flag)}


def counters(readings: list[Reading]) -> dict[str, int]:
    return {r.name: r.value for r in readings if isinstance(r, Counter)}


def test_nothing_but_the_three_reading_requests_can_be_built() -> None:
    assert [request.value for request in Request] == READ_ONLY
    for line in ("AN:0A", "AN:01", "WE:31,1234", "FN:01", "FA:06", "IC:\r\nAN:0A"):
        with pytest.raises(ValueError, match="is not a valid Request"):
            request_groups(line)  # type: ignore[arg-type]


def test_requests_are_written_as_in_published_recordings() -> None:
    for line, written in real_frames("jura_v1")["encode"].items():
        if (text := line.removesuffix("\\r\\n")) in READ_ONLY:
            assert b"".join(request_groups(Request(text))) == bytes.fromhex(written)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 40),
            st.sampled_from([jura("ic:DFB01E00"), jura("ok:"), jura("ty:X"), b"", None])
            | st.binary(max_size=30),
        ),
        max_size=60,
    )
)
def test_whatever_the_machine_answers_only_the_allow_list_is_sent(
    life: list[tuple[float, bytes | None]],
) -> None:
    driver, now_s, line = JuraV1Driver(F50), 0.0, b""
    for wait_s, answer in life:
        now_s += wait_s
        if answer is None:
            driver.unplugged(at(now_s))
        else:
            driver.receive(answer, at(now_s))
        for _ in range(3):
            line += driver.poll(at(now_s))
            now_s += driver.next_due_s(at(now_s)) or 0.0

    said = {one.decode("ascii") for one in JuraLines().receive(line)}

    # Pulled out in the middle, a request stays without its end, and is no request.
    assert all(one.endswith(tuple(READ_ONLY)) for one in said)
    assert not said & {"AN:0A", "AN:01"}


def test_characters_go_out_one_at_a_time_with_a_pause() -> None:
    driver, now_s = JuraV1Driver(F50), 0.0
    times: list[float] = []
    while len(times) < len("TY:\r\n"):
        if group := driver.poll(at(now_s)):
            assert len(group) == GROUP_BYTES
            times.append(now_s)
        now_s += 0.001
    assert all(after - before >= 0.0121 for before, after in pairwise(times))


def test_type_once_then_inputs_every_two_seconds_and_counters_every_thirty() -> None:
    answers = {
        "TY:": jura("ty:EF532M V02.03"),
        "RT:0000": jura_counters(),
        "IC:": jura("ic:DFB01E00"),
    }
    asked = sent(JuraV1Driver(F50), 60, answers)

    assert asked[:3] == ["TY:", "RT:0000", "IC:"]
    assert asked.count("TY:") == 1
    assert asked.count("RT:0000") == 2
    assert 26 <= asked.count("IC:") <= 31


def test_a_request_without_an_answer_holds_up_no_other() -> None:
    asked = sent(JuraV1Driver(F50), 60, {"IC:": jura("ic:DFB01E00")})

    assert asked[:4] == ["TY:", "TY:", "TY:", "RT:0000"]
    assert (asked.count("TY:"), asked.count("RT:0000")) == (4, 2)
    assert asked.count("IC:") >= 25


def test_half_of_a_late_reply_does_not_spoil_the_next() -> None:
    driver, now_s = JuraV1Driver(F50), 0.0
    driver.receive(jura("ic:DFB01E00")[:20], at(0))
    while not driver.poll(at(now_s)):
        now_s += 0.001
    driver.receive(jura("ty:EF532M V02.03"), at(now_s + 0.3))
    assert (driver.counts.frames_ok, driver.counts.frames_bad) == (1, 0)


def test_without_a_map_inputs_are_not_asked_for() -> None:
    driver = JuraV1Driver(load_profile(profile_path("jura-v1")))
    assert set(sent(driver, 60, {})) == {"TY:", "RT:0000"}


def test_counters_have_the_names_of_the_map_and_brews_are_the_sum_of_the_drinks() -> None:
    driver = JuraV1Driver(F50)
    readings = driver.receive(jura_counters(w0=5, w1=1, w2=2, w3=10, w7=40, w4=3), NOW)

    told = counters(readings)
    assert told[BREWS_TOTAL] == 18
    assert (told["rinses"], told["word_4"]) == (40, 3)


def test_only_changed_counters_are_told_again_but_the_brews_each_time() -> None:
    """The time of a brew is known as well as the last two readings are close."""
    driver = JuraV1Driver(F50)
    driver.receive(jura_counters(w0=5), NOW)

    assert counters(driver.receive(jura_counters(w0=5), at(30))) == {BREWS_TOTAL: 5}
    assert counters(driver.receive(jura_counters(w0=6), at(60))) == {
        "word_0": 6,
        BREWS_TOTAL: 6,
    }


def test_another_model_than_the_map_was_made_for_yields_raw_counters_alone(
    tmp_path: Path,
) -> None:
    text = profile_path("jura-f50").read_text().replace('type = "EF532M"', 'type = "EF532"')
    file = tmp_path / "mine.toml"
    file.write_text(text)
    mine, other = JuraV1Driver(load_profile(file)), JuraV1Driver(load_profile(file))
    lines = jura_counters(w0=1, w7=2) + jura("ic:D7B01E00")

    known = mine.receive(jura("ty:EF532M V02.03") + lines, NOW)
    unknown = other.receive(jura("ty:EF516M V01.25") + lines, NOW)

    assert counters(known)["rinses"] == 2
    assert flags(known)[FlagName.TANK_EMPTY] is True
    assert set(counters(unknown)) == {f"word_{k:x}" for k in range(16)}
    assert flags(unknown) == {}


UNNAMED = jura_counters(w0=1, w7=2) + jura("ic:D7B01E00")
"""What a machine says that has not told its type."""


def asked(driver: JuraV1Driver, from_s: float, seconds: float) -> float:
    """Let the driver ask, without an answer; return the time then."""
    for tick in range(int(seconds * 20)):
        driver.poll(at(from_s + tick / 20))
    return from_s + seconds


def test_the_map_waits_for_the_type_that_was_asked_for() -> None:
    driver = JuraV1Driver(F50)
    now_s = asked(driver, 0, 1)

    before = driver.receive(UNNAMED, at(now_s))
    driver.receive(jura("ty:EF532M V02.03"), at(now_s))
    after = driver.receive(UNNAMED, at(now_s))

    assert set(counters(before)) == {f"word_{k:x}" for k in range(16)}
    assert flags(before) == {}
    assert counters(after)[BREWS_TOTAL] == 1
    assert flags(after)[FlagName.TANK_EMPTY] is True


def test_a_machine_that_never_tells_its_type_is_taken_at_the_profile_s_word() -> None:
    driver = JuraV1Driver(F50)
    now_s = asked(driver, 0, 5)
    assert flags(driver.receive(UNNAMED, at(now_s)))[FlagName.TANK_EMPTY] is True


def test_a_recording_needs_no_type_and_believes_another_one() -> None:
    driver = JuraV1Driver(F50)
    assert flags(driver.receive(UNNAMED, NOW))[FlagName.TANK_EMPTY] is True

    told = driver.receive(jura("ty: PIM V01.01") + UNNAMED, at(1))

    assert BREWS_TOTAL not in counters(told)
    assert flags(told) == {}


def test_the_f50_of_the_profile_is_the_one_that_was_recorded() -> None:
    driver = JuraV1Driver(F50)
    name = next(
        line for line in real_frames("jura_v1")["replies"] if line.startswith("ty:EF532M")
    )
    told = driver.receive(jura(name) + UNNAMED, NOW)
    assert counters(told)["rinses"] == 2


def test_the_type_is_told_once() -> None:
    driver = JuraV1Driver(F50)
    first = driver.receive(jura("ty:EF532M V02.03") * 2, NOW)
    assert [r.firmware for r in first if isinstance(r, ControllerStarted)] == ["EF532M V02.03"]


@pytest.mark.parametrize(
    "damaged",
    ["ic:DFB01E0", "ic:DFB01G00", "ic:DFB01E0000", "rt:0001", "ty:", "xDFB01E00", "\x7f\x01"],
)
def test_a_reply_without_the_right_form_is_damage(damaged: str) -> None:
    driver = JuraV1Driver(F50)
    assert driver.receive(jura(damaged), NOW) == []
    assert (driver.counts.frames_ok, driver.counts.frames_bad) == (0, 1)


def test_requests_in_a_recording_of_both_sides_are_sound_and_tell_nothing() -> None:
    """Also those that this driver would never send."""
    driver = JuraV1Driver(F50)
    assert driver.receive(jura("RT:0000") + jura("AN:01"), NOW) == []
    counts = driver.counts
    assert (counts.frames_ok, counts.frames_bad, counts.frames_skipped) == (2, 0, 0)


def test_a_reply_that_nobody_knows_is_skipped_and_counted() -> None:
    driver = JuraV1Driver(F50)
    driver.receive(jura("ku:00"), NOW)
    assert driver.counts.frames_skipped == 1


def test_lost_and_added_bytes_cost_one_line() -> None:
    driver = JuraV1Driver(F50)
    reply = jura("ic:DFB01E00")
    driver.receive(reply[1:] + reply[:5] + b"\xff" + reply[5:] + reply, NOW)
    assert (driver.counts.frames_ok, driver.counts.frames_bad) == (1, 2)


def test_the_inputs_of_an_f50_mean_what_was_recorded() -> None:
    meanings = {"tank empty": FlagName.TANK_EMPTY, "tray missing": FlagName.TRAY_MISSING}
    with recording("captures/jura_f50/f50_ic_samples.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    for row in rows:
        shown = flags(JuraV1Driver(F50).receive(jura(row["raw"]), NOW))
        told = {name for name, on in shown.items() if on}
        assert told == {
            flag
            for words, flag in meanings.items()
            if words.replace("tray", "drip tray") in row["meaning"]
            or words.replace("tank", "water tank") in row["meaning"]
        }, row


def test_a_real_session_shows_a_sound_machine_and_its_one_coffee() -> None:
    """Standby, heating, rinse, coffee, rinse, off: the tank is full and the tray is in all
    the while, although bits next to theirs move as if it were being cleaned."""
    driver, words, totals = JuraV1Driver(F50), {"w0": 100, "w7": 50}, []
    told: list[Reading] = []
    with recording("captures/jura_f50/f50_session2_2026-04-03.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        now = at(int(row["t_ms"]) / 1000)
        if "done (RT word" in row["event"]:
            words["w0" if "0x0000" in row["event"] else "w7"] += 1
        line = jura_counters(**words)
        if row["ic_byte0_hex"]:
            line += jura(f"ic:{row['ic_byte0_hex']}B01E00")
        readings = driver.receive(line, now)
        totals.append(counters(readings)[BREWS_TOTAL])
        told += readings

    assert len(rows) == 45
    assert flags(told) == {FlagName.TANK_EMPTY: False, FlagName.TRAY_MISSING: False}
    assert sum(isinstance(reading, Flag) for reading in told) == 2
    assert totals == sorted(totals)
    assert totals[-1] - totals[0] == 1
    assert counters(told)["rinses"] == 52
    assert driver.counts.frames_bad == 0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "brew_words = [0, 1, 2, 3]",
            "brew_words = [16]",
            "brew_words = [16]: write a list",
        ),
        ("input_bytes = 4", "", "[jura-v1] input_bytes: missing; choose a whole number"),
        ("bit = 3", "bit = 8", "[jura-v1.flags.tank_empty] bit = 8: choose a whole number"),
        ("bit = 3\n", "", "[jura-v1.flags.tank_empty] bit: missing"),
        ("rinses = 7", "rinse = 7", "[jura-v1.counters] rinse = 7: unknown option; did you"),
        ("flags.tray_missing", "flags.tray_mising", "[jura-v1.flags.tray_mising]: unknown"),
    ],
)
def test_a_mistake_in_a_map_is_named_with_its_fix(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    text = profile_path("jura-f50").read_text()
    assert old in text
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(old, new, 1))

    with pytest.raises(ConfigError) as caught:
        JuraV1Driver(load_profile(file))

    assert str(caught.value).startswith(str(file))
    assert says in str(caught.value)
