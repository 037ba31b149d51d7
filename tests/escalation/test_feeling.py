"""How it felt: the owners' words, figures without colleagues, and the words that came back."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.casework import acts, deskwork, felt, phone_calls
from escalation.casework.felt import Course
from escalation.models import Case, Device, OutgoingMessage, Staff
from tests.escalation.conftest import Desk
from tests.escalation.household import NOW, Household
from wire.messages import Felt, Help, Resolved

pytestmark = pytest.mark.both_databases

MARCH = NOW
FEBRUARY = datetime(2026, 2, 14, 9, tzinfo=UTC)
PERSON = r'"(?:holder|actor|decided_by|by|staff|told_by|released_by|asked_by|approved_by)_id"'


def helped(the_desk: Desk, staff: Staff, minutes: int = 4) -> tuple[Household, Case]:
    """Return a household for which ``staff`` decided after these minutes, and its case."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert()))
    case = Case.objects.get(device_id=home.device_id)
    the_desk.clock.time += timedelta(minutes=minutes)
    decide(the_desk, case, staff)
    return home, case


def decide(the_desk: Desk, case: Case, staff: Staff) -> None:
    """Claim the case and write to its owner."""
    case.refresh_from_db()
    reason = "I would like to know how you are."
    the_desk.decide(case, staff, reason=reason, message="How are you?")


def says(the_desk: Desk, home: Household, case: Case, text: str) -> None:
    """Let the owner say how it felt."""
    at = the_desk.clock()
    message = Felt(alert_id=case.alert_id, text=text, felt_at=at, consent=home.consent())
    the_desk.receive(home, home.seal(message))


def goes_home(the_desk: Desk) -> None:
    """Let the broker take everything that waits."""
    pks = list(OutgoingMessage.objects.values_list("pk", flat=True))
    deskwork.published(pks, the_desk.clock())


def test_months_hold_what_began_in_them_and_the_newest_is_first() -> None:
    courses = [
        Course(began=FEBRUARY, asked=True, answered=True, alert=True, steps=0),
        Course(began=MARCH, asked=True, alert=True, waited=timedelta(minutes=2), steps=1),
        Course(began=MARCH, alert=True, was_nothing=True, waited=timedelta(minutes=4)),
        Course(began=MARCH, alert=True, waited=timedelta(hours=3), steps=7),
        Course(began=MARCH),
    ]
    march, february = felt.by_month(courses)
    assert (march.first_day, february.first_day) == (date(2026, 3, 1), date(2026, 2, 1))
    assert (march.asked, march.answered, march.left_open) == (1, 0, 1)
    assert (february.asked, february.answered, february.left_open) == (1, 1, 0)
    assert (march.alerts, march.were_nothing) == (3, 1)
    assert march.waited_usually == timedelta(minutes=4)
    assert march.waited_longest == timedelta(hours=3)
    assert (march.steps, february.steps) == ((0, 1, 1), (1, 0, 0))
    assert february.waited_usually is february.waited_longest is None


def test_somebody_was_asked_once_the_decision_is_home_for_a_day(the_desk: Desk) -> None:
    """The owner's page asks on the day after; who answers was asked."""
    helped(the_desk, the_desk.staff("camille", "reviewer"))

    def asked() -> bool:
        return felt.courses(the_desk.clock())[0].asked

    the_desk.clock.time += timedelta(days=2)
    assert not asked()
    goes_home(the_desk)
    assert asked()
    the_desk.clock.time -= timedelta(days=1, hours=12)
    assert not asked()


def test_it_was_nothing_is_what_the_owner_said_and_not_that_the_use_is_back(
    the_desk: Desk,
) -> None:
    for reason in ("owner_answered", "use_returned"):
        home = the_desk.enroll()
        the_desk.receive(home, home.seal(home.alert(), message_id=home.device_id * 2))
        word = Resolved(alert_id=home.device_id * 2, reason=reason, resolved_at=NOW)
        the_desk.receive(home, home.seal(word))
    assert [course.was_nothing for course in felt.courses(NOW)].count(True) == 1
    assert all(course.steps is None for course in felt.courses(NOW))


def test_a_wait_ends_with_the_first_who_has_the_case(the_desk: Desk) -> None:
    """Given back and taken again: the owner has waited for the first one."""
    camille = the_desk.staff("camille", "reviewer")
    case = the_desk.care_case()
    the_desk.clock.time += timedelta(minutes=5)
    acts.claim(case, camille, the_desk.clock())
    acts.give_back(case, camille, fence=case.fence, now=the_desk.clock())
    the_desk.clock.time += timedelta(minutes=50)
    decide(the_desk, case, camille)
    [course] = felt.courses(the_desk.clock())
    assert course.waited == timedelta(minutes=5)


@pytest.mark.parametrize(("replies", "steps"), [(0, 0), (1, 1), (2, 2)])
def test_steps_are_what_the_owner_did_before_somebody_decided(
    the_desk: Desk, replies: int, steps: int
) -> None:
    """What they say afterwards, how it felt for one, was no step to help."""
    camille = the_desk.staff("camille", "reviewer")
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert()))
    case = Case.objects.get()
    for _ in range(replies):
        the_desk.receive(home, home.seal(home.reply(case.alert_id, "Hello?")))
    decide(the_desk, case, camille)
    the_desk.clock.time += timedelta(hours=20)
    says(the_desk, home, case, "Good.")
    assert felt.courses(the_desk.clock())[0].steps == steps


