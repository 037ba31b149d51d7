"""The list of who is waiting: by name, for the right people, kept up to date."""

import re
from datetime import timedelta

import pytest

from escalation.casework import acts
from escalation.console import views
from escalation.models import Case
from tests.escalation.conftest import Desk


def case_links(page: str) -> list[str]:
    """Return the addresses that the list offers, inside ``main``."""
    main = page[page.index("<main") :] if "<main" in page else page
    return re.findall(r'<a [^>]*data-case="\d+"[^>]*href="([^"]+)"', main)


def test_an_empty_list_says_something_human(the_desk: Desk) -> None:
    """In both languages."""
    for language, text in (
        ("en", "Nobody is waiting. Have a coffee."),
        ("fr", "Personne n’attend. Prenez un café."),
    ):
        staff = the_desk.staff(f"camille-{language}", "reviewer", language=language)
        assert text in the_desk.browser(staff).get("/").text


def test_a_case_is_listed_by_name_with_what_changed_and_since_when(the_desk: Desk) -> None:
    """In words; the device's id is nowhere."""
    case = the_desk.care_case()
    the_desk.clock.time += timedelta(minutes=12)
    page = the_desk.browser(the_desk.staff("nadia", "supervisor")).get("/").text
    assert case_links(page) == [f"/cases/{case.pk}/"]
    assert "Madeleine" in page
    assert "About 9 coffees a day since Thursday; usually 4 (last 42 days)." in page
    assert "since 10:30 (12\N{NO-BREAK SPACE}minutes)" in page
    assert case.device_id not in page


def test_whoever_waits_longest_comes_first(the_desk: Desk) -> None:
    """Not the newest."""
    first = the_desk.care_case(call_me="Ana")
    the_desk.clock.time += timedelta(minutes=5)
    second = the_desk.care_case(call_me="Bo")
    page = the_desk.browser(the_desk.staff("nadia", "supervisor")).get("/").text
    assert case_links(page) == [f"/cases/{first.pk}/", f"/cases/{second.pk}/"]


@pytest.mark.parametrize(
    ("roles", "names"),
    [
        (("reviewer",), set()),
        (("technician",), {"Sven"}),
        (("supervisor",), {"Carola", "Sven"}),
        ((), set()),
    ],
)
def test_each_role_sees_its_own_cases(
    the_desk: Desk, roles: tuple[str, ...], names: set[str]
) -> None:
    """A reviewer is given people and picks none; without a role there is nothing."""
    the_desk.care_case(call_me="Carola")
    the_desk.service_case(call_me="Sven")
    page = the_desk.browser(the_desk.staff("x", *roles)).get("/").text
    assert {name for name in ("Carola", "Sven") if name in page} == names


def test_a_claimed_case_says_who_has_it_and_a_lapsed_one_waits_again(the_desk: Desk) -> None:
    """The lease is read from the row; nothing has to run for it to end."""
    case = the_desk.care_case()
    camille, nadia = (
        the_desk.staff("camille", "reviewer"),
        the_desk.staff("nadia", "supervisor"),
    )
    acts.claim(case, camille, the_desk.clock())
    assert "yours until 10:40" in the_desk.browser(camille).get("/").text
    page = the_desk.browser(nadia).get("/").text
    assert "with Camille until 10:40" in page
    assert "data-waits" not in page
    the_desk.clock.time += timedelta(minutes=10)
    assert "data-waits" in the_desk.browser(nadia).get("/").text


def test_a_case_whose_consent_has_ended_is_not_listed(the_desk: Desk) -> None:
    """From that second on."""
    the_desk.care_case(valid_for=timedelta(minutes=10))
    the_desk.clock.time += timedelta(minutes=10)
    assert "Madeleine" not in (
        the_desk.browser(the_desk.staff("nadia", "supervisor")).get("/").text
    )


def test_a_name_is_shown_as_it_is_whatever_it_contains(the_desk: Desk) -> None:
    """Owners choose their names freely; a tag in it stays text."""
    the_desk.care_case(call_me="<script>alert(1)</script> & Co")
    page = the_desk.browser(the_desk.staff("nadia", "supervisor")).get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in page


def test_the_live_part_is_sent_again_only_when_it_has_changed(the_desk: Desk) -> None:
    """The page asks every few seconds; an ETag answers most of them with nothing."""
    browser = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    first = browser.get("/now")
    tag = first.headers["ETag"]
    again = browser.get("/now", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    the_desk.care_case()
    changed = browser.get("/now", headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert "Madeleine" in changed.text
    assert "<html" not in changed.text


def test_a_supervisor_hears_of_what_was_kept_aside(the_desk: Desk) -> None:
    """And nobody else is bothered with it."""
    the_desk.receive(the_desk.enroll(), b"junk")
    text = "1 message could not be believed"
    assert text in the_desk.browser(the_desk.staff("nadia", "supervisor")).get("/").text
    assert text not in the_desk.browser(the_desk.staff("camille", "reviewer")).get("/").text


def test_the_list_only_answers_to_get(the_desk: Desk) -> None:
    """It changes nothing, so there is nothing to post."""
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    assert browser.post("/").status_code == 405
    assert browser.post("/now").status_code == 405


def test_a_long_queue_comes_page_by_page(
    the_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page goes on after the last name of the one before; a supervisor sees further."""
    monkeypatch.setattr(views, "FREE_ROWS", 2)
    for n in range(5):
        the_desk.service_case(call_me=f"Person {n}")
        the_desk.clock.time += timedelta(seconds=1)
    browser = the_desk.browser(the_desk.staff("theo", "technician"))
    pages, address = [], "/"
    while address:
        page = browser.get(address).text
        pages.append(re.findall("Person [0-9]", page))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1] if following else ""
        # Whoever was on the page is helped while the next one is opened.
        Case.objects.filter(call_me__in=pages[-1]).update(state="closed")
    assert pages == [["Person 0", "Person 1"], ["Person 2", "Person 3"], ["Person 4"]]
    assert browser.get("/?after=nowhere").status_code == 200
    Case.objects.update(state="service")
    page = the_desk.browser(the_desk.staff("alex", "supervisor")).get("/").content.decode()
    assert "Person 4" in page
    assert "who came later" not in page
