"""How hard it was: said by whoever likes, kept without a name, shown as counts alone."""

import random
from datetime import timedelta

import pytest
from django.test import Client

from escalation.casework import acts
from escalation.keeping import retention
from escalation.models import Case, Effort, Staff
from escalation.team import effort
from escalation.team.effort import SHOWN_FROM
from escalation.team.weights import Weight
from tests.escalation.conftest import Desk
from tests.escalation.household import NOW

pytestmark = pytest.mark.both_databases

NEXT_MONTH = NOW + timedelta(days=31)
ASKED = 'data-action="how-hard"'


def decided(the_desk: Desk) -> tuple[Staff, Case, Client]:
    """Return Camille, a case that she has just decided by its page, and her browser."""
    camille = the_desk.staff("camille", "reviewer")
    case = the_desk.care_case()
    acts.claim(case, camille, the_desk.clock())
    browser = the_desk.browser(camille)
    form = {"fence": case.fence, "choice": "leave_in_peace", "reason": "All seems well."}
    assert browser.post(f"/cases/{case.pk}/decide", form).status_code == 302
    return camille, case, browser


def test_it_is_asked_once_after_a_decision(the_desk: Desk) -> None:
    """Of whoever decided, on the page that follows, and never again once answered."""
    _camille, case, browser = decided(the_desk)
    other = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    assert ASKED in browser.get(f"/cases/{case.pk}/").text
    assert ASKED not in other.get(f"/cases/{case.pk}/").text
    for _ in range(2):
        browser.post("/shift/how-hard", {"weight": "heavy", "words": " A long evening. "})
    [kept] = Effort.objects.all()
    assert (kept.weight, kept.words) == ("heavy", "A long evening.")
    assert ASKED not in browser.get(f"/cases/{case.pk}/").text


@pytest.mark.parametrize("said", ["", "unbearable"])
def test_it_can_be_left_out(the_desk: Desk, said: str) -> None:
    _camille, case, browser = decided(the_desk)
    browser.post("/shift/how-hard", {"weight": said, "words": "Not for you."})
    assert not Effort.objects.exists()
    assert ASKED not in browser.get(f"/cases/{case.pk}/").text


def test_nobody_can_answer_who_was_not_asked(the_desk: Desk) -> None:
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    assert browser.post("/shift/how-hard", {"weight": "heavy"}).status_code == 302
    assert the_desk.browser().post("/shift/how-hard", {"weight": "heavy"}).status_code == 302
    assert not Effort.objects.exists()


def test_no_row_could_say_who_it_was_or_when(the_desk: Desk) -> None:
    """Month, weight and words are all there is: no way leads to a person, a case or a day."""
    decided(the_desk)[2].post("/shift/how-hard", {"weight": "light"})
    assert [field.name for field in Effort._meta.fields] == ["id", "month", "weight", "words"]
    assert Effort.objects.get().month.day == 1


@pytest.mark.parametrize("times", [SHOWN_FROM - 1, SHOWN_FROM])
def test_counts_and_words_are_shown_from_five_on(the_desk: Desk, times: int) -> None:
    for number in range(times):
        effort.note(Weight.HEAVY, f"word {number}", NOW)
    effort.note(Weight.LIGHT, "", NOW)
    the_desk.clock.time = NEXT_MONTH
    page = the_desk.browser(the_desk.staff("nadia", "supervisor")).get("/felt/").text
    assert ("word 0" in page) is (times == SHOWN_FROM)
    assert (">fewer than 5</td><td>fewer than 5</td><td>5</td>" in page) is (
        times == SHOWN_FROM
    )
    assert ("How it was for us" in page) is (times == SHOWN_FROM)


def test_a_month_is_shown_once_it_is_over(the_desk: Desk) -> None:
    """Or one could look before and after a colleague's decision."""
    for _ in range(2 * SHOWN_FROM):
        effort.note(Weight.HEAVY, "", NOW)
    assert effort.months(NOW + timedelta(days=20)) == []
    [month] = effort.months(NEXT_MONTH)
    assert month.counts == {Weight.LIGHT: None, Weight.USUAL: None, Weight.HEAVY: 10}


def test_the_order_of_words_says_nothing_of_their_time(the_desk: Desk) -> None:
    words = ["b", "A", "c", "é", "D", "e"]
    random.Random(7).shuffle(words)
    for text in words:
        effort.note(Weight.USUAL, text, NOW)
    [month] = effort.months(NEXT_MONTH)
    assert month.words == ("A", "b", "c", "D", "e", "é")


def test_it_goes_with_the_words_of_that_times_cases(the_desk: Desk) -> None:
    effort.note(Weight.HEAVY, "Soon forgotten.", NOW)
    retention.let_go(NOW + timedelta(days=60), timedelta(days=30))
    assert not Effort.objects.exists()
    effort.note(Weight.HEAVY, "Still here.", NOW)
    retention.let_go(NOW + timedelta(days=20), timedelta(days=30))
    assert Effort.objects.exists()
