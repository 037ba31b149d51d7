"""A wave of one cohort becomes one incident: held, told, answered, released; nobody starves."""

from datetime import timedelta

import pytest

from escalation.cases import HELD_IN_INCIDENT_AT_MOST, CaseError, Event, WrongRole
from escalation.casework import deskwork, incidents, next_case, self_audit, unstaffed
from escalation.casework.cohorts import AT_LEAST, WINDOW, Cohort
from escalation.casework.deskwork import Birth
from escalation.intake.matters import judge
from escalation.keeping import retention
from escalation.models import Case, CaseEvent, Device, Incident, Staff
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from tests.escalation.notes import notes
from wire.messages import Asked, Help, Language, Machine

pytestmark = pytest.mark.both_databases

TEXTS = {
    Language.FR: "Une mise à jour compte mal. Tout va bien chez vous\N{NO-BREAK SPACE}?",
    Language.EN: "An update counts wrongly. Is all well with you?",
}


def wave(the_desk: Desk, number: int = AT_LEAST, **changes: object) -> list[Household]:
    """Return households of one firmware whose machines all report the same."""
    homes = [the_desk.enroll(call_me=f"Wave {n}", **changes) for n in range(number)]
    for home in homes:
        the_desk.receive(home, home.seal(home.alert()))
    return homes


def review(the_desk: Desk) -> Incident:
    """Let the clock look; return the one incident that there is."""
    incidents.review(the_desk.clock())
    return Incident.objects.get()


def state_of(home: Household) -> str:
    """Return the state of the household's one case."""
    return Case.objects.get(device_id=home.device_id).state


@pytest.fixture
def supervisor(the_desk: Desk) -> Staff:
    """Return somebody who may end an incident."""
    return the_desk.staff("nadia", "supervisor")


def test_a_wave_of_one_firmware_becomes_one_incident(the_desk: Desk) -> None:
    """However often the clock looks; whoever comes later joins it."""
    wave(the_desk)
    other = the_desk.care_case(firmware="0.9")
    for _ in range(3):
        incident = review(the_desk)
    assert (incident.machine_firmware, incident.noticed) == ("1.0.0", "rise")
    assert incident.cases.filter(state="held").count() == AT_LEAST
    other.refresh_from_db()
    assert (other.state, other.incident) == ("waiting", None)
    the_desk.clock.time += timedelta(minutes=20)
    (late,) = wave(the_desk, 1)
    review(the_desk)
    assert state_of(late) == "held"


def test_a_wave_of_one_batch_is_an_incident_of_that_batch(the_desk: Desk) -> None:
    """The register at the desk knows who has one; no message from home says it."""
    firmwares = ["1.0.0", "1.1.0"] * (AT_LEAST // 2)
    homes = [the_desk.enroll(firmware=firmware) for firmware in firmwares]
    Device.objects.update(batch="B7")
    for home in homes:
        the_desk.receive(home, home.seal(home.alert()))
    other = the_desk.care_case()
    incident = review(the_desk)
    assert (incident.machine_batch, incident.machine_firmware) == ("B7", "")
    assert {state_of(home) for home in homes} == {"held"}
    other.refresh_from_db()
    assert other.state == "waiting"


def test_each_hold_is_a_line_of_the_audit_and_the_chain_stays_whole(the_desk: Desk) -> None:
    wave(the_desk)
    review(the_desk)
    assert CaseEvent.objects.filter(event=Event.HOLD, actor=None).count() == AT_LEAST
    assert retention.broken_cases() == []


def test_one_less_is_no_wave_and_everybody_waits_for_a_person(the_desk: Desk) -> None:
    wave(the_desk, AT_LEAST - 1)
    incidents.review(the_desk.clock())
    assert not Incident.objects.exists()
    assert set(Case.objects.values_list("state", flat=True)) == {"waiting"}


def test_a_firmware_that_is_always_loud_makes_no_wave(the_desk: Desk) -> None:
    """It is compared with its own past."""
    for home in wave(the_desk, AT_LEAST):
        deskwork.owner_resolved(Case.objects.get(device_id=home.device_id), the_desk.clock())
    the_desk.clock.time += WINDOW
    # Twenty in a quarter of a day, and the same before; two hundred are usual in a month.
    Case.objects.filter(state="closed").update(opened_at=the_desk.clock() - WINDOW)
    for _ in range(23):
        wave(the_desk, AT_LEAST)
        Case.objects.exclude(state="closed").update(
            state="closed", opened_at=the_desk.clock() - 2 * WINDOW
        )
    wave(the_desk, AT_LEAST)
    incidents.review(the_desk.clock())
    assert not Incident.objects.exists()


def test_others_are_helped_while_a_wave_is_held(the_desk: Desk) -> None:
    """Ten thousand machines of one batch were first; the next person helped is none of them."""
    flood(the_desk, 10_000)
    other = the_desk.care_case(call_me="Ana", model="Another machine")
    camille = the_desk.staff("camille", "reviewer")
    review(the_desk)
    assert Case.objects.filter(state="held").count() == 10_000
    taken = next_case.take(camille, the_desk.clock())
    assert taken == other
    assert unstaffed.review(the_desk.clock()) == 0
    assert self_audit.neglected(the_desk.clock()) == []


def flood(the_desk: Desk, number: int) -> None:
    """Open as many cases of one machine, as the intake does it."""
    home = the_desk.enroll()
    alert = home.alert()
    new = judge(alert, position=(1, 1), withdrawals=(), now=the_desk.clock())
    device = Device.objects.get(pk=home.device_id)
    assert new is not None
    births = [
        Birth(device=device, new=new, alert_id=f"{n:032x}", position=(1, n))
        for n in range(number)
    ]
    deskwork.open_cases(births, the_desk.clock())


def test_whoever_asked_for_a_call_is_never_held(the_desk: Desk) -> None:
    wave(the_desk)
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert(asked=Asked.OWNER_CALLED)))
    review(the_desk)
    assert state_of(home) == "waiting"


