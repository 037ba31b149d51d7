"""A desk with a circle of volunteers, and a home that could be told of one.

circle = CircleStory(desk)
ines = circle.volunteer("Inès")          # there at every hour, and has accepted
circle.propose(); circle.owner_names()   # told of her; her owner's own yes
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import time
from zoneinfo import ZoneInfo

from escalation.casework import acts, contact_requests, proposals, volunteers
from escalation.casework.volunteers import Details
from escalation.models import Case, CircleEvent, ContactRequest, NamedPerson, Volunteer
from escalation.team.rota import Hours
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from tests.escalation.notes import notes
from tests.escalation.test_named_persons import PURPOSES
from wire.messages import Language, Note, TrustedPerson

PARIS = ZoneInfo("Europe/Paris")
NUMBER = "+33 1 99 00 22 33"
ALWAYS = tuple(Hours(weekday=day, begins=time(0), ends=time(0), zone=PARIS) for day in range(7))
CARE_ONLY = ("learn_routine", "device_health", "care_alert")
ALERT_ID = "ab" * 16


@dataclass
class CircleStory:
    """A case in Camille's hands, Nadia as the second person, and whoever is in the circle."""

    desk: Desk
    language: Language = Language.EN
    purposes: tuple[str, ...] = (*CARE_ONLY, "contact_me")
    links: dict[int, str] = field(default_factory=dict)
    suffix: str = ""

    def __post_init__(self) -> None:
        """Let the alert arrive, and Camille have it."""
        self.home: Household = self.desk.enroll(
            language=self.language, purposes=self.purposes, now=self.desk.clock()
        )
        self.desk.receive(self.home, self.home.seal(self.home.alert(), message_id=ALERT_ID))
        self.camille = self.desk.staff(f"camille{self.suffix}", "reviewer")
        self.nadia = self.desk.staff(f"nadia{self.suffix}", "supervisor")
        acts.claim(self.case, self.camille, self.desk.clock())

    @property
    def case(self) -> Case:
        """Return the case as it is now."""
        return Case.objects.get(device_id=self.home.device_id)

    @property
    def request(self) -> ContactRequest:
        """Return the newest request."""
        return ContactRequest.objects.latest("pk")

    def said(self) -> list[Note]:
        """Return what the owner has read."""
        return notes(self.home)

    def doings(self) -> list[str]:
        """Return what happened in the circle, in order."""
        return list(CircleEvent.objects.order_by("pk").values_list("doing", flat=True))

    def entered(self, name: str = "Inès", **changes: object) -> Volunteer:
        """Write somebody down."""
        details = Details(
            first_name=name,
            speaks_fr=True,
            speaks_en=True,
            timezone=PARIS.key,
            reached_by=NUMBER,
        )
        details = replace(details, **changes)  # type: ignore[arg-type]
        return volunteers.enter(details, self.nadia, self.desk.clock())

    def volunteer(
        self, name: str = "Inès", hours: tuple[Hours, ...] = ALWAYS, **changes: object
    ) -> Volunteer:
        """Write somebody down who accepts."""
        found = self.entered(name, **changes)
        for one in hours:
            volunteers.add_hours(found, one, self.nadia, self.desk.clock())
        self.invite(found)
        volunteers.accept(found, self.desk.clock())
        return Volunteer.objects.get(pk=found.pk)

    def invite(self, volunteer: Volunteer) -> str:
        """Invite somebody; return the key in the link."""
        token = volunteers.invite(volunteer, self.nadia, link_of=str, now=self.desk.clock())
        self.links[volunteer.pk] = token
        return token

    def candidate(self) -> Volunteer | None:
        """Return whom Camille may tell the owner of."""
        return proposals.standing(self.case, self.desk.clock()).candidate

    def propose(self, volunteer: Volunteer | None = None) -> None:
        """Let Camille tell the owner of somebody."""
        chosen = volunteer or self.candidate()
        assert chosen is not None
        self.go(proposals.propose, volunteer=chosen.pk)

    def owner_names(self, person: TrustedPerson | None = None) -> None:
        """Let the owner name whom the newest proposal offers, at home."""
        offered = person or self.said()[-1].offers
        assert offered is not None
        self.home.trusted_person = offered
        self.home.purposes = tuple(dict.fromkeys((*self.purposes, *PURPOSES)))
        self.desk.receive(self.home, self.home.seal(self.home.alert(), message_id=ALERT_ID))

    def owner_withdraws(self) -> None:
        """Let the owner take that consent back."""
        self.home.trusted_person, self.home.purposes = None, self.purposes
        taken_back = self.home.withdrawal("contact_trusted_person")
        self.desk.receive(self.home, self.home.seal(taken_back))

    def ask(self) -> None:
        """Let Camille ask for a second person's word."""
        self.go(contact_requests.ask, why="No answer for two days", request="Could you ring?")

    def approve(self) -> None:
        """Let Nadia agree."""
        asked = contact_requests.running_request(self.case)
        number = asked.pk if asked else 0
        contact_requests.approve(self.case, self.nadia, request=number, now=self.desk.clock())

    def contact(self) -> TrustedPerson:
        """Let Camille ask for the contact."""
        case = self.case
        return contact_requests.contact(
            case, self.camille, fence=case.fence, now=self.desk.clock()
        )

    def whole_way(self) -> TrustedPerson:
        """Go from the request to the contact."""
        self.ask()
        self.approve()
        return self.contact()

    def go(self, act: Callable[..., object], **words: object) -> None:
        """Let Camille do ``act`` in her running claim."""
        case = self.case
        act(case, self.camille, fence=case.fence, now=self.desk.clock(), **words)

    def person(self) -> NamedPerson:
        """Return the volunteer as this home knows them."""
        return NamedPerson.objects.get(device=self.home.device_id)
