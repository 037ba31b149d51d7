"""Somebody the owner named: reached only with everybody's yes, and one no is enough."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from escalation.cases import (
    APPROVED_FOR,
    ASKED_FOR,
    LEASE,
    CaseError,
    ConsentEnded,
    Event,
    OwnApproval,
    State,
)
from escalation.casework import acts, contact_requests, deskwork, named_persons
from escalation.casework.contact_requests import Answer
from escalation.casework.named_persons import INVITED_FOR, Standing
from escalation.models import Case, CaseEvent, ContactRequest, NamedPerson, Staff
from tests.escalation.conftest import Desk
from tests.escalation.household import ALL_PURPOSES, Household
from tests.escalation.notes import notes
from wire.messages import Language, TrustedPerson

pytestmark = pytest.mark.both_databases

PAUL = TrustedPerson(name="Paul", relation="my brother", channel="+33 1 99 00 77 88")
PURPOSES = (*ALL_PURPOSES, "contact_trusted_person")


@dataclass
class Story:
    """A home that named Paul, whoever helps there, and the second person."""

    desk: Desk
    home: Household
    camille: Staff
    nadia: Staff
    links: list[str]
    asked: int = 0

    @property
    def case(self) -> Case:
        """Return the case as it is now."""
        return Case.objects.get(device_id=self.home.device_id)

    @property
    def person(self) -> NamedPerson:
        """Return Paul as the desk knows him."""
        return NamedPerson.objects.get()

    @property
    def request(self) -> ContactRequest:
        """Return the newest request."""
        return ContactRequest.objects.latest("pk")

    def invite(self) -> str:
        """Invite Paul; return the key in the link."""

        def link_of(token: str) -> str:
            self.links.append(token)
            return token

        self.go(named_persons.invite, link_of=link_of)
        return self.links[-1]

    def accept(self) -> None:
        """Let Paul say yes."""
        found = named_persons.at_the_link(self.links[-1], self.desk.clock())
        assert found is not None
        named_persons.accept(found, self.desk.clock())

    def ask(self) -> None:
        """Let Camille ask for a second person's word."""
        self.go(contact_requests.ask, why="No answer for two days", request="Could you ring?")
        self.asked = self.request.pk

    def approve(self, by: Staff | None = None) -> None:
        """Let somebody, Nadia unless told otherwise, agree."""
        contact_requests.approve(
            self.case, by or self.nadia, request=self.asked, now=self.desk.clock()
        )

    def contact(self) -> TrustedPerson:
        """Let Camille ask for the contact."""
        case = self.case
        return contact_requests.contact(
            case, self.camille, fence=case.fence, now=self.desk.clock()
        )

    def go(self, act: Callable[..., object], **words: object) -> None:
        """Let Camille do ``act`` in her running claim."""
        case = self.case
        act(case, self.camille, fence=case.fence, now=self.desk.clock(), **words)


@pytest.fixture
def story(the_desk: Desk) -> Story:
    """Return a claimed case of an owner who named Paul and consents to it."""
    home = the_desk.enroll(trusted_person=PAUL, purposes=PURPOSES, language=Language.EN)
    the_desk.receive(home, home.seal(home.alert()))
    camille = the_desk.staff("camille", "reviewer")
    found = Story(the_desk, home, camille, the_desk.staff("nadia", "supervisor"), [])
    acts.claim(found.case, camille, the_desk.clock())
    return found


def events(case: Case) -> list[str]:
    """Return what happened to the case, in order."""
    return list(CaseEvent.objects.filter(case=case).values_list("event", flat=True))


