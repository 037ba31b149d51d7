"""The owner's page on the home network: a press, five numbers, one browser, ten minutes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import journal
from agent.consents.consent_file import ConsentFile, Purpose, read_consent_file
from agent.page import opening, pairing
from agent.page.home_gate import ASKING_COOKIE, COOKIE, HomeGate
from agent.page.opening import OPEN_S, WRONG_MAX, Opening
from tests.agent.consents import NOTICE_IDS, NOW
from tests.agent.house import House
from tests.agent.telephone import Phone, Site, counted, others, sealed
from wire.owner import Light

ROOT = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    yield from sealed(tmp_path, monkeypatch)


# ------------------------------------------------------------------------------ getting in


def test_a_press_and_five_numbers_let_one_browser_in(house: House, phone: Phone) -> None:
    numbers = counted(house)
    assert phone.ask().status == 200
    assert not phone.is_in

    let_in = phone.pair(numbers)

    assert let_in.status == 303
    assert b"Rosalie" in phone.ask().body
    house.step(seconds=1)
    assert house.shows() is Light.ON
    [shut] = house.told(journal.PageShut)
    assert (shut.let_in, shut.wrong) == (True, 0)
    house.step(seconds=5)
    assert house.shows() is Light.OFF
    assert phone.is_in


def test_from_a_sealed_device_to_consent_and_back(house: House, phone: Phone) -> None:
    phone.pair(counted(house))
    learn = Purpose.LEARN_ROUTINE
    phone.post(f"/grant/{learn}", {"notice": NOTICE_IDS[learn], "call_me": "Rosalie"})
    house.step(seconds=1)
    assert b"On, until" in phone.ask(target="/choices").body
    assert [c.granted for c in house.told(journal.ConsentChanged)] == [True]

    phone.post(f"/withdraw/{learn}", {})
    house.step(seconds=1)

    file = read_consent_file(house.settings.consent_file)
    assert isinstance(file, ConsentFile)
    assert not file.switches[learn].on
    assert [c.granted for c in house.told(journal.ConsentChanged)] == [True, False]


def test_the_cookie_is_for_tls_this_host_and_no_script(house: House, phone: Phone) -> None:
    numbers = counted(house)
    for answered in (phone.ask(), phone.pair(numbers)):
        header = answered.headers["Set-Cookie"].split("; ")
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(header)
        assert header[0].startswith("__Host-")
        assert not any(part.lower().startswith("domain") for part in header)


def test_nothing_promises_tls_for_ever_or_the_browser_could_not_be_told_to_go_on(
    house: House, phone: Phone
) -> None:
    counted(house)
    assert "Strict-Transport-Security" not in phone.ask().all_headers()


@pytest.mark.parametrize("text", ["", "12345678", "1 2 3 4", "1 2 3 4 6", "0 1 2 3 4", "éé"])
def test_a_slip_of_the_finger_is_no_guess(house: House, phone: Phone, text: str) -> None:
    counted(house)
    for _ in range(2 * WRONG_MAX):
        slip = phone.post("/pair", {"numbers": text})
        assert slip.status == 422
    assert phone.page.gate.tries_left() == WRONG_MAX


@pytest.mark.parametrize("between", ["", " ", ",", ", ", "-"])
def test_numbers_may_be_written_as_people_write_them(
    house: House, phone: Phone, between: str
) -> None:
    numbers = counted(house)
    phone.post("/pair", {"numbers": f" {between.join(map(str, numbers))} "})
    assert phone.is_in


def test_the_door_speaks_the_other_language_to_whoever_asks(house: House, phone: Phone) -> None:
    numbers = counted(house)
    assert 'href="/?in=fr"' in phone.ask().body.decode()
    assert "Faire entrer ce navigateur" in phone.ask(target="/?in=fr").body.decode()
    wrong = phone.post("/pair", {"in": "fr", "numbers": str(others(numbers))})
    assert "Essais restants" in wrong.body.decode()


# ------------------------------------------------------------------------- ten minutes


def test_ten_minutes_are_enough_and_then_it_is_over(house: House, phone: Phone) -> None:
    numbers = counted(house)
    house.step(seconds=OPEN_S - 1)
    assert phone.ask().status == 200
    house.step(seconds=1)
    assert house.shows() is Light.OFF
    assert not phone.page.gate.is_open()
    assert phone.pair(numbers).status == 403
    [shut] = house.told(journal.PageShut)
    assert (shut.let_in, shut.wrong) == (False, 0)


def test_a_device_that_hangs_keeps_nothing_open(tmp_path: Path) -> None:
    """It would not remove its file; the page looks at the clock itself."""
    lasts = Opening(id="a", until_s=100.0, numbers=(1, 2, 3, 4, 5))
    held = opening.write_opening(tmp_path, lasts)
    assert opening.read_opening(tmp_path, 99.9) == lasts
    assert opening.read_opening(tmp_path, 100.0) is None
    os.close(held)


@pytest.mark.parametrize("step", [timedelta(days=-3000), timedelta(days=3000)])
def test_a_clock_that_steps_neither_prolongs_nor_ends_it(
    house: House, phone: Phone, step: timedelta
) -> None:
    numbers = counted(house)
    house.clock_error = step
    house.step(seconds=OPEN_S - 2)
    assert phone.page.gate.lets_in()
    assert phone.pair(numbers).status == 303
    assert phone.ask().status == 200
    counted(house)
    house.step(seconds=OPEN_S)
    assert not Site(house).gate.is_open()


def test_a_page_that_starts_anew_goes_on_where_it_was(house: House, phone: Phone) -> None:
    numbers = counted(house)
    phone.ask()
    phone.page = Site(house)
    assert phone.pair(numbers).status == 303
    phone.page = Site(house)
    assert phone.is_in


def test_a_device_that_starts_anew_has_nothing_open(house: House, phone: Phone) -> None:
    numbers = counted(house)
    house.restart()
    assert house.shows() is Light.OFF
    assert phone.pair(numbers).status == 403


def test_a_device_that_was_killed_leaves_nothing_open(tmp_path: Path) -> None:
    """Its file stays behind, with an end far away: only the kernel knows that it is over."""
    script = (
        "import sys; from pathlib import Path; from agent.page import opening as o\n"
        "lasts = o.Opening(id='x', until_s=o.boottime_s() + 999, numbers=(1,) * 5)\n"
        "o.write_opening(Path(sys.argv[1]), lasts); print('open', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as device:
        assert device.stdout
        assert device.stdout.readline() == b"open\n"
        assert opening.read_opening(tmp_path, opening.boottime_s()) is not None
        device.kill()

    assert (tmp_path / opening.OPENING_FILE).exists()
    assert opening.read_opening(tmp_path, opening.boottime_s()) is None
    assert not (tmp_path / opening.OPENING_FILE).exists(), "it would wake the page for ever"


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_a_file_that_is_no_opening_opens_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / opening.OPENING_FILE).write_bytes(data)
    (folder / opening.ANSWER_FILE).write_bytes(data)
    (folder / pairing.PAIRING_FILE).write_bytes(data)
    assert opening.read_opening(folder, 0.0) is None
    known = Opening(id="a", until_s=1.0, numbers=(1,))
    assert not opening.read_answer(folder, known).over
    assert HomeGate(folder, key="k", clock=lambda: NOW).session(f"{COOKIE}=x") is None


# ------------------------------------------------------------------------- staying, leaving


def test_who_was_let_in_may_go_on_while_looking_and_not_for_ever(
    house: House, phone: Phone
) -> None:
    phone.pair(counted(house))
    seen = []
    for _ in range(20):
        seen.append(phone.ask().status == 200)
        house.step(seconds=300)
    assert seen == [True] * 12 + [False] * 8, "looks of an hour, five minutes apart"
    assert not phone.page.gate.is_open()


def test_who_looks_no_more_is_out_after_ten_minutes(house: House, phone: Phone) -> None:
    phone.pair(counted(house))
    house.step(seconds=OPEN_S)
    assert not phone.page.gate.is_open()
    assert phone.ask().status == 403


def test_the_next_day_the_press_is_enough_and_lets_nobody_else_in(
    house: House, site: Site
) -> None:
    phone, stranger = Phone(site), Phone(site)
    phone.pair(counted(house))
    house.step(seconds=24 * 3600)
    assert phone.ask().status == 403

    numbers = counted(house)

    assert phone.is_in
    house.step(seconds=1)
    assert house.shows() is Light.ON
    assert stranger.pair(numbers).status == 403
    assert phone.is_in


def test_a_strangers_guesses_do_not_keep_out_who_was_let_in(house: House, site: Site) -> None:
    phone, stranger = Phone(site), Phone(site)
    phone.pair(counted(house))
    house.step(seconds=24 * 3600)
    numbers = counted(house)
    for _ in range(WRONG_MAX):
        stranger.pair(others(numbers))
    assert phone.is_in
    house.step(seconds=1)
    assert phone.is_in


def test_after_thirty_days_the_numbers_are_needed_again(house: House, phone: Phone) -> None:
    phone.pair(counted(house))
    house.step(seconds=pairing.PAIRED_FOR.total_seconds())
    numbers = counted(house)
    assert not phone.is_in
    phone.pair(numbers)
    assert phone.is_in


@pytest.mark.parametrize("how", ["page", "command"])
def test_a_cookie_that_was_kept_proves_nothing_after_un_pairing(
    house: House, phone: Phone, how: str
) -> None:
    phone.pair(counted(house))
    kept = phone.cookies[COOKIE]
    if how == "page":
        assert phone.post("/unpair", {}, on="/mine").status == 303
    else:
        assert pairing.unpair(house.settings.state_dir)
    assert not phone.is_in
    house.step(seconds=1)
    counted(house)
    for page in (phone.page, Site(house)):
        phone.page = page
        assert not phone.is_in
        assert phone.ask(cookies=f"{COOKIE}={kept}; {ASKING_COOKIE}=x").status == 200
        assert not phone.is_in


@pytest.mark.parametrize("damage", ["", "x", f"{COOKIE}=", f"{COOKIE}=é", "=;=\x00", COOKIE])
def test_a_cookie_that_is_none_of_ours_lets_nobody_in(
    house: House, phone: Phone, damage: str
) -> None:
    phone.pair(counted(house))
    assert b"Rosalie" not in phone.ask(cookies=damage).body


def test_the_page_says_who_was_let_in_and_how_it_proves_itself(
    house: House, phone: Phone
) -> None:
    phone.pair(counted(house))
    seen = phone.ask(target="/mine").body.decode()
    assert "One browser was let in on" in seen
    assert "https://" in seen
