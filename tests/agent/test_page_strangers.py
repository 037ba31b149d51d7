"""Whoever else is at the home network stays outside: guesses, other browsers, other sites."""

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import journal
from agent.page import opening
from agent.page.exchange import Request
from agent.page.home_gate import COOKIE, HomeGate, Tried
from agent.page.home_site import HomeSite
from agent.page.opening import OPEN_S, WRONG_MAX, Opening
from tests.agent.consents import NOW
from tests.agent.house import House
from tests.agent.telephone import HERE, HOST, NAME, PORT, Phone, Site, counted, others, sealed
from tests.agent.test_owners_page import agent_settings
from wire.owner import Light

ROOT = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    yield from sealed(tmp_path, monkeypatch)


# -------------------------------------------------------------------------- staying out


def test_without_a_press_there_is_nothing_to_try(house: House, phone: Phone) -> None:
    assert not phone.page.gate.is_open()
    assert phone.ask().status == 403
    assert phone.post("/pair", {"numbers": "11111"}).status == 403
    for target in ("/sent", "/mine", "/export.zip", "/?key=the+key"):
        assert phone.ask(target=target).status == 403


def test_three_wrong_guesses_end_it_for_everybody(house: House, phone: Phone) -> None:
    numbers = counted(house)
    for _ in range(WRONG_MAX - 1):
        assert phone.pair(others(numbers)).status == 422
    assert phone.pair(others(numbers)).status == 403

    assert phone.pair(numbers).status == 403
    assert Phone(phone.page).pair(numbers).status == 403
    house.step(seconds=1)
    assert house.shows() is Light.OFF
    [shut] = house.told(journal.PageShut)
    assert (shut.let_in, shut.wrong) == (False, WRONG_MAX)


def test_wrong_guesses_of_all_browsers_and_all_processes_count_together(
    house: House, site: Site
) -> None:
    """A stranger gains nothing by new cookies, and nothing by a page that starts anew."""
    numbers = counted(house)
    for _ in range(WRONG_MAX):
        Phone(Site(house)).pair(others(numbers))
    assert Phone(site).pair(numbers).status == 403


def test_a_second_browser_is_not_let_in_by_the_same_press(house: House, site: Site) -> None:
    numbers = counted(house)
    first, second = Phone(site), Phone(site)
    first.pair(numbers)
    assert second.pair(numbers).status == 403
    house.step(seconds=1)
    assert second.ask().status == 403
    assert first.is_in
    assert not second.is_in


def test_the_next_browser_takes_the_place_of_the_first(house: House, site: Site) -> None:
    first, second = Phone(site), Phone(site)
    first.pair(counted(house))
    house.step(seconds=1)
    second.pair(counted(house))
    assert second.is_in
    assert not first.is_in


def test_the_right_numbers_in_another_order_are_wrong(house: House, site: Site) -> None:
    lasts = Opening(id="a", until_s=house.now.monotonic_s + OPEN_S, numbers=(1, 2, 3, 4, 5))
    held = opening.write_opening(house.settings.state_dir, lasts)
    assert site.gate.try_numbers("54321")[0] is Tried.WRONG
    assert site.gate.try_numbers("12345")[0] is Tried.LET_IN
    os.close(held)


def test_numbers_of_an_earlier_press_are_wrong(house: House, phone: Phone) -> None:
    old, new = counted(house), counted(house)
    while old == new:
        new = counted(house)
    assert phone.pair(old).status == 422
    assert phone.pair(new).status == 303


def test_every_outcome_of_a_try_is_reached(house: House, site: Site) -> None:
    numbers = counted(house)
    found = [
        site.gate.try_numbers(text)[0] for text in ("x", "".join(map(str, others(numbers))))
    ]
    found.append(site.gate.try_numbers("".join(map(str, numbers)))[0])
    found.append(site.gate.try_numbers("11111")[0])
    assert found == [Tried.UNREADABLE, Tried.WRONG, Tried.LET_IN, Tried.SHUT]


# ------------------------------------------------------------------- other sites, other names


@pytest.mark.parametrize(
    "host",
    [None, "", "evil.example", f"evil.example:{PORT}", NAME, f"{NAME}:80", f"{NAME}:",
     f"192.168.1.24:{PORT}", f".{NAME}:{PORT}",
     f"demitasse-x.local:{PORT}", f"demitasse-2.example:{PORT}",
     f"{NAME}.:{PORT}", f"[::1]:{PORT}"],
)  # fmt: skip
def test_another_host_name_gets_nothing(house: House, phone: Phone, host: str | None) -> None:
    numbers = counted(house)
    assert phone.ask(host=host).status == 421
    phone.pair(numbers)
    assert phone.ask(host=host).status == 421