def test_with_everybodys_yes_one_person_reads_once_how_to_reach_them(story: Story) -> None:
    """Each step is written down, and the owner has read of each."""
    story.invite()
    story.accept()
    story.ask()
    story.approve()
    assert story.contact() == PAUL
    case = story.case
    assert (case.state, case.holder) == ("claimed", story.camille)
    assert events(case)[-5:] == ["invite", "accept", "ask_person", "approve", "contact"]
    lines = CaseEvent.objects.filter(case=case).order_by("pk")
    assert [line.told_owner is None for line in lines][-5:] == [False] * 5
    said = [note.text for note in notes(story.home)]
    assert "Paul" in said[0]
    assert story.links[0] in said[0]
    assert "Paul has accepted" in said[1]
    assert "Camille would like to speak with Paul, because: No answer for two days." in said[2]
    assert "Nadia agrees" in said[3]
    assert "Could you ring?" in said[4]


def test_the_owner_gives_the_invitation_and_the_desk_keeps_no_key(story: Story) -> None:
    """A stranger calls nobody; and a stolen database opens no page."""
    token = story.invite()
    assert token not in str(NamedPerson.objects.values())
    assert PAUL.channel not in str(NamedPerson.objects.values())
    assert named_persons.at_the_link("x" + token, story.desk.clock()) is None


def test_an_invitation_lapses_and_a_new_one_ends_the_old_link(story: Story) -> None:
    first = story.invite()
    second = story.invite()
    assert named_persons.at_the_link(first, story.desk.clock()) is None
    story.desk.clock.time += INVITED_FOR
    assert named_persons.at_the_link(second, story.desk.clock()) is None


def test_nobody_is_asked_for_who_has_not_accepted(story: Story) -> None:
    for invited in (False, True):
        if invited:
            story.invite()
        with pytest.raises(CaseError):
            story.ask()
    assert story.case.state == State.CLAIMED
    assert not ContactRequest.objects.exists()


