"""The guardian's pages, and that they stand outside the line: in accounts and on every page."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from escalation.casework import acts
from escalation.guarding import conversations, objections
from escalation.guarding.models import Against, Conversation
from escalation.models import Case, CaseEvent, Staff
from escalation.team import accounts
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from tests.escalation.notes import notes
from tests.escalation.test_feeling import PERSON, helped, says
from wire.messages import Language
from wire.options import ConfigError
from wire.words import OBJECTION

LINE = ("reviewer", "technician", "supervisor")


@pytest.fixture
def ines(the_desk: Desk) -> Staff:
    """Return the guardian."""
    return the_desk.staff("ines", "guardian")


@pytest.fixture
def camille(the_desk: Desk) -> Staff:
    """Return whoever decides."""
    return the_desk.staff("camille", "reviewer")


@pytest.fixture
def home(the_desk: Desk, camille: Staff) -> Household:
    """Return a household that objects to what Camille decided."""
    found, case = helped(the_desk, camille)
    text = f"{OBJECTION[Language.EN]} You <b>never</b> asked me."
    the_desk.receive(found, found.seal(found.reply(case.alert_id, text)))
    return found


def drawn(the_desk: Desk) -> Conversation:
    """Let the week go by; return what was drawn."""
    the_desk.clock.time += timedelta(days=7)
    conversations.draw(the_desk.clock(), one_in=1000)
    return Conversation.objects.get()


def add(*roles: str) -> None:
    """Make an account as the command does."""
    accounts.add_staff(
        "somebody",
        first_name="Some",
        roles=list(roles),
        language="fr",
        password="long enough for anybody",
    )


@pytest.mark.parametrize("role", LINE)
def test_a_guardian_has_no_other_role(the_desk: Desk, role: str) -> None:
    """The command says what to do; the database refuses it whoever asks."""
    with pytest.raises(ConfigError, match="give --role guardian alone"):
        add("guardian", role)
    assert not Staff.objects.exists()
    add("guardian")
    with pytest.raises(IntegrityError), transaction.atomic():
        Staff.objects.update(**{f"is_{role}": True})


def test_nothing_of_a_guardian_is_a_case(the_desk: Desk, ines: Staff, camille: Staff) -> None:
    """No list, no case, no search, no telephone, no skill, no supervisor's page."""
    care, service = the_desk.care_case(), the_desk.service_case()
    browser = the_desk.browser(ines)
    first = browser.get("/")
    assert (first.status_code, first.headers["Location"]) == (302, "/guardian/")
    for case in (care, service):
        for address in ("", "news", "journey"):
            assert browser.get(f"/cases/{case.pk}/{address}").status_code == 404
        for act in ("claim", "renew", "decide", "give-back", "talk", "contact"):
            assert browser.post(f"/cases/{case.pk}/{act}").status_code == 404
    assert care.call_me not in browser.get("/now").text
    for page in ("/called/", "/felt/", "/people/", "/incidents/", "/not-heard", "/kept-aside"):
        assert browser.get(page).status_code == 403, page
    assert browser.get("/practice/").status_code == 403
    assert browser.post("/next").status_code == 403
    acts.claim(care, camille, the_desk.clock())
    assert browser.get(f"/people/{ines.pk}/").status_code == 403


def test_the_list_names_nobody_and_the_page_only_who_objects(
    the_desk: Desk, ines: Staff, home: Household
) -> None:
    """Their words, what was decided, and no way to reach them; opening it is written down."""
    browser, row = the_desk.browser(ines), objections.unanswered().get()
    overview = browser.get("/guardian/").text
    assert "Somebody objects" in overview
    assert "not read yet" in overview
    for name in ("Madeleine", "Camille", home.device_id):
        assert name not in overview
    assert not CaseEvent.objects.filter(actor=ines).exists()
    page = browser.get(f"/guardian/objections/{row.pk}/").text
    assert "You &lt;b&gt;never&lt;/b&gt; asked me." in page
    assert "I would like to know how you are." in page
    assert "Madeleine" in page
    for hidden in (home.contact, home.device_id, "Reference machine", f"/cases/{row.case_id}/"):
        assert str(hidden) not in page
    assert CaseEvent.objects.filter(actor=ines, event="look").count() == 1
    assert "read, not answered yet" in browser.get("/guardian/").text


def test_an_answer_goes_home_and_stays_on_the_page(
    the_desk: Desk, ines: Staff, home: Household
) -> None:
    """Without what was done it is not taken, and no word of it is lost."""
    browser, row = the_desk.browser(ines), objections.unanswered().get()
    address = f"/guardian/objections/{row.pk}/"
    refused = browser.post(f"{address}answer", {"text": "You were right."})
    assert refused.status_code == 422
    assert "Write what was done about it." in refused.text
    assert "You were right.</textarea>" in refused.text
    assert [*notes(home)] == []
    words = {"done": "We spoke about it.", "text": "You were right."}
    answer = browser.post(f"{address}answer", words, follow=True)
    assert "It is kept, and on its way to them." in answer.text
    assert [note.text for note in notes(home)] == ["You were right."]
    page = browser.get(address).text
    assert "We spoke about it." in page
    assert "they wrote again" not in browser.get("/guardian/").text
    the_desk.clock.time += timedelta(hours=1)
    said = replace(home.reply(row.case.alert_id, "Thank you."), replied_at=the_desk.clock())
    the_desk.receive(home, home.seal(said))
    assert "they wrote again" in browser.get("/guardian/").text
    assert "Thank you." in browser.get(address).text
    assert "What they were told" in page
    again = browser.post(f"{address}answer", words, follow=True)
    assert "Another guardian has answered this meanwhile." in again.text
    assert len([*notes(home)]) == 1


