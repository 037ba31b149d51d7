"""Help the next person: nobody chooses between people, and nobody unskilled is asked."""

from datetime import timedelta

import pytest

from escalation.casework import who_waits
from escalation.casework.next_case import PEOPLE_AN_HOUR
from escalation.casework.who_waits import KEPT_FOR_KNOWN
from escalation.models import Case, Staff
from tests.escalation.conftest import Desk
from wire.messages import Asked, Language

pytestmark = pytest.mark.both_databases


def helped(the_desk: Desk, staff: Staff) -> str:
    """Press the button; return whose page opens, or where it leads instead."""
    answer = the_desk.browser(staff).post("/next")
    assert answer.status_code == 302
    leads_to = answer.headers["Location"]
    number = leads_to.removeprefix("/cases/").removesuffix("/")
    if not number.isdecimal():
        return leads_to
    case = Case.objects.get(pk=number)
    assert case.holder_id == staff.pk
    return case.call_me


def test_whoever_waits_longest_is_next(the_desk: Desk) -> None:
    """Two people who press at once help two different homes."""
    for name in ("Ana", "Bo"):
        the_desk.care_case(call_me=name)
        the_desk.clock.time += timedelta(minutes=1)
    first, second = the_desk.staff("camille", "reviewer"), the_desk.staff("alex", "reviewer")
    assert [helped(the_desk, first), helped(the_desk, second)] == ["Ana", "Bo"]
    assert helped(the_desk, the_desk.staff("sam", "reviewer")) == "/"


def test_whoever_spoke_with_this_home_before_comes_first(the_desk: Desk) -> None:
    """The same face again, and then somebody of the same language."""
    staff = the_desk.staff("camille", "reviewer", language="fr")
    home = the_desk.enroll(call_me="Madeleine")
    the_desk.receive(home, home.seal(home.alert()))
    Case.objects.update(state="closed", decided_by=staff)
    the_desk.care_case(call_me="Oldest", language=Language.EN)
    the_desk.clock.time += timedelta(minutes=1)
    the_desk.care_case(call_me="French", language=Language.FR)
    the_desk.clock.time += timedelta(minutes=1)
    the_desk.receive(home, home.seal(home.alert()))
    order = []
    for _ in range(3):
        order.append(helped(the_desk, staff))
        Case.objects.filter(holder=staff).update(state="closed", holder=None)
    assert order == ["Madeleine", "French", "Oldest"]


def test_a_home_waits_a_moment_for_whoever_spoke_with_it_before(the_desk: Desk) -> None:
    """While they are there; then for anybody. A colleague helps somebody else meanwhile."""
    camille, sacha = the_desk.staff("camille", "reviewer"), the_desk.staff("sacha", "reviewer")
    home = the_desk.enroll(call_me="Madeleine")
    the_desk.receive(home, home.seal(home.alert()))
    Case.objects.update(state="closed", decided_by=camille)
    the_desk.receive(home, home.seal(home.alert()))
    assert helped(the_desk, sacha) == "Madeleine"  # Camille is not there.
    Case.objects.filter(holder=sacha).update(state="closed")
    the_desk.browser(camille).post("/next")
    the_desk.receive(home, home.seal(home.alert()))
    assert helped(the_desk, sacha) == "/"
    the_desk.care_case(call_me="Ana")
    assert helped(the_desk, sacha) == "Ana"
    the_desk.clock.time += KEPT_FOR_KNOWN
    assert helped(the_desk, the_desk.staff("alex", "reviewer")) == "Madeleine"


def test_whoever_asked_for_a_call_comes_before_everybody(the_desk: Desk) -> None:
    """In the list, and as the next one; also when the call is about an older case."""
    staff = the_desk.staff("camille", "reviewer")
    the_desk.care_case(call_me="Waits long")
    the_desk.clock.time += timedelta(hours=3)
    home = the_desk.enroll(call_me="Called")
    the_desk.receive(home, home.seal(home.alert(asked=Asked.OWNER_CALLED)))
    supervisor = the_desk.staff("nadia", "supervisor")
    page = the_desk.browser(supervisor).get("/").content.decode()
    assert page.index("Called") < page.index("Waits long")
    assert helped(the_desk, staff) == "Called"


