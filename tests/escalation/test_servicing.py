"""How it goes on with a machine: the technician says it, the owner reads it, with the part."""

from datetime import timedelta

import pytest

from escalation.cases import ConsentEnded, ForbiddenMove, WrongRole
from escalation.casework import acts, deskwork, servicing
from escalation.models import Case, PartEnd, ServiceNote, Staff
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
        (Language.EN, PART, f"{TEXT}\nYou will be sent a part: {PART}."),
        (
            Language.FR,
            PART,
            f"{TEXT}\nUne pièce va vous être envoyée\N{NO-BREAK SPACE}: {PART}.",
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


def test_a_promised_part_stands_in_the_list_until_the_owner_reads_that_it_has_left(
    the_desk: Desk, theo: Staff
) -> None:
    """Once, whoever presses; and the case says who sent it."""
    home, case = a_machine(the_desk, theo, call_me="Agathe", language=Language.EN)
    go_on(the_desk, case, theo)
    go_on(the_desk, case, theo, part="")
    browser, note = the_desk.browser(theo), ServiceNote.objects.exclude(part="").get()
    assert "1 part to send" in browser.get("/").text
    page = browser.get("/parts/").text
    assert "Agathe" in page
    assert PART in page
    assert "Still to be sent:" in browser.get(f"/cases/{case.pk}/").text
    for _pressed_twice in range(2):
        answer = browser.post(f"/parts/{note.pk}/end", {"end": "sent"}, follow=True)
    assert "That was done already" in answer.text
    assert "nobody waits for a part" in answer.text
    assert "Parts to send: none" in browser.get("/").text
    assert "A part is on its way:" in browser.get(f"/cases/{case.pk}/").text
    told = [(one.sender, one.text) for one in notes(home)]
    assert told[2:] == [("Theo", f"Your part is on its way to you: {PART}.")]
    assert case.events.filter(event="service_note", actor=theo).count() == 3


def test_a_part_that_is_not_needed_any_more_is_called_off(the_desk: Desk, theo: Staff) -> None:
    """The owner was promised it, so they are told."""
    home, case = a_machine(the_desk, theo, language=Language.EN)
    go_on(the_desk, case, theo)
    browser, note = the_desk.browser(theo), ServiceNote.objects.get()
    assert browser.post(f"/parts/{note.pk}/end").status_code == 400
    assert len(notes(home)) == 1
    browser.post(f"/parts/{note.pk}/end", {"end": "dropped"})
    assert notes(home)[1].text == f"This part is not needed any more, and is not sent: {PART}."
    assert "Not needed any more:" in browser.get(f"/cases/{case.pk}/").text
    assert not servicing.parts_to_send(the_desk.clock()).exists()


def test_the_list_is_by_name_and_holds_nobody_whose_consent_has_ended(
    the_desk: Desk, theo: Staff
) -> None:
    """However a name is written; and what they were promised is not sent any more."""
    for name in ("Zoé", "Émile", "agathe"):
        home = the_desk.enroll(call_me=name)
        the_desk.receive(home, home.seal(home.service_report()))
        case = Case.objects.get(device=home.device_id)
        case.decided_by = theo
        case.save()
        go_on(the_desk, case, theo)
    page = the_desk.browser(the_desk.staff("nadia", "supervisor")).get("/parts/").text
    assert 'data-action="end-part"' not in page
    assert page.index("agathe") < page.index("Émile") < page.index("Zoé")
    note = ServiceNote.objects.get(case__call_me="Zoé")
    the_desk.clock.time = note.case.consent_until
    browser = the_desk.browser(theo)
    assert "Zoé" not in browser.get("/parts/").text
    with pytest.raises(ConsentEnded):
        servicing.end_part(note, theo, PartEnd.SENT, the_desk.clock())
    assert len(ServiceNote.objects.filter(part_end="")) == 3