@pytest.mark.parametrize(
    "host", [HOST, HOST.upper(), f"demitasse-2.local:{PORT}", f"{HERE}:{PORT}"]
)
def test_its_own_name_and_its_own_address_are_meant(
    house: House, phone: Phone, host: str
) -> None:
    counted(house)
    assert phone.ask(host=host).status == 200


def test_another_site_can_neither_guess_nor_use_up_guesses(house: House, phone: Phone) -> None:
    """A form on another page reaches us without our cookie (SameSite), or without our token."""
    numbers = counted(house)
    phone.ask()
    body = urlencode({"numbers": "".join(map(str, numbers)), "token": "0" * 64}).encode()
    assert phone.ask("POST", "/pair", body=body).status == 403
    assert phone.ask("POST", "/pair", body=body, cookies=None).status == 403
    stranger = Phone(phone.page)
    token = re.search(r'name="token" value="(\w+)"', stranger.ask().body.decode())
    assert token
    body = urlencode({"numbers": "".join(map(str, numbers)), "token": token[1]}).encode()
    assert phone.ask("POST", "/pair", body=body).status == 403
    assert phone.page.gate.tries_left() == WRONG_MAX


@pytest.mark.parametrize("path", ["/withdraw/learn_routine", "/call", "/forget", "/unpair"])
def test_a_form_of_another_page_does_nothing_for_the_browser_that_is_in(
    house: House, phone: Phone, path: str
) -> None:
    phone.pair(counted(house))
    body = urlencode({"word": "forget"}).encode()
    assert phone.ask("POST", path, body=body).status == 403
    assert phone.is_in


def test_the_token_of_the_door_opens_nothing_inside(house: House, phone: Phone) -> None:
    numbers = counted(house)
    found = re.search(r'name="token" value="(\w+)"', phone.ask().body.decode())
    phone.pair(numbers)
    assert found
    body = urlencode({"token": found[1]}).encode()
    assert phone.ask("POST", "/unpair", body=body).status == 403


# ------------------------------------------------------------------------------- hostile


TARGETS = st.one_of(
    st.sampled_from(["/", "/pair", "/unpair", "/mine", "//[", "http://x/", "*", "/?in=fr"]),
    st.text(max_size=60),
)


REQUESTS = st.builds(
    Request,
    target=TARGETS,
    method=st.sampled_from(["GET", "POST", "HEAD", "X"]),
    host=st.one_of(st.just(HOST), st.none(), st.text(max_size=30)),
    here=st.just(HERE),
    cookies=st.one_of(st.none(), st.text(max_size=60)),
    body=st.binary(max_size=200),
)


@settings(max_examples=150, deadline=None)
@given(request=REQUESTS, is_open=st.booleans())
def test_no_request_can_raise_or_get_in(
    tmp_path_factory: pytest.TempPathFactory, request: Request, is_open: bool
) -> None:
    folder = tmp_path_factory.getbasetemp() / "at-home"
    folder.mkdir(exist_ok=True)
    device = agent_settings(folder)
    device.state_dir.mkdir(exist_ok=True)
    gate = HomeGate(device.state_dir, key="k", clock=lambda: NOW)
    site = HomeSite(device, gate, names=frozenset({NAME}), port=PORT)
    lasts = Opening(id="a", until_s=1e12, numbers=(1, 2, 3, 4, 5))
    held = opening.write_opening(device.state_dir, lasts) if is_open else None
    try:
        answered = site.answer(request)
        assert answered.status in (200, 403, 405, 421, 422)
        assert answered.headers.get("Set-Cookie", "").partition("=")[0] != COOKIE
    finally:
        opening.remove_opening(device.state_dir)
        if held is not None:
            os.close(held)


def test_guesses_at_the_same_moment_are_counted_one_by_one(house: House, site: Site) -> None:
    wrong = "".join(map(str, others(counted(house))))
    with ThreadPoolExecutor(16) as strangers:
        found = list(strangers.map(lambda _: site.gate.try_numbers(wrong)[0], range(40)))
    assert found.count(Tried.WRONG) == WRONG_MAX
    assert set(found) == {Tried.WRONG, Tried.SHUT}