def test_without_the_skill_there_is_nobody_to_help(the_desk: Desk) -> None:
    """Fails closed: a technician gets no care case, a supervisor none at all."""
    the_desk.care_case()
    technician = the_desk.staff("malik", "technician")
    assert helped(the_desk, technician) == "/"
    supervisor = the_desk.staff("dominique", "supervisor")
    assert the_desk.browser(supervisor).post("/next").status_code == 403
    assert "Help the next person" not in the_desk.browser(supervisor).get("/").content.decode()
    assert Case.objects.get().state == "waiting"


def test_pressing_again_brings_back_to_the_same_person(the_desk: Desk) -> None:
    """One after the other, and a double click helps one."""
    the_desk.care_case(call_me="Ana")
    the_desk.care_case(call_me="Bo")
    staff = the_desk.staff("camille", "reviewer")
    assert {helped(the_desk, staff) for _ in range(3)} == {"Ana"}


def test_after_six_people_within_the_hour_it_is_time_for_a_pause(the_desk: Desk) -> None:
    """Whoever is tired is not kind; an hour later it goes on."""
    staff = the_desk.staff("camille", "reviewer")
    for n in range(PEOPLE_AN_HOUR + 1):
        the_desk.care_case(call_me=f"Person {n}")
    for n in range(PEOPLE_AN_HOUR):
        assert helped(the_desk, staff) == f"Person {n}"
        Case.objects.filter(holder=staff).update(state="closed", holder=None)
    browser = the_desk.browser(staff)
    page = browser.post("/next", follow=True).content.decode()
    assert "Have a coffee first" in page
    the_desk.clock.time += timedelta(minutes=61)
    assert helped(the_desk, staff) == f"Person {PEOPLE_AN_HOUR}"


def test_a_lapsed_case_is_somebody_elses_next(the_desk: Desk) -> None:
    """Nobody waits because a colleague went home."""
    the_desk.care_case(call_me="Ana")
    assert helped(the_desk, the_desk.staff("camille", "reviewer")) == "Ana"
    the_desk.clock.time += timedelta(minutes=31)
    assert helped(the_desk, the_desk.staff("alex", "reviewer")) == "Ana"


def test_only_a_press_counts(the_desk: Desk) -> None:
    """Nothing happens by looking, and a stranger logs in first."""
    staff = the_desk.staff("camille", "reviewer")
    assert the_desk.browser(staff).get("/next").status_code == 405
    assert the_desk.browser().post("/next").status_code == 302


def test_of_the_homes_one_knows_only_those_who_wait_are_tried(the_desk: Desk) -> None:
    """However many of them are held in an incident, or in a colleague's hands."""
    staff, colleague = the_desk.staff("camille", "reviewer"), the_desk.staff("alex", "reviewer")
    homes = [the_desk.enroll(call_me=name) for name in ("Held", "In hand", "Waits")]
    for home in homes:
        the_desk.receive(home, home.seal(home.alert()))
    Case.objects.update(state="closed", decided_by=staff, decided_at=the_desk.clock())
    for home in homes:
        the_desk.receive(home, home.seal(home.alert()))
    later = the_desk.clock() + timedelta(minutes=9)
    fresh = Case.objects.filter(decided_at=None)
    fresh.filter(call_me="Held").update(state="held", held_until=later)
    fresh.filter(call_me="In hand").update(
        state="claimed", holder=colleague, lease_until=later, fence=1
    )
    (found,) = who_waits.at_known_homes(**who_waits.given(staff, the_desk.clock()))
    assert Case.objects.get(pk=found.pk).call_me == "Waits"
    assert helped(the_desk, staff) == "Waits"
