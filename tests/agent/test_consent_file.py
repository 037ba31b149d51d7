"""The owner's file: the shipped one means no, and no file grants what it does not say.

``DEMITASSE_FUZZ`` sets how many files of each sort are tried, for a longer run.
"""

import os
import re
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.consent import ask, reconcile
from agent.consents.consent_file import (
    ConsentFile,
    Purpose,
    QuietHours,
    Switch,
    Unreadable,
    read_consent_file,
)
from tests.agent.consents import (
    ALL_YES,
    CERTAIN,
    NOTICE_IDS,
    SHIPPED,
    YES,
    owner_text,
    record,
)
from wire.messages import Language, TrustedPerson

FUZZ = settings(max_examples=int(os.environ.get("DEMITASSE_FUZZ", "1000")))


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], ConsentFile | Unreadable]:
    """Return a function that saves a text as the owner would, and reads it."""

    def save_and_read(text: str) -> ConsentFile | Unreadable:
        file = tmp_path / "consent.toml"
        file.write_text(text, encoding="utf-8")
        return read_consent_file(file)

    return save_and_read


Read = Callable[[str], ConsentFile | Unreadable]


def test_the_shipped_file_is_read_and_means_no_to_everything() -> None:
    file = read_consent_file(SHIPPED)
    assert isinstance(file, ConsentFile)
    assert {purpose for purpose, switch in file.switches.items() if switch.on} == set()
    assert file.call_me == ""
    state = replace(ALL_YES, file=file)
    assert not any(ask(purpose, state, CERTAIN).granted for purpose in Purpose)
    assert list(reconcile(replace(state, records={}), CERTAIN)) == []


def unused(switch: Switch) -> Switch:
    """Return the switch as it is shipped: off, with nothing written beside it."""
    return replace(
        switch,
        on=False,
        i_have_read="",
        details=("",) * len(switch.details),
        complete=not switch.details,
    )


def test_the_shipped_file_names_every_purpose_and_says_what_it_does_by_default() -> None:
    plain = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert set(Purpose) <= plain.keys()
    # What is written there is also what a file without it would mean.
    assert read_consent_file(SHIPPED) == replace(
        YES,
        call_me="",
        language=Language.EN,
        contact=None,
        nudge_to=None,
        trusted_person=None,
        switches={p: unused(s) for p, s in YES.switches.items()},
    )


def test_two_lines_and_a_name_say_yes(read: Read) -> None:
    file = read(owner_text([Purpose.CARE_ALERT]))
    assert isinstance(file, ConsentFile)
    assert file.call_me == "Rosalie"
    switch = file.switches[Purpose.CARE_ALERT]
    assert (switch.on, switch.i_have_read) == (True, NOTICE_IDS[Purpose.CARE_ALERT])
    assert not file.switches[Purpose.LEARN_ROUTINE].on


