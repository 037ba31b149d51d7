"""Incidents in the pages: supervisors see, tell and end them; nobody else."""

import pytest

from escalation.casework import incidents
from escalation.casework.cohorts import AT_LEAST
from escalation.models import Case, Incident
from tests.escalation.conftest import Desk
from tests.escalation.test_incidents import TEXTS, review, wave
from wire.messages import Language


def test_a_supervisor_reads_tells_and_ends_an_incident(the_desk: Desk) -> None:
    homes = wave(the_desk, language=Language.EN)
    incident = review(the_desk)
    browser = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    front = browser.get("/").text
    assert "Held together:" in front
    assert f"Incidents: {AT_LEAST} people held" in front
    page = browser.get(f"/incidents/{incident.pk}/").text
    assert "Reference machine · 1.0.0 · More coffee" in page
    assert "Opened by the desk itself" in page
    words = {"text_fr": TEXTS[Language.FR], "text_en": TEXTS[Language.EN]}
    answer = browser.post(f"/incidents/{incident.pk}/tell", words, follow=True)
    assert "It is on its way to each of them" in answer.text
    incidents.review(the_desk.clock())
    assert (
        f"{AT_LEAST} people have been told." in browser.get(f"/incidents/{incident.pk}/").text
    )
    case = Case.objects.get(device_id=homes[2].device_id)
    page = browser.get(f"/cases/{case.pk}/").text
    assert "Held together with others that report the same" in page
    assert "The owner has been told." in page
    the_desk.receive(homes[2], homes[2].seal(homes[2].reply(case.alert_id, "I had guests.")))
    assert "I had guests." in browser.get(f"/incidents/{incident.pk}/").text
    answer = browser.post(f"/incidents/{incident.pk}/release", follow=True)
    assert f"{AT_LEAST - 1} people wait for one of us now" in answer.text
    assert "Ended by Nadia." in answer.text
    assert browser.post(f"/incidents/{incident.pk}/release").status_code == 404


def test_whoever_ends_it_before_all_are_told_reads_how_many_are_not(the_desk: Desk) -> None:
    """It was said that the words are on their way; a person is better than late ones."""
    wave(the_desk)
    incident = review(the_desk)
    browser = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    words = {"text_fr": TEXTS[Language.FR], "text_en": TEXTS[Language.EN]}
    browser.post(f"/incidents/{incident.pk}/tell", words)
    answer = browser.post(f"/incidents/{incident.pk}/release", follow=True)
    assert (
        f"{AT_LEAST} of them had not been told yet, and are not told any more." in answer.text
    )


def test_of_words_that_nobody_wrote_nothing_is_said(the_desk: Desk) -> None:
    wave(the_desk)
    incident = review(the_desk)
    browser = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    answer = browser.post(f"/incidents/{incident.pk}/release", follow=True)
    assert "not been told" not in answer.text


def test_an_incident_is_opened_by_hand_from_what_waits(the_desk: Desk) -> None:
    case = the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    assert "No incident. Each household is its own." in browser.get("/incidents/").text
    Case.objects.update(machine_batch="B7")
    assert "Reference machine · 1.0.0 · batch B7" in browser.get("/incidents/").text
    chosen = {"cohort": "Reference machine\n1.0.0\nB7\nrise"}
    answer = browser.post("/incidents/open", chosen, follow=True)
    assert "Opened by Nadia" in answer.text
    case.refresh_from_db()
    assert case.state == "held"
    browser.post("/incidents/open", chosen)
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("said", ["", "everything", "a\nb\nc\nd\ne", "\n\n\n"])
def test_what_nobody_chose_holds_nothing(the_desk: Desk, said: str) -> None:
    """A form that was bent must not hold everybody."""
    the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    browser.post("/incidents/open", {"cohort": said})
    assert not Incident.objects.exists()


def test_both_languages_are_written_before_anybody_is_told(the_desk: Desk) -> None:
    wave(the_desk)
    incident = review(the_desk)
    browser = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    answer = browser.post(
        f"/incidents/{incident.pk}/tell", {"text_fr": "Bonjour.", "text_en": ""}
    )
    assert answer.status_code == 422
    assert "Bonjour." in answer.text
    incident.refresh_from_db()
    assert incident.text_fr == ""
