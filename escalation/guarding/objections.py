"""An owner's objection, from the press at home to what was done about it.

The press *I object* ends an open case at once, as the owner's word does, and is read by a
guardian whatever the case has come to. Words that say so are read by one as well, and end
nothing by themselves: who writes "I object that nobody calls" wants a call. *I was not heard*
is looked at again by somebody else (``making_good``), and a guardian reads it, too.

No supervisor is asked, and none can close an objection. Every one that is not answered has
somebody who is next, and a time:

| standing | who is next | by when |
|---|---|---|
| open, read | the guardians | a day, again and again |
| no guardian works here | whoever runs the desk | a day: then the desk is out of order |
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from escalation.cases import Event, Role, SomeoneElseFirst, WrongRole
from escalation.casework import acts, deskwork
from escalation.casework.moves import write_down
from escalation.casework.self_audit import NextStep
from escalation.casework.telling import tell
from escalation.guarding.models import Against, Objection
from escalation.models import Case, OutgoingMessage, OwnerReply, Staff
from wire.words import is_objection, says_not_heard, says_objection

EVERY = timedelta(days=1)
RESOLVED_BECAUSE = "owner_objected"


def listen(case: Case, text: str, now: datetime) -> None:
    """Keep it if the owner's reply objects, or says that they were not heard.

    Must run in the transaction that takes in the reply. The press ends the case if it is open.
    """
    objects = is_objection(text) or says_objection(text)
    if case.erased or not (objects or says_not_heard(text)):
        return
    keep(case, Against.OBJECTS if objects else Against.NOT_HEARD, now)
    if objects:
        write_down(case, Event.OBJECT, now=now, from_state=case.state)
    if is_objection(text):
        deskwork.owner_resolved(case, now, because=RESOLVED_BECAUSE)


@transaction.atomic
def keep(case: Case, against: Against, now: datetime) -> None:
    """List it for the guardians; what is said before the answer joins what waits already."""
    row, new = Objection.objects.get_or_create(
        case=case, answered_at=None, defaults={"against": against, "made_at": now}
    )
    if not new:
        stronger = Against.OBJECTS in (against, row.against)
        row.against = Against.OBJECTS if stronger else Against.NOT_HEARD
        row.read_at = row.read_by = None
        row.save(update_fields=["against", "read_at", "read_by"])


def answered() -> QuerySet[Objection]:
    """Return what was answered, newest first, and whether the owner has ``replied`` since."""
    since = OwnerReply.objects.filter(
        case=OuterRef("case"), replied_at__gt=OuterRef("answered_at")
    )
    done = Objection.objects.exclude(answered_at=None).annotate(replied=Exists(since))
    return done.order_by("-answered_at", "pk")


def unanswered() -> QuerySet[Objection]:
    """Return what waits for a guardian, the oldest first."""
    return Objection.objects.filter(answered_at=None).order_by("made_at", "pk")


@transaction.atomic
def read(objection: Objection, guardian: Staff, now: datetime) -> None:
    """Write down that ``guardian`` reads it, and let the owner know who does."""
    _require(guardian)
    acts.look(objection.case, guardian, now=now)
    if objection.read_at is None:
        objection.read_at, objection.read_by = now, guardian
        objection.save(update_fields=["read_at", "read_by"])


def may_tell(case: Case, now: datetime) -> bool:
    """Return whether the owner still wishes to hear from the desk about this."""
    return not case.erased and now < case.consent_until


@transaction.atomic
def answer(
    objection: Objection, guardian: Staff, *, done: str, text: str, now: datetime
) -> OutgoingMessage | None:
    """Keep what was done about it; tell the owner, if there are words and consent lives."""
    _require(guardian)
    case = objection.case
    told = None
    if text and may_tell(case, now):
        told = tell(case, lambda: text, now, sender=guardian.first_name)
    # Home, case, objection: in this order everybody locks them.
    write_down(
        case,
        Event.OBJECTION_END,
        now=now,
        from_state=case.state,
        actor=guardian,
        told_owner=told,
    )
    still = Objection.objects.filter(pk=objection.pk, answered_at=None)
    answered = still.update(
        answered_by=guardian,
        answered_at=now,
        done=done,
        answer=text,
        told=told is not None,
    )
    if not answered:
        raise SomeoneElseFirst
    return told


def next_step(objection: Objection, now: datetime) -> NextStep:
    """Return who is next, and by when: there is always somebody, and a time."""
    rounds = max(0, (now - objection.made_at) // EVERY) + 1
    return NextStep(owner=Role.GUARDIAN, at=objection.made_at + rounds * EVERY)


def neglected(now: datetime) -> int:
    """Return how many wait for somebody who does not exist: no guardian works here."""
    late = unanswered().filter(made_at__lte=now - EVERY)
    if not late.exists() or guardians().exists():
        return 0
    return late.count()


def guardians() -> QuerySet[Staff]:
    """Return the guardians who work here."""
    return Staff.objects.filter(is_active=True, is_guardian=True)


def _require(guardian: Staff) -> None:
    if Role.GUARDIAN not in guardian.roles:
        raise WrongRole("a guardian reads and answers an objection")