def test_a_call_from_a_held_home_ends_its_hold_at_once(the_desk: Desk) -> None:
    """It comes first, before everybody."""
    homes = wave(the_desk)
    review(the_desk)
    case = Case.objects.get(device_id=homes[3].device_id)
    call = Help(
        asked_at=the_desk.clock(),
        owner=homes[3].owner(),
        machine=Machine(model="Reference machine", firmware="1.0.0"),
        alert_id=case.alert_id,
        ledger_head="",
    )
    the_desk.receive(homes[3], homes[3].seal(call))
    incidents.review(the_desk.clock())
    case.refresh_from_db()
    assert (case.state, case.owner_called) == ("waiting", True)
    camille = the_desk.staff("camille", "reviewer")
    assert next_case.take(camille, the_desk.clock()) == case


def test_owners_are_told_together_each_once_and_in_their_language(
    the_desk: Desk, supervisor: Staff
) -> None:
    """Also whoever joins afterwards; and the audit names each message."""
    homes = wave(the_desk)
    incident = review(the_desk)
    incidents.tell(incident, supervisor, TEXTS)
    (late,) = wave(the_desk, 1, language=Language.EN)
    for _ in range(2):
        review(the_desk)
    for home, language in ((homes[0], Language.FR), (late, Language.EN)):
        (note,) = notes(home)
        assert (note.text, note.sender) == (TEXTS[language], "Nadia")
        line = CaseEvent.objects.get(case__device=home.device_id, event=Event.INFORM)
        assert line.told_owner is not None


def test_whoever_answers_is_listened_to_and_leaves_the_hold(
    the_desk: Desk, supervisor: Staff
) -> None:
    """No monologue: the answer waits for a person, first in line."""
    homes = wave(the_desk)
    older = the_desk.care_case(model="Another machine")
    Case.objects.filter(pk=older.pk).update(opened_at=the_desk.clock() - timedelta(minutes=30))
    incidents.tell(review(the_desk), supervisor, TEXTS)
    review(the_desk)
    case = Case.objects.get(device_id=homes[5].device_id)
    the_desk.receive(homes[5], homes[5].seal(homes[5].reply(case.alert_id, "Not at all.")))
    review(the_desk)
    assert state_of(homes[5]) == "waiting"
    camille = the_desk.staff("camille", "reviewer")
    assert next_case.take(camille, the_desk.clock()) == case


def test_an_owner_who_is_fine_needs_nobody(the_desk: Desk) -> None:
    """From the hold as from everywhere."""
    homes = wave(the_desk)
    review(the_desk)
    case = Case.objects.get(device_id=homes[0].device_id)
    the_desk.receive(homes[0], homes[0].seal(homes[0].resolved(case.alert_id)))
    assert state_of(homes[0]) == "closed"
    the_desk.receive(homes[1], homes[1].seal(homes[1].withdrawal("care_alert")))
    gone = Case.objects.get(device_id=homes[1].device_id)
    assert (gone.state, gone.erased) == ("closed", True)