def test_without_consent_the_page_says_that_nothing_is_sent(
    the_desk: Desk, ines: Staff, home: Household
) -> None:
    browser, row = the_desk.browser(ines), objections.unanswered().get()
    the_desk.clock.time = row.case.consent_until
    address = f"/guardian/objections/{row.pk}/"
    assert "it is written down, and not sent" in browser.get(address).text
    words = {"done": "Noted.", "text": "Sorry."}
    answer = browser.post(f"{address}answer", words, follow=True)
    assert "so it was not sent" in answer.text
    assert "Written, and not sent" in browser.get(address).text


def test_a_colleague_can_note_that_somebody_was_not_heard(
    the_desk: Desk, ines: Staff, camille: Staff
) -> None:
    """By telephone: the owner wrote nothing, and a guardian reads it all the same."""
    _home, case = helped(the_desk, camille)
    the_desk.browser(camille).post(f"/cases/{case.pk}/look-again")
    row = objections.unanswered().get()
    assert (row.case, row.against) == (case, Against.NOT_HEARD)
    page = the_desk.browser(ines).get(f"/guardian/objections/{row.pk}/").text
    assert "They wrote nothing themselves" in page


def test_a_conversation_is_read_without_names_and_told_afterwards(
    the_desk: Desk, ines: Staff, camille: Staff
) -> None:
    """Neither whose it is nor who wrote stands there before the guardian has written."""
    home, case = helped(the_desk, camille)
    says(the_desk, home, case, "Camille, that was kind.")
    one, browser = drawn(the_desk), the_desk.browser(ines)
    Case.objects.update(message="Hello Madeleine")
    address = f"/guardian/conversations/{one.pk}/"
    page = browser.get(address).text
    assert "Hello […]" in page
    assert "[…], that was kind." in page
    hidden = ("Madeleine", "Camille", home.device_id, f"/cases/{case.pk}")
    for trace in (*hidden, "Reference machine"):
        assert trace not in page
    assert CaseEvent.objects.filter(actor=ines, event="look").count() == 1
    empty = browser.post(f"{address}words", {"was_kind": " "})
    assert empty.status_code == 422
    assert "Answer at least one of them" in empty.text
    browser.post(f"{address}words", {"was_kind": "Very kind."})
    page = browser.get(address).text
    assert "What you said to Camille" in page
    assert "Very kind." in page
    browser.post(f"{address}words", {"was_kind": "Not so kind."})
    one.refresh_from_db()
    assert one.was_kind == "Very kind."


def test_what_a_guardian_says_is_for_one_colleague_alone(
    the_desk: Desk, ines: Staff, camille: Staff
) -> None:
    """Beside the thanks that came back; no supervisor's page has a word of it."""
    home, case = helped(the_desk, camille)
    says(the_desk, home, case, "Thank you, dear.")
    one, guardian = drawn(the_desk), the_desk.browser(ines)
    words = {"was_kind": "Very kind.", "left_room": "Ask more."}
    guardian.post(f"/guardian/conversations/{one.pk}/words", words)
    mine = the_desk.browser(camille)
    page = mine.get("/me/words").text
    for text in ("Thank you, dear.", "Was it kind?", "Very kind.", "Ask more.", "Ines"):
        assert text in page
    assert "Was it factual" not in page
    assert page.count(f'href="/cases/{case.pk}/"') == 2
    mine.post(f"/me/words/{one.pk}/answer", {"text": "I will, thank you."})
    assert "I will, thank you." in mine.get("/me/words").text
    assert "I will, thank you." in guardian.get(f"/guardian/conversations/{one.pk}/").text
    nadia = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    pages = ("/", "/felt/", "/people/", f"/people/{camille.pk}/", f"/cases/{case.pk}/")
    for address in (*pages, "/me/words"):
        shown = nadia.get(address).text
        assert "Very kind." not in shown
        assert "I will, thank you." not in shown


def test_an_unknown_wording_is_none(the_desk: Desk, ines: Staff) -> None:
    """And a reason is needed; what was written stays."""
    browser = the_desk.browser(ines)
    for act in ("suspend", "lift"):
        answer = browser.post(f"/guardian/wordings/no-such-words/{act}", {"reason": "So."})
        assert answer.status_code == 404
    refused = browser.post("/guardian/wordings/first-minute-you/suspend", {"reason": ""})
    assert refused.status_code == 422
    assert "Say why, kindly" in refused.text


def test_suspending_and_lifting_by_the_page(the_desk: Desk, ines: Staff) -> None:
    browser, address = the_desk.browser(ines), "/guardian/wordings/"
    words = {"reason": "It asks for too much."}
    page = browser.post(f"{address}first-minute-you/suspend", words, follow=True).text
    assert "From now on it is offered to nobody." in page
    assert "It asks for too much." in page
    assert "Read them: 1 is suspended" in browser.get("/guardian/").text
    page = browser.post(f"{address}first-minute-you/lift", follow=True).text
    assert "It is offered again." in page


@pytest.mark.parametrize(
    "path", ["/guardian/", "/guardian/objections/{objection}/", "/guardian/wordings/"]
)
def test_no_page_of_a_guardian_groups_anything_by_person(
    the_desk: Desk, ines: Staff, home: Household, path: str
) -> None:
    """Nobody is ranked here, either."""
    drawn(the_desk)
    browser: Client = the_desk.browser(ines)
    address = path.format(objection=objections.unanswered().get().pk)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address).status_code == 200
    for query in asked.captured_queries:
        _asks, _by, grouped = query["sql"].partition("GROUP BY")
        assert not re.search(PERSON, grouped), query["sql"]
