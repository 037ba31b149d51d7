"""The console: pages rendered here, forms answered here.

Every view asks ``cases`` what the person may see, ``casework`` does what is to be done, and
a refusal comes back as a sentence that says what happened and what to do. A page of a case
is never shown without its audit row.
"""

import hashlib
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseForbidden,
    HttpResponseNotModified,
)
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from escalation import clock
from escalation.cases import (
    IN_HAND,
    QUEUES,
    SKILL,
    Event,
    Matter,
    Role,
    State,
    visible_matters,
)
from escalation.casework import (
    acts,
    calls,
    deskwork,
    incidents,
    next_case,
    phone_calls,
    servicing,
)
from escalation.console import case_words, clock_words, queue_pages, surroundings
from escalation.console.forms import DecisionForm
from escalation.console.queue_pages import Place
from escalation.intake import unheard
from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import Case, CaseEvent, HandOver, OwnerReply, Quarantine, Staff
from escalation.team import presence, skills
from wire.messages import Choice

NONE = Q(pk__in=())
"""No case at all."""

FREE_ROWS = 20
FREE_ROWS_SUPERVISOR = 50
HELD_ROWS = 50
"""How many are listed: nobody reads ten thousand names, and nobody should have to choose."""

AT_MACHINES = (Role.TECHNICIAN, Role.SUPERVISOR)
"""Who looks at the machines and at the line to them."""

LATELY = timedelta(days=7)
LATELY_ROWS = 10
"""How far back the list shows what was decided: enough to hand over a shift."""


def staff_of(request: HttpRequest, *roles: Role) -> Staff:
    """Return who is logged in, if they have any of ``roles``; without roles, whoever it is."""
    staff = request.user
    if not isinstance(staff, Staff) or (roles and staff.roles.isdisjoint(roles)):
        raise PermissionDenied
    return staff


def _visible(staff: Staff) -> QuerySet[Case]:
    """Return what ``staff`` may see: of the care cases, whoever is no supervisor sees those
    that they have or had, and with a valid skill only.
    """
    if Role.SUPERVISOR in staff.roles:
        return _whole(Case.objects.filter(matter__in=visible_matters(staff.roles)))
    matters = skills.matters_of(staff, clock.now())
    return _whole(
        Case.objects.filter(reduce(or_, (_theirs(m, staff.pk) for m in matters), NONE))
    )


def _theirs(matter: Matter, staff: int | Given) -> Q:
    """Say which cases of ``matter`` somebody may see who has the skill for it."""
    if matter is Matter.SERVICE:
        return Q(matter=matter)
    taken = (Event.CLAIM, Event.TAKE_OVER)
    had = CaseEvent.objects.filter(actor=staff, event__in=taken).values("case")
    return Q(matter=matter, pk__in=had)