def test_a_hold_has_an_end_and_then_a_personal_contact(the_desk: Desk) -> None:
    """First in line, and never held a second time."""
    wave(the_desk)
    review(the_desk)
    the_desk.clock.time += HELD_IN_INCIDENT_AT_MOST - timedelta(seconds=1)
    review(the_desk)
    assert Case.objects.filter(state="held").count() == AT_LEAST
    the_desk.clock.time += timedelta(seconds=1)
    for _ in range(2):
        review(the_desk)
    waits = Case.objects.filter(state="waiting", comes_first=True, held_until=None)
    assert waits.count() == AT_LEAST
    assert self_audit.neglected(the_desk.clock()) == []


def test_those_who_were_held_and_all_others_take_turns(the_desk: Desk) -> None:
    """First in line, and yet a released wave starves nobody."""
    wave(the_desk)
    review(the_desk)
    the_desk.clock.time += HELD_IN_INCIDENT_AT_MOST
    review(the_desk)
    for n in range(3):
        the_desk.care_case(call_me=f"Other {n}", model="Another machine")
    camille = the_desk.staff("camille", "reviewer")
    order = []
    for _ in range(4):
        case = next_case.take(camille, the_desk.clock())
        assert case is not None
        order.append(case.call_me.split()[0])
        Case.objects.filter(pk=case.pk).update(state="closed")
    assert order == ["Wave", "Other", "Wave", "Other"]


def test_a_supervisor_releases_and_those_who_were_told_are_asked_whether_it_helped(
    the_desk: Desk, supervisor: Staff
) -> None:
    homes = wave(the_desk, language=Language.EN)
    incident = review(the_desk)
    incidents.tell(incident, supervisor, TEXTS)
    review(the_desk)
    the_desk.clock.time += timedelta(hours=1)
    (late,) = wave(the_desk, 1)
    incidents._hold(incident, the_desk.clock())
    with pytest.raises(WrongRole):
        incidents.release(incident, the_desk.staff("sam", "reviewer"), the_desk.clock())
    assert incidents.release(incident, supervisor, the_desk.clock()) == AT_LEAST + 1
    for _ in range(2):
        incidents.review(the_desk.clock())
    assert [len(notes(home)) for home in (homes[0], late)] == [2, 0]
    assert "Did our message help you?" in notes(homes[0])[1].text
    released = CaseEvent.objects.filter(event=Event.RELEASE, actor=supervisor)
    assert released.count() == AT_LEAST + 1
    assert set(Case.objects.values_list("state", flat=True)) == {"waiting"}


def test_a_supervisor_opens_an_incident_by_hand_and_nobody_else(
    the_desk: Desk, supervisor: Staff
) -> None:
    """A recall is known before machines report it."""
    case = the_desk.care_case()
    cohort = Cohort(model="Reference machine")
    with pytest.raises(CaseError):
        incidents.open_by_hand(cohort, the_desk.staff("sam", "reviewer"), the_desk.clock())
    incident = incidents.open_by_hand(cohort, supervisor, the_desk.clock())
    assert incident == incidents.open_by_hand(cohort, supervisor, the_desk.clock())
    case.refresh_from_db()
    assert (case.state, case.incident, incident.opened_by) == ("held", incident, supervisor)


def test_an_incident_that_nobody_is_in_any_more_ends_by_itself(
    the_desk: Desk, supervisor: Staff
) -> None:
    incidents.open_by_hand(Cohort(model="Nobody has it"), supervisor, the_desk.clock())
    the_desk.clock.time += WINDOW
    incident = review(the_desk)
    assert (incident.released_at, incident.released_by) == (the_desk.clock(), None)


def test_the_page_knows_how_many_others_report_the_same(the_desk: Desk) -> None:
    """Other machines: the same home twice is one, and another model is none."""
    home = the_desk.enroll()
    for _ in range(2):
        the_desk.receive(home, home.seal(home.alert()))
    the_desk.care_case()
    the_desk.care_case(model="Another machine")
    case = Case.objects.filter(device=home.device_id).earliest("pk")
    assert incidents.alike(case, the_desk.clock()) == 1