def test_the_other_choices_are_read(read: Read) -> None:
    text = owner_text([], complete=False)
    for old, new in {
        'language = "en"': 'language = "fr"',
        'contact = ""': 'contact = " 01 02 "',
        'to = ""': 'to = "me@home.example"',
        'name = ""': 'name = "Agathe"',
        'channel = ""': 'channel = "06"',
        'order = ["me"]': 'order = ["trusted_person", "me"]',
        "false_alarms_per_year = 1.0": "false_alarms_per_year = 2",
        "answer_within_h = 6": "answer_within_h = 1.5",
        'quiet_from = "22:00"': 'quiet_from = "23:30"',
        "months = 6": "months = 12",
        'until = ""': 'until = "2026-08-31"',
    }.items():
        assert text.count(f"\n{old}") == 1
        text = text.replace(f"\n{old}", f"\n{new}")
    file = read(text)
    assert isinstance(file, ConsentFile)
    assert (file.language, file.contact) == (Language.FR, "01 02")
    assert file.nudge_to == "me@home.example"
    assert file.trusted_person == TrustedPerson(name="Agathe", relation="", channel="06")
    assert file.call_order == ("trusted_person", "me")
    assert (file.false_alarms_per_year, file.answer_within_h) == (2.0, 1.5)
    assert file.quiet == QuietHours(start=time(23, 30), end=time(8))
    assert file.paused_until == date(2026, 8, 31)
    assert {switch.valid_months for switch in file.switches.values()} == {12}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("\non = false", "\non = flase", "is not valid TOML: .*line"),
        (
            "\non = false",
            '\non = "true"',
            r"\[learn_routine\] on = 'true': write true or false",
        ),
        ("\non = false", "\non = 1", r"\[learn_routine\] on = 1: write true or false"),
        ('i_have_read = ""', "i_have_read = true", r"\[learn_routine\] i_have_read = true"),
        ('i_have_read = ""', "i_have_raed = 1", r"i_have_raed = 1: .*did you mean i_have_read"),
        ("[care_alert]", "[care_alarm]", r"\[care_alarm\]: .*did you mean care_alert"),
        ("[care_alert]", "[[care_alert]]", r"write it as a table, \[care_alert\]"),
        ("[care_alert]", "[learn_routine]", "is not valid TOML: .*line"),
        ('language = "en"', 'language = "de"', r"\[me\] language = 'de': choose 'fr' or 'en'"),
        ("= 1.0", "= 13", r"false_alarms_per_year = 13: choose a number from 0.1 to 12"),
        ("= 1.0", "= nan", r"false_alarms_per_year = nan: choose a number from 0.1 to 12"),
        ("within_h = 6", "within_h = 0", r"answer_within_h = 0: choose a number from 1 to 72"),
        ("months = 6", "months = 13", r"\[validity\] months = 13: .*from 1 to 12"),
        ('"22:00"', '"24:00"', r"quiet_from = '24:00': write a time of day"),
        ('"08:00"', '"8:00"', r"quiet_to = '8:00': write a time of day"),
        ('order = ["me"]', 'order = ["you"]', r"\[whom_to_call\] order = .*in your order"),
        ('order = ["me"]', 'order = ["me", "me"]', r"order = .*or \[\] for nobody"),
        ('order = ["me"]', 'order = "me"', r"\[whom_to_call\] order = 'me'"),
        ('until = ""', 'until = "31.8.2026"', r"\[pause\] until = .*: write a day such as"),
        ('until = ""', "until = 2026-02-30", "is not valid TOML"),
        ('call_me = "Rosalie"', 'call_me = "a\\u0000b"', r"\[me\] call_me"),
        ('call_me = "Rosalie"', f'call_me = "{"a" * 81}"', r"\[me\] call_me .*80"),
    ],
)
def test_a_slip_is_told_with_its_place_and_its_fix_and_means_no(
    old: str, new: str, complaint: str, read: Read
) -> None:
    text = owner_text([])
    assert old in text
    file = read(text.replace(old, new, 1))
    assert isinstance(file, Unreadable)
    assert re.search(complaint, file.reason, re.DOTALL), file.reason


def test_a_yes_without_a_name_is_not_understood(read: Read) -> None:
    file = read(owner_text([Purpose.LEARN_ROUTINE], call_me=" "))
    assert isinstance(file, Unreadable)
    assert "call_me = ''" in file.reason


@pytest.mark.parametrize("text", ["", "\n", "# soon\n", "[me]\n[pause]\n"])
def test_a_file_that_says_nothing_is_not_taken_for_a_withdrawal(text: str, read: Read) -> None:
    file = read(text)
    assert isinstance(file, Unreadable)
    assert "says nothing" in file.reason


@pytest.mark.parametrize(
    "text",
    [
        "[validity]\nmonths = 0x" + "f" * 5000,
        "[me]\ncall_me" + ".a" * 3000 + " = 1",
        "[me]\ncall_me = " + "[" * 5000,
        "a = " + "1" * 5000,
        "a" * 70_000 + " = 1",
    ],
    ids=["number without end", "dots without end", "brackets", "digits", "a long word"],
)
def test_a_monstrous_file_is_refused_and_does_no_harm(text: str, read: Read) -> None:
    file = read(text)
    assert isinstance(file, Unreadable)
    assert len(file.reason) < 500