def _whole(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.select_related("holder", "decided_by", "device")


def _numbered(seen: Q) -> PreparedQuery[Case]:
    return PreparedQuery(
        lambda: _whole(Case.objects.filter(seen, pk=Given("number"))), keeps_plan=True
    )


_ANY_CASE = _numbered(Q())
_THEIR_CASE = {matter: _numbered(_theirs(matter, Given("staff"))) for matter in Matter}


def case_or_404(staff: Staff, number: int) -> Case:
    """Return the case, if there is one that ``staff`` may see: it is not read otherwise."""
    queries = [_ANY_CASE]
    if Role.SUPERVISOR not in staff.roles:
        queries = [_THEIR_CASE[matter] for matter in skills.matters_of(staff, clock.now())]
    for query in queries:
        for case in query.fetch(number=number, staff=staff.pk):
            return case
    raise Http404


# -------------------------------------------------------------------------------- list


@require_GET
@login_required
def waiting(request: HttpRequest) -> HttpResponse:
    """Show who waits, by name."""
    staff = staff_of(request)
    if staff.is_guardian:
        return redirect("guardian")
    now = clock.now()
    after = Place.read(request.GET.get("after", ""))
    context = {
        "cases": _cases_html(staff, after),
        "after": after.written() if after else "",
        "may_help": bool(skills.matters_of(staff, now)),
        "untrained": staff.is_reviewer and skills.valid_until(staff, now) is None,
        "here": staff.here_until is not None and now < staff.here_until,
        "here_until": clock_words.moment(staff.here_until, now) if staff.here_until else "",
        "in_hand": presence.in_hand(staff, now),
    }
    return render(request, "escalation/waiting.html", context)


@require_GET
def waiting_now(request: HttpRequest) -> HttpResponse:
    """Return the list alone, for the page that keeps itself up to date."""
    if not isinstance(request.user, Staff):
        # A redirect would put the login form inside the list.
        return HttpResponseForbidden()
    after = Place.read(request.GET.get("after", ""))
    return _fragment(request, _cases_html(request.user, after))


def _cases_html(staff: Staff, after: Place | None) -> str:
    now = clock.now()
    open_cases = _visible(staff).filter(state__in=QUEUES | IN_HAND, consent_until__gt=now)
    rows = open_cases.prefetch_related("replies").order_by("-owner_called", "opened_at", "pk")
    held = Q(state__in=IN_HAND, lease_until__gt=now)
    mine = rows.filter(held, holder=staff)
    others = rows.filter(held).exclude(holder=staff)[:HELD_ROWS]
    free, last = _free(rows, staff, after, now)
    ended = Q(decided_at__gt=now - LATELY) | Q(closed_at__gt=now - LATELY)
    lately = (
        _visible(staff)
        .filter(ended, state__in=[State.DECIDED, State.CLOSED], erased=False)
        .prefetch_related("replies")
        .order_by("-pk")[:LATELY_ROWS]
    )
    return render_to_string(
        "escalation/_cases.html",
        {
            "staff": staff,
            "mine": [case_words.line_of(c, now) for c in mine],
            "chooses": staff.is_supervisor or staff.is_technician,
            "somebody": next_case.somebody_waits(staff, now),
            "helps": bool(skills.matters_of(staff, now)) or staff.is_supervisor,
            "free": [case_words.line_of(c, now) for c in free],
            "alone": rows.filter(state=State.UNSTAFFED).count() if staff.is_supervisor else 0,
            "following": last.written() if last else "",
            "others": [case_words.line_of(c, now) for c in others],
            "lately": [case_words.line_of(c, now) for c in lately],
            "listening": unheard.listening(clock.computer_now()),
            "answers_calls": phone_calls.may_answer(staff, now),
            "to_take_over": calls.offered(staff, now) if _helps_people(staff, now) else (),
            **(_for_supervisors(staff) if staff.is_supervisor else {}),
            **({} if staff.roles.isdisjoint(AT_MACHINES) else _machines(now)),
        },
    )


def _free(
    rows: QuerySet[Case], staff: Staff, after: Place | None, now: datetime
) -> tuple[list[Case], Place | None]:
    """Return who waits, on this page, and after whom the next begins."""
    if not (staff.is_supervisor or staff.is_technician):
        return [], None
    size = FREE_ROWS_SUPERVISOR if staff.is_supervisor else FREE_ROWS
    free, last = queue_pages.page(rows, QUEUES, after=after, size=size)
    # Their lease has ended, and the clock puts them back within seconds.
    lapsed = rows.filter(state__in=IN_HAND, lease_until__lte=now)[:size]
    return [*free, *(() if after else lapsed)], last


def _helps_people(staff: Staff, now: datetime) -> bool:
    return Matter.CARE in skills.matters_of(staff, now)


def _for_supervisors(staff: Staff) -> dict[str, object]:
    """Return what takes a supervisor: a second person's word, and what is held together."""
    asked = _visible(staff).filter(state=State.APPROVAL).exclude(holder=staff)
    return {
        "to_approve": asked.order_by("pk"),
        "incidents": [
            {"number": one.pk, "words": case_words.cohort(incidents.cohort_of(one))}
            for one in incidents.running()
        ],
        "held_together": Case.objects.filter(state=State.HELD).count(),
    }


def _machines(now: datetime) -> dict[str, object]:
    return {
        "looks_at_machines": True,
        "parts": servicing.parts_to_send(now).count(),
        "not_heard": unheard.running().count(),
        "kept_aside": Quarantine.objects.count(),
    }


def _fragment(request: HttpRequest, html: str) -> HttpResponse:
    etag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(html)
    response.headers["ETag"] = etag
    return response


# -------------------------------------------------------------------------------- case


@require_GET
@login_required
def case_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show one case, in the order in which it should be read."""
    staff = staff_of(request)
    return case_response(request, case_or_404(staff, number), staff)


@require_GET
def case_news(request: HttpRequest, number: int) -> HttpResponse:
    """Return a note if the case has moved since the page was made; nothing personal."""
    if not isinstance(request.user, Staff):
        return HttpResponseForbidden()
    case = case_or_404(request.user, number)
    moved = request.GET.get("seen") != _mark(case)
    html = render_to_string("escalation/_news.html", {"case": case}) if moved else ""
    return _fragment(request, html)


@require_GET
def case_journey(request: HttpRequest, number: int) -> HttpResponse:
    """Return how far the decision has come on its way home; nothing personal."""
    if not isinstance(request.user, Staff):
        return HttpResponseForbidden()
    case = case_or_404(request.user, number)
    decision = case_words.decision_of(case, clock.now())
    html = render_to_string("escalation/_journey.html", {"decision": decision})
    return _fragment(request, html if decision else "")


_REPLIES = PreparedQuery(
    lambda: OwnerReply.objects.filter(case=Given("case")).values_list("pk"), keeps_plan=True
)
_HAND_OVERS = PreparedQuery(
    lambda: HandOver.objects.filter(case=Given("case")).select_related("by").order_by("at"),
    keeps_plan=True,
)


def _mark(case: Case) -> str:
    return f"{case.state}.{case.fence}.{len(_REPLIES.fetch(case=case.pk))}"


def case_response(
    request: HttpRequest,
    case: Case,
    staff: Staff,
    form: DecisionForm | None = None,
    status: int = 200,
    **others: Form,
) -> HttpResponse:
    """Return the page of ``case``, having written down that ``staff`` reads it.

    ``others`` are the page's smaller forms, by name, where one of them was not accepted.
    """
    now = clock.now()
    deskwork.settle(case, now)
    acts.look(case, staff, now=now)
    holds = case.held_at(now) and case.holder_id == staff.pk
    if form is None and holds:
        draft = request.session.get(draft_key(case), {})
        form = DecisionForm(case, initial={**draft, "fence": case.fence})
    context = {
        "case": case,
        "mark": _mark(case),
        "sheet": None if case.erased else case_words.sheet_of(case, staff, now),
        "decision": case_words.decision_of(case, now),
        "ending": case_words.outcome_of(case) if case.state == State.CLOSED else "",
        "form": form if holds else None,
        "until": clock_words.moment(case.lease_until, now) if case.lease_until else "",
        "held_by_other": case.held_at(now) and not holds,
        "may_claim": not case.held_at(now)
        and case.state in QUEUES | IN_HAND
        and case.kept_from_id != staff.pk
        and SKILL[Matter(case.matter)] in staff.roles
        and (case.matter == Matter.SERVICE or acts.had_before(case, staff)),
        "hand_overs": _HAND_OVERS.fetch(case=case.pk),
        "waits": case.state in QUEUES,
        "no_call": holds
        and case.matter == Matter.CARE
        and form is not None
        and not form.offers(Choice.CALL),
        **surroundings.around(case, staff, now, holds=holds),
        **others,
    }
    return render(request, "escalation/case.html", context, status=status)


def draft_key(case: Case) -> str:
    """Return under which name the session keeps what was written for this case."""
    return f"draft-{case.pk}"
