"""How often a page asks the database: as often with a thousand cases as with one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.casework import acts
from escalation.models import Case, Staff
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from wire.messages import Choice

NEXT_MAX = 16
CASE_PAGE_MAX = 19
"""What is needed, and hardly any room: who adds a question to these pages says so here."""


@pytest.fixture
def camille(the_desk: Desk) -> Staff:
    """Return somebody who helps."""
    return the_desk.staff("camille", "reviewer")


def decided_before(the_desk: Desk, home: Household, camille: Staff, times: int) -> None:
    """Let ``camille`` have decided about this home, and its owner have said how it felt."""
    for _ in range(times):
        assert the_desk.receive(home, home.seal(home.alert())) == "accepted"
        case = Case.objects.filter(device=home.device_id).latest("pk")
        acts.claim(case, camille, the_desk.clock())
        acts.decide(
            case,
            camille,
            fence=case.fence,
            choice=Choice.WRITE,
            reason="So.",
            message="",
            now=the_desk.clock(),
        )
        case.replies.create(text="Fine.", felt=True, replied_at=the_desk.clock())
    the_desk.clock.time += timedelta(hours=2)


def asked(the_desk: Desk, camille: Staff) -> tuple[int, int]:
    """Return what a press and the page after it ask the database, begun anew."""
    browser = the_desk.browser(camille)
    browser.get("/")
    with CaptureQueriesContext(connection) as press:
        answer = browser.post("/next")
    with CaptureQueriesContext(connection) as page:
        assert "Fine." in browser.get(answer["Location"]).text
    return reads(press), reads(page)


def reads(queries: CaptureQueriesContext) -> int:
    """Count the questions among what was said."""
    return sum(query["sql"].startswith(("SELECT", "WITH")) for query in queries)


@pytest.mark.parametrize(("earlier", "others"), [(1, 0), (7, 25)])
def test_neither_a_press_nor_a_case_page_asks_more_where_there_is_more(
    the_desk: Desk, camille: Staff, earlier: int, others: int
) -> None:
    """Of earlier contacts, of cases that wait, or of both."""
    home = the_desk.enroll()
    decided_before(the_desk, home, camille, earlier)
    the_desk.receive(home, home.seal(home.alert()))
    for _ in range(others):
        the_desk.care_case()
    press, page = asked(the_desk, camille)
    assert press <= NEXT_MAX
    assert page <= CASE_PAGE_MAX
