"""The quiet hours of an owner's own file: nobody calls then, unless the owner asks for it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from escalation.cases import QuietNow
from escalation.casework import acts, calls, wishes
from escalation.models import Case, Staff
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from wire import messages
from wire.messages import Asked, Choice, Language, QuietHours

pytestmark = pytest.mark.both_databases

IN_PARIS_NOW = QuietHours(begins="10:00", ends="10:35", timezone="Europe/Paris")
"""Half past nine in UTC is half past ten in Paris, in March."""
BY_NIGHT = QuietHours(begins="22:00", ends="08:00", timezone="Europe/Paris")


def a_case(
    the_desk: Desk, quiet: QuietHours | None, language: Language = Language.EN
) -> tuple[Household, Case, Staff]:
    """Return a home with these quiet hours, its case, and who has it."""
    camille = the_desk.staff("camille", "reviewer")
    home = the_desk.enroll(language=language, quiet=quiet)
    the_desk.receive(home, home.seal(home.alert()))
    case = Case.objects.get()
    acts.claim(case, camille, the_desk.clock())
    return home, case, camille


def decide_to_call(the_desk: Desk, case: Case, staff: Staff, why_now: str = "") -> None:
    """Decide so."""
    acts.decide(
        Case.objects.get(pk=case.pk),
        staff,
        fence=case.fence,
        choice=Choice.CALL,
        reason="A word seems kind.",
        message="",
        why_now=why_now,
        now=the_desk.clock(),
    )


def test_in_quiet_hours_nobody_calls_whatever_the_reason(the_desk: Desk) -> None:
    """Neither begun nor decided; nothing leaves, and the case stays as it was."""
    _home, case, camille = a_case(the_desk, IN_PARIS_NOW)
    told = case.outgoingmessage_set.count()
    with pytest.raises(QuietNow):
        calls.begin(case, camille, fence=case.fence, why="Urgent.", now=the_desk.clock())
    with pytest.raises(QuietNow):
        decide_to_call(the_desk, case, camille, why_now="Urgent.")
    assert case.outgoingmessage_set.count() == told
    assert Case.objects.get().state == "claimed"
    the_desk.clock.time += timedelta(minutes=5)
    decide_to_call(the_desk, case, camille)
    assert Case.objects.get().choice == Choice.CALL


def test_a_letter_disturbs_nobody(the_desk: Desk) -> None:
    _home, case, camille = a_case(the_desk, IN_PARIS_NOW)
    acts.decide(
        case,
        camille,
        fence=case.fence,
        choice=Choice.WRITE,
        reason="A word seems kind.",
        message="How are you?",
        now=the_desk.clock(),
    )
    assert Case.objects.get().choice == Choice.WRITE


@pytest.mark.parametrize(
    ("begins", "ends", "zone", "quiet"),
    [
        ("22:00", "08:00", "Europe/Paris", False),
        ("22:00", "10:31", "Europe/Paris", True),
        ("22:00", "10:30", "Europe/Paris", False),
        ("10:30", "22:00", "Europe/Paris", True),
        ("18:00", "19:00", "Asia/Tokyo", True),
        ("22:00", "08:00", "America/New_York", True),
        ("22:00", "08:00", "Not/AZone", False),
        ("22:00", "08:00", "../../etc/passwd", False),
    ],
)
def test_they_are_those_of_the_clock_on_their_own_wall(
    the_desk: Desk, begins: str, ends: str, zone: str, *, quiet: bool
) -> None:
    """Of a zone that nobody knows, the desk's own is the nearest guess."""
    hours = QuietHours(begins=begins, ends=ends, timezone=zone)
    _home, case, camille = a_case(the_desk, hours)
    found = wishes.quiet_of(case)
    assert found is not None
    assert found.lasts(the_desk.clock()) is quiet
    if not quiet:
        calls.begin(case, camille, fence=case.fence, now=the_desk.clock())


def test_a_later_edit_counts_as_soon_as_any_message_brings_it(the_desk: Desk) -> None:
    """Also for the case that is open; an older message that comes late changes nothing."""
    home, case, camille = a_case(the_desk, BY_NIGHT)
    late = home.seal(home.service_report())
    home.quiet = IN_PARIS_NOW
    the_desk.receive(home, home.seal(home.service_report()))
    the_desk.receive(home, late)
    with pytest.raises(QuietNow):
        calls.begin(case, camille, fence=case.fence, now=the_desk.clock())
    home.quiet = None
    the_desk.receive(home, home.seal(home.service_report()))
    calls.begin(case, camille, fence=case.fence, now=the_desk.clock())


