"""What an owner objects to reaches a guardian, by no supervisor, and is answered."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from escalation.cases import Role, SomeoneElseFirst, State, WrongRole
from escalation.casework import acts, felt, self_audit
from escalation.guarding import objections
from escalation.guarding.models import Against, Objection, Standing
from escalation.keeping import giving_back, retention
from escalation.models import Case, CaseEvent, OwnerReply, Staff
from escalation.notices import dead_man
from tests.escalation.conftest import Desk
from tests.escalation.household import LEDGER_HEAD, Household
from tests.escalation.notes import notes
from tests.escalation.test_no_half_state import STATEMENTS_MAX, dies_after, everything
from tests.escalation.test_reminders import Team
from wire.messages import Choice, Erase, Language
from wire.words import OBJECTION, objection

pytestmark = pytest.mark.both_databases

I_OBJECT = OBJECTION[Language.EN]


@pytest.fixture
def ines(the_desk: Desk) -> Staff:
    """Return the guardian."""
    return the_desk.staff("ines", "guardian")


@pytest.fixture
def home(the_desk: Desk) -> Household:
    """Return a household whose alert waits."""
    found = the_desk.enroll(language=Language.EN)
    the_desk.receive(found, found.seal(found.alert()))
    return found


def says(the_desk: Desk, home: Household, text: str) -> Case:
    """Let the owner write, and return their first case."""
    case = Case.objects.filter(device_id=home.device_id).order_by("pk").first()
    assert case is not None
    the_desk.receive(home, home.seal(home.reply(case.alert_id, text)))
    case.refresh_from_db()
    return case


def decided(the_desk: Desk, home: Household) -> Case:
    """Have somebody decide about the household."""
    camille = the_desk.staff("camille", "reviewer")
    case = Case.objects.get(device_id=home.device_id)
    acts.claim(case, camille, the_desk.clock())
    acts.decide(
        case,
        camille,
        fence=case.fence,
        choice=Choice.WRITE,
        reason="No coffee since Sunday.",
        message="",
        now=the_desk.clock(),
    )
    return case


@pytest.mark.parametrize("state", [State.WAITING, State.CLAIMED, State.TALKING])
def test_the_press_ends_an_open_case_at_once_and_is_listed(
    the_desk: Desk, home: Household, state: State
) -> None:
    """Whoever has it cannot go on; it is no "it was nothing"."""
    case, camille = Case.objects.get(), the_desk.staff("camille", "reviewer")
    if state is not State.WAITING:
        acts.claim(case, camille, the_desk.clock())
    Case.objects.update(state=state)
    case = says(the_desk, home, objection("Do not write to me.", Language.EN))
    assert (case.state, case.closed_by_event) == ("closed", "owner_resolve")
    assert case.resolved_because == objections.RESOLVED_BECAUSE
    (row,) = objections.unanswered()
    assert (row.case, row.against, row.standing) == (case, Against.OBJECTS, Standing.OPEN)
    assert not felt.courses(the_desk.clock())[0].was_nothing
    assert retention.broken_cases() == []


@pytest.mark.parametrize(
    ("text", "against"),
    [
        ("I OBJECT that nobody calls me!", Against.OBJECTS),
        ("Je m'oppose à cette façon de faire.", Against.OBJECTS),
        ("I was not heard.", Against.NOT_HEARD),
        ("On ne m’écoute pas.", Against.NOT_HEARD),
        ("All is well, thank you.", None),
    ],
)
def test_words_that_say_so_are_listed_and_end_nothing(
    the_desk: Desk, home: Household, text: str, against: Against | None
) -> None:
    """Who objects that nobody calls wants a call."""
    case = says(the_desk, home, text)
    assert case.state == State.WAITING
    assert [row.against for row in objections.unanswered()] == ([against] if against else [])


def test_after_a_decision_it_is_listed_and_the_case_stays_as_it_ended(
    the_desk: Desk, home: Household
) -> None:
    """A second word joins the one that waits, and makes it unread again."""
    case = decided(the_desk, home)
    before = case.state
    case = says(the_desk, home, I_OBJECT)
    assert case.state == before
    row = objections.unanswered().get()
    objections.read(row, the_desk.staff("ines", "guardian"), the_desk.clock())
    assert row.standing is Standing.READ
    says(the_desk, home, "I was not heard.")
    row = objections.unanswered().get()
    assert (row.standing, row.against) == (Standing.OPEN, Against.OBJECTS)
    assert Case.objects.filter(looks_again_at=case).count() == 1


def test_reading_is_written_down_and_told_and_the_answer_is_told(
    the_desk: Desk, home: Household, ines: Staff
) -> None:
    decided(the_desk, home)
    case = says(the_desk, home, I_OBJECT)
    row = objections.unanswered().get()
    objections.read(row, ines, the_desk.clock())
    look = CaseEvent.objects.get(case=case, event="look", actor=ines)
    assert look.told_owner is not None
    told = objections.answer(
        row, ines, done="We write less now.", text="You were right.", now=the_desk.clock()
    )
    assert told is not None
    (note,) = notes(home)
    assert (note.sender, note.text, note.alert_id) == ("Ines", "You were right.", case.alert_id)
    row.refresh_from_db()
    assert (row.standing, row.told, row.answered_by) == (Standing.ANSWERED, True, ines)
    assert not objections.unanswered()
    assert CaseEvent.objects.get(event="objection_end").told_owner == told
    assert retention.broken_cases() == []
    given = {(line.what, line.by, line.text) for line in giving_back.lines_of(case.device)}
    assert given >= {
        ("object", "", ""),
        ("objection_done", "Ines", "We write less now."),
        ("objection_answer", "Ines", "You were right."),
    }


def test_without_consent_the_answer_is_written_down_and_not_sent(
    the_desk: Desk, home: Household, ines: Staff
) -> None:
    case = says(the_desk, home, I_OBJECT)
    row = objections.unanswered().get()
    now = case.consent_until
    assert objections.answer(row, ines, done="Noted.", text="Sorry.", now=now) is None
    row.refresh_from_db()
    assert (row.answer, row.told, [*notes(home)]) == ("Sorry.", False, [])


def test_two_guardians_do_not_answer_the_same(
    the_desk: Desk, home: Household, ines: Staff
) -> None:
    """The second is told, and nothing of theirs is sent."""
    says(the_desk, home, I_OBJECT)
    first, second = objections.unanswered().get(), objections.unanswered().get()
    now = the_desk.clock()
    objections.answer(first, ines, done="So.", text="", now=now)
    with pytest.raises(SomeoneElseFirst):
        objections.answer(second, ines, done="Thus.", text="Hello.", now=now)
    assert [*notes(home)] == []
    assert CaseEvent.objects.filter(event="objection_end").count() == 1


@pytest.mark.parametrize("role", ["reviewer", "technician", "supervisor"])
def test_nobody_else_reads_or_answers(the_desk: Desk, home: Household, role: str) -> None:
    says(the_desk, home, I_OBJECT)
    row, staff, now = objections.unanswered().get(), the_desk.staff("x", role), the_desk.clock()
    with pytest.raises(WrongRole):
        objections.read(row, staff, now)
    with pytest.raises(WrongRole):
        objections.answer(row, staff, done="Gone.", text="", now=now)
    row.refresh_from_db()
    assert row.standing is Standing.OPEN


def test_an_erased_household_leaves_no_word_of_it(
    the_desk: Desk, home: Household, ines: Staff
) -> None:
    says(the_desk, home, I_OBJECT)
    the_desk.receive(home, home.seal(Erase(asked_at=home.now, ledger_head=LEDGER_HEAD)))
    assert not Objection.objects.exists()
    assert not OwnerReply.objects.exists()
    assert CaseEvent.objects.filter(event="object").count() == 1


def test_the_calendar_erases_no_objection_before_it_is_answered(
    the_desk: Desk, home: Household, ines: Staff
) -> None:
    case = says(the_desk, home, I_OBJECT)
    later = the_desk.clock() + timedelta(days=91)
    retention.let_go(later, timedelta(days=90))
    row = objections.unanswered().get()
    assert row.case == case
    objections.answer(row, ines, done="So.", text="", now=later)
    retention.let_go(later, timedelta(days=90))
    assert not Objection.objects.exists()


def test_there_is_always_somebody_who_is_next_and_a_time(
    the_desk: Desk, home: Household
) -> None:
    """At whatever moment one looks; the database takes none without the time it was made."""
    says(the_desk, home, I_OBJECT)
    row = objections.unanswered().get()
    for passed in (
        timedelta(0),
        objections.EVERY,
        timedelta(days=40, seconds=1),
        -timedelta(9),
    ):
        now = row.made_at + passed
        step = objections.next_step(row, now)
        assert step.owner is Role.GUARDIAN
        assert now < step.at or passed < timedelta(0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.update(made_at=None)


def test_without_any_guardian_the_desk_is_out_of_order_after_a_day(
    the_desk: Desk, home: Household
) -> None:
    """Then the heartbeat outwards stops; with a guardian it goes on, however slow they are."""
    says(the_desk, home, I_OBJECT)
    now = the_desk.clock()
    assert objections.neglected(now) == 0
    tomorrow = now + objections.EVERY
    assert objections.neglected(tomorrow) == 1
    facts = dead_man.look_around(tomorrow, tomorrow)
    assert dead_man.Trouble.NEGLECTED in dead_man.troubles(facts)
    assert self_audit.neglected(tomorrow) == []
    the_desk.staff("ines", "guardian")
    assert objections.neglected(tomorrow) == 0


def test_guardians_are_told_day_by_day_and_nobody_else(the_desk: Desk, home: Household) -> None:
    """Until it is answered; the notice says nothing of whom or why."""
    team = Team(the_desk)
    ines = team.add("ines", "guardian")
    team.add("nadia", "supervisor")
    team.add("sacha", "technician")
    says(the_desk, home, I_OBJECT)
    assert team.after() == [("ines", "guardian")]
    assert team.after(hours=23) == []
    assert team.after(hours=1) == [("ines", "guardian")]
    row = objections.unanswered().get()
    objections.answer(row, ines, done="So.", text="", now=the_desk.clock())
    assert team.after(days=1) == []


@pytest.mark.parametrize("act", ["objects", "answers"])
def test_a_process_that_dies_at_any_statement_leaves_no_half_of_it(
    the_desk: Desk, home: Household, ines: Staff, act: str
) -> None:
    """Words, list, audit, the end of the case and the message home: all of it, or nothing."""
    case, now = Case.objects.get(), the_desk.clock()
    reply = home.seal(home.reply(case.alert_id, I_OBJECT))

    def answer() -> None:
        row = objections.unanswered().get()
        objections.answer(row, ines, done="So.", text="Sorry.", now=now)

    def objects() -> None:
        the_desk.receive(home, reply)

    does = {"objects": objects, "answers": answer}[act]
    if does is answer:
        objects()
    before = (everything(), list(Objection.objects.values()))
    statements = 0
    while dies_after(statements, does):
        assert (everything(), list(Objection.objects.values())) == before
        statements += 1
        assert statements < STATEMENTS_MAX
    assert statements > 4
    assert objections.unanswered().count() == (does is objects)