def test_a_file_that_cannot_be_opened_is_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.toml", tmp_path):
        assert isinstance(read_consent_file(path), Unreadable)


def test_an_editor_that_marks_its_files_as_utf_8_is_understood(tmp_path: Path) -> None:
    file = tmp_path / "consent.toml"
    file.write_text(owner_text([Purpose.CARE_ALERT]), encoding="utf-8-sig", newline="\r\n")
    assert isinstance(read_consent_file(file), ConsentFile)


def test_quiet_hours_may_pass_midnight_or_be_none() -> None:
    night = QuietHours(start=time(22), end=time(8))
    assert [h for h in range(24) if night.contains(time(h))] == [*range(8), 22, 23]
    noon = QuietHours(start=time(12), end=time(14))
    assert [h for h in range(24) if noon.contains(time(h))] == [12, 13]
    never = QuietHours(start=time(9), end=time(9))
    assert not any(never.contains(time(h)) for h in range(24))


# ------------------------------------------------------------------------------ hostile

FRAGMENTS = [
    *(f"[{purpose}]\n" for purpose in Purpose),
    *(f"[{purpose}]\non = true\n" for purpose in Purpose),
    *(f'[{p}]\non = true\ni_have_read = "{NOTICE_IDS[p]}"\n' for p in Purpose),
    *(f'i_have_read = "{notice_id}"\n' for notice_id in NOTICE_IDS.values()),
    *(f"{purpose}.on = true\n" for purpose in Purpose),
    *(f'{p} = {{ on = true, i_have_read = "{NOTICE_IDS[p]}" }}\n' for p in Purpose),
    "[[care_alert]]\n", "[care_alert.on]\n", "care_alert = true\n", "[care_alert ]\n",
    "on = true\n", "on = true", "on = false\n", "on = 1\n", 'on = "true"\n', "on = [true]\n",
    "on = True\n", "'on' = true\n", '"o\\u006e" = true\n', "i_have_read = true\n",
    "i_have_read = 'notice-care-alert-en-00000000'\n", "i_have_read = '''\n", '"""', "#",
    '[me]\ncall_me = "Rosalie"\n', '[me]\ncall_me = ""\n', "[me]\n", 'language = "fr"\n',
    "[validity]\nmonths = 12\n", "months = 0x1\n", "months = 1e1\n", "[asking]\n",
    "answer_within_h = inf\n", "false_alarms_per_year = -nan\n", 'quiet_from = "25:00"\n',
    "[pause]\nuntil = 2026-08-31\n", '[pause]\nuntil = "9999-12-31"\n', "until = 07:32:00\n",
    "\x00", "\r", "\ufeff", "\u2028", "\n", " = ", "[", "]", "{", "}", "\\",
]  # fmt: skip


@st.composite
def odd_toml(draw: st.DrawFn) -> bytes:
    """Return pieces of consent files in any order."""
    return "".join(draw(st.lists(st.sampled_from(FRAGMENTS), max_size=12))).encode()


@st.composite
def mistreated_file(draw: st.DrawFn) -> bytes:
    """Return a good file after a few bytes were changed, cut, doubled or put elsewhere."""
    granted = draw(st.sets(st.sampled_from(Purpose)))
    data = owner_text(granted, call_me=draw(st.sampled_from(["Rosalie", ""]))).encode()
    for _ in range(draw(st.integers(1, 4))):
        place = st.integers(0, len(data))
        start, end = sorted((draw(place), draw(place)))
        match draw(st.sampled_from(["cut", "keep", "double", "move", "put"])):
            case "cut":
                data = data[:start] + data[end:]
            case "keep":
                data = data[start:end]
            case "double":
                data = data[:end] + data[start:]
            case "move":
                data = data[start:end] + data[:start] + data[end:]
            case "put":
                piece = draw(st.binary(max_size=3) | st.sampled_from(FRAGMENTS).map(str.encode))
                data = data[:start] + piece + data[start:]
    return data


