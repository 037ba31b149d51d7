"""An owner gets what the desk has of their household, and nobody else's."""

from datetime import timedelta

import pytest

from agent.giving_back.desk_words import HAPPENED, says
from agent.giving_back.withheld import register
from escalation.cases import Event
from escalation.casework import acts
from escalation.keeping import giving_back
from escalation.models import Case, CaseEvent, Device, HandOver, OutgoingMessage, OwnerReply
from tests.escalation.conftest import Desk
from tests.escalation.household import LEDGER_HEAD, Household
from tests.escalation.test_back_channel import outcomes, sent_to
from wire import schema
from wire.messages import (
    DeskLine,
    Erase,
    Felt,
    GiveBack,
    GivenBack,
    Language,
    Message,
    Reply,
)

pytestmark = pytest.mark.both_databases

ALERT_ID = "ab" * 16
ASKED = "cd" * 16


def a_wish(home: Household) -> GiveBack:
    return GiveBack(asked_at=home.now, ledger_head=LEDGER_HEAD)


def given(the_desk: Desk, home: Household, *, asked: str = ASKED) -> list[GivenBack]:
    """Ask, and return the parts of the answer in the order in which they come."""
    the_desk.receive(home, home.seal(a_wish(home), message_id=asked))
    messages: list[Message] = sent_to(the_desk, home)
    return [one for one in messages if isinstance(one, GivenBack)]


def lines(parts: list[GivenBack]) -> list[DeskLine]:
    return [line for part in parts for line in part.lines]


def told(parts: list[GivenBack]) -> set[tuple[str, str, str]]:
    return {(line.what, line.by, line.text) for line in lines(parts)}


def a_case(the_desk: Desk, home: Household, *, reason: str = "A long pause here.") -> Case:
    """Have somebody look, decide and write, and the owner answer and say how it felt."""
    staff = the_desk.staff("camille", "reviewer")
    the_desk.receive(home, home.seal(home.alert(), message_id=ALERT_ID))
    case = Case.objects.get(device=home.device_id)
    acts.look(case, staff, now=the_desk.clock())
    HandOver.objects.create(case=case, by=staff, text="She likes the mornings.", at=home.now)
    the_desk.decide(case, staff, reason=reason, message="We think of you.")
    reply = Reply(alert_id=ALERT_ID, text="All is well.", replied_at=home.now)
    the_desk.receive(home, home.seal(reply))
    felt = Felt(
        alert_id=ALERT_ID, text="It was kind.", felt_at=home.now, consent=home.consent()
    )
    the_desk.receive(home, home.seal(felt))
    return case


def test_who_looked_what_was_decided_and_what_was_written(the_desk: Desk) -> None:
    home = the_desk.enroll()
    case = a_case(the_desk, home)
    name = case.decided_by.first_name if case.decided_by else ""
    parts = given(the_desk, home)
    assert told(parts) >= {
        ("receive", "", ""),
        ("look", name, ""),
        ("choice", name, "write"),
        ("reason", name, "A long pause here."),
        ("message", name, "We think of you."),
        ("hand_over", name, "She likes the mornings."),
        ("owner_reply", "", "All is well."),
        ("owner_felt", "", "It was kind."),
        ("kept", "", ""),
        ("name", "", home.call_me),
    }
    assert {line.about for line in lines(parts)} == {"", ALERT_ID}
    assert [line.at for line in lines(parts)] == sorted(line.at for line in lines(parts))
    assert {(part.asked, part.withheld) for part in parts} == {(ASKED, giving_back.WITHHELD)}


def test_nobody_gets_anything_of_another_household(the_desk: Desk) -> None:
    neighbour, home = the_desk.enroll(call_me="Agathe"), the_desk.enroll()
    a_case(the_desk, neighbour)
    assert {line.what for line in lines(given(the_desk, home))} <= {"enrolled", "heard"}


def test_no_more_than_a_first_name_of_anybody_who_works_there(the_desk: Desk) -> None:
    home = the_desk.enroll()
    case = a_case(the_desk, home)
    assert case.decided_by is not None
    name = case.decided_by.first_name
    assert {line.by for line in lines(given(the_desk, home))} == {"", name}


def test_what_was_erased_is_told_as_such_and_who_looked_stays(the_desk: Desk) -> None:
    home = the_desk.enroll()
    case = a_case(the_desk, home)
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    parts = given(the_desk, home)
    name = case.decided_by.first_name if case.decided_by else ""
    assert told(parts) >= {("look", name, ""), ("emptied", "", "")}
    assert {text for _, _, text in told(parts)} <= {"", "write", "care_alert"}


