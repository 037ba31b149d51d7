"""How it goes on with a machine: the technician says it, the owner reads it, with the part."""

from datetime import timedelta

import pytest

from escalation.cases import ConsentEnded, ForbiddenMove, WrongRole
from escalation.casework import acts, deskwork, servicing
from escalation.models import Case, ServiceNote, Staff
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from tests.escalation.notes import notes
from wire.messages import Choice, Language

pytestmark = pytest.mark.both_databases

TEXT = "It clicks in without a tool."
PART = "Tank switch"


@pytest.fixture
def theo(the_desk: Desk) -> Staff:
    """Return the technician."""
    return the_desk.staff("theo", "technician")


def a_machine(
    the_desk: Desk, theo: Staff, *, decided: bool = True, **changes: object
) -> tuple[Household, Case]:
    """Return a home whose machine has a fault, and its case, which Theo has decided."""
    home = the_desk.enroll(**changes)
    the_desk.receive(home, home.seal(home.service_report()))
    case = Case.objects.get()
    acts.claim(case, theo, the_desk.clock())
    if decided:
        acts.decide(
            case,
            theo,
            fence=case.fence,
            choice=Choice.REPAIR,
            reason="The switch in the tank sticks.",
            message="",
            now=the_desk.clock(),
        )
    return home, Case.objects.get()


def go_on(the_desk: Desk, case: Case, staff: Staff, part: str = PART) -> None:
    """Say how it goes on."""
    servicing.go_on(case, staff, part=part, text=TEXT, now=the_desk.clock())


@pytest.mark.parametrize(
    ("language", "part", "read"),
    [
        (Language.EN, PART, f"{TEXT}\nA part is on its way to you: {PART}."),
        (
            Language.FR,
            PART,
            f"{TEXT}\nUne pièce est en route vers vous\N{NO-BREAK SPACE}: {PART}.",
        ),
        (Language.FR, "", TEXT),
    ],
)
def test_the_owner_reads_it_in_their_language_with_the_name_of_who_says_it(
    the_desk: Desk, theo: Staff, language: Language, part: str, read: str
) -> None:
    """It is kept with the case, and a line of its audit."""
    home, case = a_machine(the_desk, theo, language=language)
    go_on(the_desk, case, theo, part)
    (note,) = notes(home)
    assert (note.sender, note.text) == ("Theo", read)
    line = case.events.get(event="service_note")
    assert (line.actor, line.told_owner is not None) == (theo, True)
    assert ServiceNote.objects.get().part == part


def test_nobody_but_a_technician_says_it_and_only_of_a_machine(
    the_desk: Desk, theo: Staff
) -> None:
    _home, case = a_machine(the_desk, theo)
    with pytest.raises(WrongRole):
        go_on(the_desk, case, the_desk.staff("nadia", "supervisor"))
    with pytest.raises(WrongRole):
        go_on(the_desk, the_desk.care_case(), theo)
    assert not ServiceNote.objects.exists()


def test_the_decision_comes_first(the_desk: Desk, theo: Staff) -> None:
    """What is decided goes home with its reason; this is what follows."""
    _home, case = a_machine(the_desk, theo, decided=False)
    with pytest.raises(ForbiddenMove):
        go_on(the_desk, case, theo)


def test_where_consent_has_ended_nothing_is_said_and_what_was_said_is_erased(
    the_desk: Desk, theo: Staff
) -> None:
    home, case = a_machine(the_desk, theo)
    go_on(the_desk, case, theo)
    late = case.consent_until + timedelta(seconds=1)
    with pytest.raises(ConsentEnded):
        servicing.go_on(case, theo, part="", text=TEXT, now=late)
    deskwork.erase(case)
    assert not ServiceNote.objects.exists()
    with pytest.raises(ConsentEnded):
        go_on(the_desk, Case.objects.get(), theo)
    assert len(notes(home)) == 1


def test_the_page_offers_it_after_the_decision_and_shows_what_was_said(
    the_desk: Desk, theo: Staff
) -> None:
    """Without words it asks for them; a supervisor reads it and says nothing."""
    _home, case = a_machine(the_desk, theo, decided=False)
    browser, address = the_desk.browser(theo), f"/cases/{case.pk}/"
    form = 'data-action="go-on"'
    assert form not in browser.get(address).text
    browser.post(
        f"{address}decide",
        {"fence": case.fence, "choice": "repair", "reason": "The switch sticks."},
    )
    assert form in browser.get(address).text
    answer = browser.post(f"{address}go-on", {"text": "", "part": PART})
    assert answer.status_code == 422
    assert "Write what you say to the owner." in answer.text
    assert f'value="{PART}"' in answer.text
    browser.post(f"{address}go-on", {"text": TEXT, "part": PART})
    page = browser.get(address).text
    assert TEXT in page
    assert f"<strong>{PART}</strong>" in page
    page = the_desk.browser(the_desk.staff("nadia", "supervisor")).get(address).text
    assert TEXT in page
    assert form not in page
