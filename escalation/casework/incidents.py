"""Holds the cases of a wave together, so that one matter is told once and nobody starves.

``cohorts`` says what a wave is; a supervisor may open an incident by hand as well. Its cases
leave the queue (``held``), everybody else's go on. Each held owner may be told what is going
on, and can answer: whoever answers is listened to, and leaves the hold. A supervisor ends it; a
case that was held for ``HELD_IN_INCIDENT_AT_MOST`` waits for a person again, first in line.
Whoever asked for a call is never held.

Everything is computed from the rows by ``review``, some hundreds at a time: a flood of ten
thousand cases lets every other chore through.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from escalation.cases import (
    HELD_IN_INCIDENT_AT_MOST,
    Event,
    Matter,
    Role,
    State,
    WrongRole,
)
from escalation.casework import cohorts
from escalation.casework.cohorts import Cohort
from escalation.casework.holding import lock_home
from escalation.casework.moves import apply_many, tell_owner, write_down
from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import Case, Incident, Staff
from wire.messages import Language, Note

ROWS_AT_A_TIME = 500
NOTES_AT_A_TIME = 100
"""Each is sealed by itself."""

MORE_THAN = 100
"""How far the page counts other machines: beyond that it says so."""

ALIKE_SINCE = timedelta(days=7)


def cohort_of(row: Case | Incident) -> Cohort:
    """Return what kind of machine this is, and what it reports."""
    return Cohort(
        model=row.machine_model,
        firmware=row.machine_firmware,
        batch=row.machine_batch or "",
        noticed=row.noticed,
    )


def cohort_fields(cohort: Cohort) -> dict[str, str]:
    """Return the cohort as the columns that name it; an empty one is left out."""
    return {name: value for name, value in _exactly(cohort).items() if value}


def alike(case: Case, now: datetime) -> int:
    """Return how many other machines of this model report the same lately.

    At most ``MORE_THAN`` + 1: it is looked at while a person waits for the page.
    """
    if not (case.machine_model and case.noticed):
        return 0
    alike = {"model": case.machine_model, "noticed": case.noticed, "since": now - ALIKE_SINCE}
    return len(_OTHERS_ALIKE.fetch(home=case.device_id, **alike))


_OTHERS_ALIKE = PreparedQuery(
    lambda: (
        Case.objects.filter(
            machine_model=Given("model"), noticed=Given("noticed"), opened_at__gt=Given("since")
        )
        .exclude(device=Given("home"))
        .values_list("device")
        .distinct()[: MORE_THAN + 1]
    )
)


# ---------------------------------------------------------------------------- the clock


def review(now: datetime) -> None:
    """Do what is due: open, hold, tell, let go."""
    for cohort in cohorts.waves(_recent(now), lambda cohort: _before(cohort, now)):
        if not any(cohort_of(one).covers(cohort) for one in running()):
            Incident.objects.get_or_create(
                **_exactly(cohort), released_at=None, defaults={"opened_at": now}
            )
    for incident in running():
        _hold(incident, now)
        _inform(incident, now)
        _end_if_over(incident, now)
    _let_go(now)
    _ask_whether_it_helped(now)


def running() -> QuerySet[Incident]:
    """Return the incidents that are not ended."""
    return Incident.objects.filter(released_at=None).order_by("opened_at", "pk")


def _waiting() -> QuerySet[Case]:
    """Return what could be held: nobody has it, and nobody on it has asked for a person."""
    return Case.objects.filter(
        matter=Matter.CARE,
        state__in=(State.WAITING, State.UNSTAFFED),
        owner_called=False,
        comes_first=False,
        incident=None,
        looks_again_at=None,
    )


def waiting_by_cohort(now: datetime) -> dict[Cohort, int]:
    """Return how many wait that came lately, by what they are and what they report."""
    return _recent(now)


def _recent(now: datetime) -> dict[Cohort, int]:
    rows = (
        _waiting()
        .filter(opened_at__gt=now - cohorts.WINDOW)
        .values_list("machine_model", "machine_firmware", "machine_batch", "noticed")
        .annotate(n=Count("pk"))
    )
    return {
        Cohort(model=model, firmware=firmware, batch=batch or "", noticed=noticed): n
        for model, firmware, batch, noticed, n in rows
        if noticed
    }


def _before(cohort: Cohort, now: datetime) -> int:
    begins = now - cohorts.WINDOW
    return Case.objects.filter(
        matter=Matter.CARE,
        opened_at__gt=begins - cohorts.COMPARED,
        opened_at__lte=begins,
        **cohort_fields(cohort),
    ).count()


def _exactly(cohort: Cohort) -> dict[str, str]:
    return {
        "machine_model": cohort.model,
        "machine_firmware": cohort.firmware,
        "machine_batch": cohort.batch,
        "noticed": cohort.noticed,
    }


def _hold(incident: Incident, now: datetime) -> None:
    """Hold what belongs to it, also what comes later."""
    belongs = _waiting().filter(
        consent_until__gt=now,
        opened_at__gt=incident.opened_at - cohorts.WINDOW,
        **cohort_fields(cohort_of(incident)),
    )
    until = now + HELD_IN_INCIDENT_AT_MOST
    while apply_many(
        belongs,
        Event.HOLD,
        now=now,
        at_most=ROWS_AT_A_TIME,
        incident_id=incident.pk,
        held_until=until,
    ):
        pass


def _end_if_over(incident: Incident, now: datetime) -> None:
    """End an incident that nobody is in any more and that nobody has joined for long."""
    held = Case.objects.filter(incident=incident, state=State.HELD)
    lately = Case.objects.filter(incident=incident, opened_at__gt=now - cohorts.WINDOW)
    if now - incident.opened_at >= cohorts.WINDOW and not (held.exists() or lately.exists()):
        Incident.objects.filter(pk=incident.pk, released_at=None).update(released_at=now)


def _let_go(now: datetime) -> None:
    """Give a person to whoever was held as long as a hold may last."""
    over = Case.objects.filter(state=State.HELD, held_until__lte=now, consent_until__gt=now)
    while apply_many(
        over,
        Event.HOLD_END,
        now=now,
        at_most=ROWS_AT_A_TIME,
        held_until=None,
        waits_since=now,
        comes_first=True,
    ):
        pass


# --------------------------------------------------------------------- what staff do


def open_by_hand(cohort: Cohort, supervisor: Staff, now: datetime) -> Incident:
    """Open an incident for what a supervisor knows, and the rule cannot: a recall, say."""
    _require_supervisor(supervisor)
    incident, _made = Incident.objects.get_or_create(
        **_exactly(cohort),
        released_at=None,
        defaults={"opened_at": now, "opened_by": supervisor},
    )
    _hold(incident, now)
    return incident


def tell(incident: Incident, supervisor: Staff, texts: dict[Language, str]) -> None:
    """Say what is going on, to each owner in it and to each who joins; the clock sends it."""
    _require_supervisor(supervisor)
    Incident.objects.filter(pk=incident.pk, released_at=None).update(
        text_fr=texts[Language.FR], text_en=texts[Language.EN], told_by=supervisor
    )


def untold(incident: Incident) -> QuerySet[Case]:
    """Return who is held and was not told yet what is going on."""
    return Case.objects.filter(incident=incident, state=State.HELD, informed_at=None)


@transaction.atomic
def release(incident: Incident, supervisor: Staff, now: datetime) -> int:
    """End the incident: who is still held waits for a person, first in line."""
    _require_supervisor(supervisor)
    Incident.objects.filter(pk=incident.pk, released_at=None).update(
        released_at=now, released_by=supervisor
    )
    return len(
        apply_many(
            Case.objects.filter(incident=incident, state=State.HELD, consent_until__gt=now),
            Event.RELEASE,
            now=now,
            actor=supervisor,
            held_until=None,
            waits_since=now,
            comes_first=True,
        )
    )


def _require_supervisor(staff: Staff) -> None:
    if Role.SUPERVISOR not in staff.roles:
        raise WrongRole("an incident takes a supervisor")


# ------------------------------------------------------------------ what owners are told


def _inform(incident: Incident, now: datetime) -> None:
    if not (incident.text_fr and incident.text_en):
        return
    sender = incident.told_by.first_name if incident.told_by else ""
    for case in _some(untold(incident)):
        text = incident.text_fr if case.owner_language == Language.FR else incident.text_en
        _note(case, text, Event.INFORM, column="informed_at", sender=sender, now=now)


def _ask_whether_it_helped(now: datetime) -> None:
    """Ask everybody who was told, once it is over; they answer as they like, or not."""
    told = Case.objects.filter(
        incident__isnull=False,
        incident__released_at__isnull=False,
        informed_at__isnull=False,
        asked_helped_at=None,
        erased=False,
        consent_until__gt=now,
    )
    for case in _some(told):
        with translation.override(case.owner_language):
            text = _(
                "The matter with the machines is settled on our side. Did our message help "
                "you? You can answer here, in your own words, or not at all."
            )
        _note(case, text, Event.ASK_HELPED, column="asked_helped_at", now=now)


def _some(cases: QuerySet[Case]) -> Iterable[Case]:
    return cases.select_related("device").order_by("pk")[:NOTES_AT_A_TIME]


@transaction.atomic
def _note(
    case: Case, text: str, event: Event, *, column: str, sender: str = "", now: datetime
) -> None:
    """Tell the owner once: whoever comes second changes no row, and sends nothing."""
    lock_home(case.device_id)
    untold = Q(pk=case.pk, state=case.state, erased=False, **{column: None})
    if not Case.objects.filter(untold).update(**{column: now}):
        return
    note = Note(alert_id=case.alert_id, sender=sender, text=text, sent_at=now)
    told = tell_owner(case, note, now)
    write_down(case, event, now=now, from_state=case.state, told_owner=told)
