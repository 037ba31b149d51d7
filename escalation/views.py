"""The console: pages rendered here, forms answered here.

Every view asks ``cases`` what the person may see, ``casework`` does what is to be done, and
a refusal comes back as a sentence that says what happened and what to do. A page of a case
is never shown without its audit row.
"""

import hashlib
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseForbidden,
    HttpResponseNotModified,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from escalation import case_words, casework, clock, clock_words, desk, deskwork
from escalation.cases import (
    QUEUES,
    SKILL,
    Matter,
    State,
    visible_matters,
)
from escalation.forms import DecisionForm
from escalation.models import Case, Quarantine, Staff
from wire.messages import Choice

LATELY = timedelta(days=7)
LATELY_ROWS = 10
"""How far back the list shows what was decided: enough to hand over a shift."""


def staff_of(request: HttpRequest) -> Staff:
    """Return who is logged in."""
    if not isinstance(request.user, Staff):
        raise PermissionDenied
    return request.user


def _visible(staff: Staff) -> QuerySet[Case]:
    matters = visible_matters(staff.roles)
    return Case.objects.filter(matter__in=matters).select_related(
        "holder", "decided_by", "device"
    )


def case_or_404(staff: Staff, number: int) -> Case:
    """Return the case, if there is one that ``staff`` may see."""
    case = _visible(staff).filter(pk=number).first()
    if case is None:
        raise Http404
    return case


# -------------------------------------------------------------------------------- list


@require_GET
@login_required
def waiting(request: HttpRequest) -> HttpResponse:
    """Show who waits, by name."""
    staff = staff_of(request)
    return render(request, "escalation/waiting.html", {"cases": _cases_html(staff)})


@require_GET
def waiting_now(request: HttpRequest) -> HttpResponse:
    """Return the list alone, for the page that keeps itself up to date."""
    if not isinstance(request.user, Staff):
        # A redirect would put the login form inside the list.
        return HttpResponseForbidden()
    return _fragment(request, _cases_html(request.user))


def _cases_html(staff: Staff) -> str:
    now = clock.now()
    open_cases = _visible(staff).filter(
        state__in=[*QUEUES, State.CLAIMED], consent_until__gt=now
    )
    rows = open_cases.prefetch_related("replies").order_by("opened_at", "pk")
    mine = [c for c in rows if c.held_at(now) and c.holder_id == staff.pk]
    others = [c for c in rows if c.held_at(now) and c.holder_id != staff.pk]
    free = [c for c in rows if not c.held_at(now)]
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
            "free": [case_words.line_of(c, now) for c in free],
            "others": [case_words.line_of(c, now) for c in others],
            "lately": [case_words.line_of(c, now) for c in lately],
            "kept_aside": Quarantine.objects.count() if staff.is_supervisor else 0,
        },
    )


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


def _mark(case: Case) -> str:
    return f"{case.state}.{case.fence}.{case.replies.count()}"


def case_response(
    request: HttpRequest,
    case: Case,
    staff: Staff,
    form: DecisionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return the page of ``case``, having written down that ``staff`` reads it."""
    now = clock.now()
    deskwork.settle(case, now)
    casework.look(case, staff, desk=desk.identity(), now=now)
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
        and case.state in (*QUEUES, State.CLAIMED)
        and SKILL[Matter(case.matter)] in staff.roles,
        "waits": case.state in QUEUES,
        "no_call": holds
        and case.matter == Matter.CARE
        and Choice.CALL not in casework.choices_of(case),
    }
    return render(request, "escalation/case.html", context, status=status)


def draft_key(case: Case) -> str:
    """Return under which name the session keeps what was written for this case."""
    return f"draft-{case.pk}"