def test_after_an_erasure_nothing_but_the_audit_is_given(the_desk: Desk) -> None:
    home = the_desk.enroll()
    a_case(the_desk, home)
    the_desk.receive(home, home.seal(Erase(asked_at=home.now, ledger_head=LEDGER_HEAD)))
    assert {text for _, _, text in told(given(the_desk, home))} <= {"", "write"}


@pytest.mark.parametrize("letter", ["a", "é", "\N{HOT BEVERAGE}", "\x01", '"'])
def test_however_much_it_is_every_part_fits_its_envelope(the_desk: Desk, letter: str) -> None:
    """Sixty cases with the longest words there can be, of letters of every size."""
    home = the_desk.enroll()
    case = a_case(the_desk, home, reason=letter * 600 if letter != "\x01" else "x")
    Case.objects.filter(pk=case.pk).update(reason=letter * 600, message=letter * 600)
    assert case.decided_by is not None
    for number in range(60):
        HandOver.objects.create(case=case, by=case.decided_by, text=letter * 600, at=home.now)
        OwnerReply.objects.create(
            case=case, text=f"{number}{letter * 590}", replied_at=home.now
        )
    parts = given(the_desk, home)
    assert [part.number for part in parts] == [*range(1, parts[0].of + 1)]
    whole = "".join(line.text for line in lines(parts) if line.what == "hand_over")
    assert whole.replace("She likes the mornings.", "") == letter * 600 * 60


def test_who_asks_twice_gets_the_later_answer(the_desk: Desk) -> None:
    home = the_desk.enroll()
    a_case(the_desk, home)
    the_desk.receive(home, home.seal(a_wish(home), message_id=ASKED))
    parts = given(the_desk, home, asked="ef" * 16)
    assert {part.asked for part in parts} == {"ef" * 16}
    again = OutgoingMessage.objects.filter(type="given_back", unconfirmed=True)
    assert {row.about for row in again} == {"ef" * 16}


def test_the_same_question_again_is_answered_once(the_desk: Desk) -> None:
    home = the_desk.enroll()
    envelope = home.seal(a_wish(home), message_id=ASKED)
    the_desk.receive(home, envelope)
    first = sent_to(the_desk, home)
    the_desk.receive(home, envelope)
    second = sent_to(the_desk, home)
    assert outcomes(first) == ["accepted"]
    assert outcomes(second) == ["repeated"]
    assert not any(isinstance(message, GivenBack) for message in second)


def test_asking_is_no_sign_that_more_will_come(the_desk: Desk) -> None:
    """Who has taken everything back and asks what is left is still left in peace."""
    home = the_desk.enroll()
    a_case(the_desk, home)
    everything = home.withdrawal("care_alert", "device_health", "learn_routine")
    the_desk.receive(home, home.seal(everything))
    assert Device.objects.get(pk=home.device_id).left_in_peace
    the_desk.clock.time += timedelta(hours=1)
    assert given(the_desk, home)
    assert Device.objects.get(pk=home.device_id).left_in_peace


def test_reading_what_is_there_changes_nothing(the_desk: Desk) -> None:
    home = the_desk.enroll()
    case = a_case(the_desk, home)
    given(the_desk, home)
    before = CaseEvent.objects.filter(case=case).count()
    given(the_desk, home, asked="ef" * 16)
    assert CaseEvent.objects.filter(case=case).count() == before


def test_every_table_about_a_household_is_given_or_has_a_reason() -> None:
    relations = (*Case._meta.related_objects, *Device._meta.related_objects)
    tables = {relation.related_model.__name__ for relation in relations}
    given = {words.model.__name__ for words in giving_back.GIVEN}
    not_given = set(giving_back.NOT_GIVEN)
    assert tables == given | not_given | {"Case", "CaseEvent", "OwnerReply"}
    assert not given & not_given


def test_the_device_has_words_for_everything_that_the_desk_can_say() -> None:
    written = {what for words in giving_back.GIVEN for what in words.texts.values()}
    for language in Language:
        assert set(HAPPENED[language]) >= {*map(str, Event), *written}
        assert set(giving_back.WITHHELD) <= {one.category for one in register(language)}
        for what in HAPPENED[language]:
            line = DeskLine(about="", at=Household.now, what=what, by="Maud", text="mot")
            assert says(line, language)
            assert "{" not in says(line, language)


def test_a_word_of_a_later_desk_is_shown_as_it_is() -> None:
    line = DeskLine(about="", at=Household.now, what="sang_a_song", by="Maud", text="la la")
    assert says(line, Language.EN) == "Maud: sang a song la la"
    assert schema.decode(DeskLine, schema.encode(line)) == line