def test_without_the_consent_there_is_nobody_to_ask(the_desk: Desk) -> None:
    """A name in the message is not the consent for it."""
    home = the_desk.enroll(trusted_person=PAUL)
    the_desk.receive(home, home.seal(home.alert()))
    case, camille = Case.objects.get(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    assert named_persons.named_in(case) is None
    with pytest.raises(ConsentEnded):
        named_persons.invite(case, camille, fence=case.fence, link_of=str, now=the_desk.clock())


def test_whoever_asked_can_never_approve(story: Story) -> None:
    """Not even as a supervisor; and the number stays hidden."""
    Staff.objects.filter(pk=story.camille.pk).update(is_supervisor=True)
    story.camille.refresh_from_db()
    story.invite()
    story.accept()
    story.ask()
    with pytest.raises(OwnApproval):
        story.approve(by=story.camille)
    with pytest.raises(CaseError):
        story.contact()
    assert story.case.state == State.APPROVAL


@pytest.mark.parametrize("role", ["reviewer", "technician"])
def test_the_second_person_is_a_supervisor(story: Story, role: str) -> None:
    story.invite()
    story.accept()
    story.ask()
    with pytest.raises(CaseError):
        story.approve(by=story.desk.staff("other", role))
    assert story.case.state == State.APPROVAL


def test_the_wish_lapses_by_the_clock_and_so_does_the_approval(story: Story) -> None:
    """A quarter of an hour each; the case stays with whoever has it."""
    story.invite()
    story.accept()
    for approved, until in ((False, ASKED_FOR), (True, APPROVED_FOR)):
        story.ask()
        if approved:
            story.approve()
        story.desk.clock.time += until
        # Somebody was at the page all the time.
        Case.objects.update(lease_until=story.desk.clock() + LEASE)
        with pytest.raises(CaseError):
            story.contact() if approved else story.approve()
        deskwork.settle_due(story.desk.clock())
        assert story.case.state == State.CLAIMED
        assert story.request.ended_at is not None
        assert events(story.case)[-1] == Event.PERSON_END


@pytest.mark.parametrize("step", ["asked", "approved"])
@pytest.mark.parametrize("no", ["withdrawal", "other number", "resigned", "all consent"])
def test_one_no_is_enough_at_any_moment(story: Story, step: str, no: str) -> None:
    """The owner takes it back or names another number, or the person resigns."""
    token = story.invite()
    story.accept()
    story.ask()
    if step == "approved":
        story.approve()
    if no == "withdrawal":
        taken_back = story.home.withdrawal("contact_trusted_person")
        story.desk.receive(story.home, story.home.seal(taken_back))
    elif no == "other number":
        case = story.case
        case.payload["owner"]["trusted_person"]["channel"] = "+33 1 99 00 00 01"
        case.save(update_fields=["payload"])
    elif no == "resigned":
        person = named_persons.at_the_link(token, story.desk.clock())
        assert person is not None
        named_persons.resign(person, story.desk.clock())
    else:
        story.desk.receive(story.home, story.home.seal(story.home.withdrawal("care_alert")))
    with pytest.raises(CaseError):
        story.contact() if step == "approved" else story.approve()
    assert Event.CONTACT not in events(story.case)
    if no != "other number":
        assert story.case.state not in (State.APPROVAL, State.CONTACTING)


def test_an_approval_is_bound_to_the_claim_it_was_asked_in(story: Story) -> None:
    """Whoever takes the case afterwards asks anew."""
    story.invite()
    story.accept()
    story.ask()
    story.approve()
    story.go(acts.give_back)
    assert (story.case.state, story.request.ended_at) == ("waiting", story.desk.clock())
    acts.claim(story.case, story.camille, story.desk.clock())
    with pytest.raises(CaseError):
        story.contact()


def test_a_withdrawal_forgets_the_person_and_their_link(story: Story) -> None:
    token = story.invite()
    story.accept()
    taken_back = story.home.withdrawal("contact_trusted_person")
    story.desk.receive(story.home, story.home.seal(taken_back))
    assert named_persons.at_the_link(token, story.desk.clock()) is None
    assert not NamedPerson.objects.exists()
    assert "Paul" not in str(Case.objects.values())


def test_whoever_resigns_is_never_asked_again_and_the_owner_learns_of_it(
    story: Story,
) -> None:
    """For good: also when they are named anew. Only a hash remembers."""
    token = story.invite()
    person = named_persons.at_the_link(token, story.desk.clock())
    assert person is not None
    for _ in range(2):
        named_persons.resign(person, story.desk.clock())
    assert named_persons.at_the_link(token, story.desk.clock()) is None
    said = [note.text for note in notes(story.home)]
    assert len(said) == 2
    assert "Paul does not wish to be asked any more" in said[1]
    with pytest.raises(CaseError):
        story.invite()
    row = NamedPerson.objects.get()
    assert (row.name, row.owner, row.token_sha256) == ("", "", None)
    assert named_persons.standing(row, story.desk.clock()) is Standing.RESIGNED
    story.desk.receive(
        story.home, story.home.seal(story.home.withdrawal("contact_trusted_person"))
    )
    assert NamedPerson.objects.get().who == row.who


def test_what_the_person_answers_reaches_staff_and_owner(story: Story) -> None:
    """Once; another answer later is told again."""
    story.invite()
    story.accept()
    assert contact_requests.request_for(story.person, story.desk.clock()) is None
    story.ask()
    story.approve()
    assert contact_requests.request_for(story.person, story.desk.clock()) is None
    story.contact()
    for said in (Answer.YES, Answer.YES, Answer.NOT_NOW):
        contact_requests.answer(story.person, said, story.desk.clock())
    assert story.request.answer == "not_now"
    assert events(story.case)[-2:] == ["answer", "answer"]
    story.desk.clock.time += contact_requests.SHOWN_FOR
    assert contact_requests.request_for(story.person, story.desk.clock()) is None


def test_a_refusal_gives_the_case_back_to_whoever_asked(story: Story) -> None:
    story.invite()
    story.accept()
    story.ask()
    contact_requests.refuse(
        story.case, story.nadia, request=story.request.pk, now=story.desk.clock()
    )
    assert (story.case.state, story.case.holder) == ("claimed", story.camille)
    story.desk.clock.time += timedelta(minutes=1)
    story.ask()
    assert ContactRequest.objects.filter(ended_at=None).count() == 1