def literally_said(data: bytes) -> set[Purpose]:
    """Return the purposes that stand in ``data`` with a switch and today's id: the oracle."""
    said: set[Purpose] = set()
    plain: dict[str, object] = {}
    with suppress(ValueError, RecursionError):
        plain = tomllib.loads(data.decode("utf-8-sig"))
    for purpose in Purpose:
        table = plain.get(purpose)
        ids = {notice.id for notice in ALL_YES.notices[purpose]}
        if isinstance(table, dict) and table.get("on") is True:
            read = str(table.get("i_have_read", "")).strip()
            if read in ids and read.encode() in data and b"true" in data:
                said.add(purpose)
    return said


def grants(file: ConsentFile | Unreadable) -> set[Purpose]:
    """Return what is granted by ``file`` beside a ledger that would agree with anything."""
    if isinstance(file, Unreadable):
        return set()
    agreeing = {p: record(s) for p, s in file.switches.items()}
    state = replace(ALL_YES, file=file, records=agreeing)
    given = {c.purpose for c in reconcile(replace(state, records={}), CERTAIN)}
    return given | {p for p in Purpose if ask(p, state, CERTAIN).granted}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file that every example overwrites."""
    return tmp_path_factory.mktemp("fuzz") / "consent.toml"


def check(scratch: Path, data: bytes) -> None:
    scratch.write_bytes(data)
    assert grants(read_consent_file(scratch)) <= literally_said(data)


@FUZZ
@given(data=st.binary(max_size=300))
def test_no_bytes_grant_anything(scratch: Path, data: bytes) -> None:
    check(scratch, data)


@FUZZ
@given(data=odd_toml())
def test_odd_toml_grants_only_what_stands_in_it(scratch: Path, data: bytes) -> None:
    check(scratch, data)


@FUZZ
@given(data=mistreated_file())
def test_a_mistreated_file_grants_only_what_stands_in_it(scratch: Path, data: bytes) -> None:
    check(scratch, data)


def test_the_oracle_sees_what_an_intact_file_says(scratch: Path) -> None:
    scratch.write_text(owner_text(Purpose), encoding="utf-8")
    assert grants(read_consent_file(scratch)) == set(Purpose)
    assert literally_said(scratch.read_bytes()) == set(Purpose)


def test_a_complaint_names_the_line_that_an_editor_shows(tmp_path: Path) -> None:
    """Sections, options and unknown ones; where no line is to be found it says what it can."""
    file = tmp_path / "consent.toml"
    text = owner_text((), call_me="Rosalie")
    for old, new in (
        ("months = 6", "months = 60"),
        ('quiet_to = "08:00"', 'quiet_to = "8h"'),
        ('call_me = "Rosalie"', 'cal_me = "Rosalie"'),
        ("[pause]", "[paus]"),
    ):
        assert text.count(f"\n{old}\n") == 1
        wrong = text.replace(f"\n{old}\n", f"\n{new}\n")
        file.write_text(wrong, encoding="utf-8")
        read = read_consent_file(file)
        assert isinstance(read, Unreadable)
        line = wrong.splitlines().index(new) + 1
        assert read.reason.startswith(f"{file}, line {line} ["), read.reason
    file.write_text("validity = { months = 60 }", encoding="utf-8")
    read = read_consent_file(file)
    assert isinstance(read, Unreadable)
    assert read.reason.startswith(f"{file} [validity] months = 60: choose")


def test_whatever_lies_there_under_its_name_is_never_waited_for(tmp_path: Path) -> None:
    """A pipe that nobody writes into would stop the whole device."""
    pipe = tmp_path / "consent.toml"
    os.mkfifo(pipe)
    for place in (pipe, Path("/dev/zero"), Path("/dev/tty"), tmp_path):
        assert isinstance(read_consent_file(place), Unreadable)