def test_an_alert_that_comes_anew_brings_them_to_every_case_of_the_home(
    the_desk: Desk,
) -> None:
    """Also where a later message had told earlier ones; nothing else of it is taken over."""
    home, case, camille = a_case(the_desk, BY_NIGHT)
    sent = home.alert()
    the_desk.receive(home, home.seal(home.service_report()))
    home.quiet = IN_PARIS_NOW
    anew = replace(sent, owner=home.owner())
    the_desk.receive(home, home.seal(anew, message_id=case.alert_id))
    with pytest.raises(QuietNow):
        calls.begin(case, camille, fence=case.fence, now=the_desk.clock())
    assert not case.events.filter(event="named").exists()


def test_whoever_asked_for_a_call_is_called_at_any_hour(the_desk: Desk) -> None:
    """And that call for help, which tells no hours, does not make them forgotten."""
    home, case, camille = a_case(the_desk, IN_PARIS_NOW)
    asked = messages.Help(
        asked_at=home.now,
        owner=messages.Owner(call_me="Madeleine", language=home.language, contact="1"),
        machine=messages.Machine(model="m", firmware=None),
        alert_id=case.alert_id,
        ledger_head="5e" * 32,
    )
    the_desk.receive(home, home.seal(asked))
    case = Case.objects.get()
    assert wishes.quiet_of(case) is not None
    calls.begin(case, camille, fence=case.fence, now=the_desk.clock())


def test_an_alert_of_somebody_who_called_is_answered_at_any_hour(the_desk: Desk) -> None:
    camille = the_desk.staff("camille", "reviewer")
    home = the_desk.enroll(quiet=IN_PARIS_NOW)
    the_desk.receive(home, home.seal(home.alert(asked=Asked.OWNER_CALLED)))
    case = Case.objects.get()
    acts.claim(case, camille, the_desk.clock())
    decide_to_call(the_desk, case, camille)


def test_they_go_with_the_contact_that_they_belong_to(the_desk: Desk) -> None:
    """Taken back with it, also from what was sent before and arrives afterwards."""
    home, case, _camille = a_case(the_desk, IN_PARIS_NOW)
    late = home.seal(home.service_report())
    the_desk.receive(home, home.seal(home.withdrawal("contact_me")))
    the_desk.receive(home, late)
    assert wishes.quiet_of(case) is None
    owners = [payload["owner"] for payload in Case.objects.values_list("payload", flat=True)]
    assert [(owner["contact"], owner["quiet"]) for owner in owners] == [(None, None)] * 2


@pytest.mark.parametrize(
    ("language", "hours", "nobody", "waits"),
    [
        (
            "en",
            "Quiet from 10:00 to 10:35, at home. It is 10:30 there.",
            "Nobody calls now.",
            "a call waits until 10:35",
        ),
        (
            "fr",
            "Au calme de 10:00 à 10:35, à la maison. Il y est 10:30.",
            "Personne n’appelle maintenant.",
            "un appel attend jusqu’à 10:35",
        ),
    ],
)
def test_the_page_says_it_in_the_time_of_their_home(
    the_desk: Desk, language: str, hours: str, nobody: str, waits: str
) -> None:
    """And offers neither a button nor a decision for a call that would be refused."""
    _home, case, camille = a_case(the_desk, IN_PARIS_NOW)
    camille.language = language
    camille.save()
    browser = the_desk.browser(camille)
    page = browser.get(f"/cases/{case.pk}/").text
    assert hours in page
    assert nobody in page
    assert waits in page
    button = "I am on the line" if language == "en" else "Je suis en ligne"
    assert button not in page
    call = 'name="choice" value="call"'
    assert call not in page
    the_desk.clock.time += timedelta(minutes=5)
    page = browser.get(f"/cases/{case.pk}/").text
    assert nobody not in page
    assert waits not in page
    assert call in page


def test_whoever_decides_so_all_the_same_is_told_why_not(the_desk: Desk) -> None:
    _home, case, camille = a_case(the_desk, IN_PARIS_NOW)
    said = the_desk.browser(camille).post(
        f"/cases/{case.pk}/decide",
        {"fence": case.fence, "choice": "call", "reason": "A word seems kind."},
        follow=True,
    )
    assert "These are the owner’s quiet hours" in said.text
    assert Case.objects.get().state == "claimed"