def test_asking_for_a_call_is_one_step_by_whatever_way(the_desk: Desk) -> None:
    camille = the_desk.staff("camille", "reviewer")
    by_button, by_telephone = the_desk.enroll(), the_desk.enroll()
    message = Help(
        asked_at=NOW,
        owner=by_button.owner(),
        machine=by_button.alert().machine,
        alert_id=None,
        ledger_head="5e" * 32,
    )
    the_desk.receive(by_button, by_button.seal(message))
    device = Device.objects.get(pk=by_telephone.device_id)
    phone_calls.answer(device, camille, NOW)
    for case in Case.objects.all():
        decide(the_desk, case, camille)
    assert [course.steps for course in felt.courses(the_desk.clock())] == [1, 1]


def test_an_erased_case_is_in_no_figure(the_desk: Desk) -> None:
    home, case = helped(the_desk, the_desk.staff("camille", "reviewer"))
    says(the_desk, home, case, "Thank you, dear.")
    assert felt.in_their_words().count() == 1
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    assert felt.courses(the_desk.clock()) == []
    assert not felt.in_their_words()


def test_supervisors_read_the_words_without_a_name(the_desk: Desk) -> None:
    """Neither the owner's nor the reviewer's, no device, and no tag of theirs as HTML."""
    home, case = helped(the_desk, the_desk.staff("camille", "reviewer"))
    says(the_desk, home, case, "I felt <b>less</b> alone.")
    page = the_desk.browser(the_desk.staff("nadia", "supervisor")).get("/felt/").text
    assert "I felt &lt;b&gt;less&lt;/b&gt; alone." in page
    assert '<th scope="row">March 2026</th><td>1</td><td>1</td><td>0</td>' in page
    assert "4\N{NO-BREAK SPACE}minutes" in page
    for nobody in ("Madeleine", "Camille", home.device_id, f"/cases/{case.pk}"):
        assert nobody not in page


def test_without_any_case_the_page_says_something_human(the_desk: Desk) -> None:
    page = the_desk.browser(the_desk.staff("nadia", "supervisor")).get("/felt/").text
    assert "Nobody has said anything yet. Nobody has to." in page
    assert "<table>" not in page


@pytest.mark.parametrize(
    ("role", "status"), [("reviewer", 403), ("technician", 403), ("supervisor", 200)]
)
def test_the_page_is_for_supervisors(the_desk: Desk, role: str, status: int) -> None:
    staff = the_desk.staff("somebody", role)
    assert the_desk.browser(staff).get("/felt/").status_code == status
    assert the_desk.browser().get("/felt/").status_code == 302
    assert the_desk.browser().get("/me/words").status_code == 302


def test_words_come_back_to_whoever_helped_and_to_nobody_else(the_desk: Desk) -> None:
    """With a way to the case, whose reading is written down; a supervisor has none."""
    camille, sacha = the_desk.staff("camille", "reviewer"), the_desk.staff("sacha", "reviewer")
    home, case = helped(the_desk, camille)
    says(the_desk, home, case, "You have a kind way of asking.")
    mine = the_desk.browser(camille).get("/me/words").text
    assert "You have a kind way of asking." in mine
    assert f'href="/cases/{case.pk}/"' in mine
    for other in (sacha, the_desk.staff("nadia", "supervisor")):
        page = the_desk.browser(other).get("/me/words").text
        assert "You have a kind way" not in page
        assert "No words yet." in page


def test_an_answer_to_the_decision_is_no_word_on_how_it_felt(the_desk: Desk) -> None:
    camille = the_desk.staff("camille", "reviewer")
    home, case = helped(the_desk, camille)
    the_desk.clock.time += timedelta(minutes=1)
    the_desk.receive(home, home.seal(home.reply(case.alert_id, "Not on Mondays.")))
    assert not felt.in_their_words()
    assert felt.courses(the_desk.clock())[0].steps == 0


PAGES = (
    *("/", "/now", "/felt/", "/people/", "/people/{camille}/", "/incidents/", "/me/"),
    *("/me/words", "/called/", "/not-heard", "/kept-aside", "/cases/{case}/"),
)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_groups_anything_by_person(the_desk: Desk, path: str) -> None:
    """Nobody is ranked: the database is never asked to count or measure by colleague."""
    camille, nadia = (
        the_desk.staff("camille", "reviewer"),
        the_desk.staff("nadia", "supervisor"),
    )
    home, case = helped(the_desk, camille)
    says(the_desk, home, case, "Good.")
    address = path.format(camille=camille.pk, case=case.pk)
    with CaptureQueriesContext(connection) as asked:
        assert the_desk.browser(nadia).get(address).status_code == 200
    for query in asked.captured_queries:
        asks, by, grouped = query["sql"].partition("GROUP BY")
        # A column of the answer may be named by its place alone: GROUP BY 1.
        columns = asks.partition(" FROM ")[0] if by else ""
        assert not re.search(PERSON, columns + grouped), query["sql"]
