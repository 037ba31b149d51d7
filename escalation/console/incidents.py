"""Incidents as supervisors see them: what is held, what owners are told, what they answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.cases import Event, Role, State
from escalation.casework import incidents
from escalation.casework.cohorts import Cohort
from escalation.console import case_words, clock_words, offered_words
from escalation.console.forms import TellForm
from escalation.console.views import staff_of
from escalation.models import Case, CaseEvent, Incident, OwnerReply
from wire.messages import Language

ENDED_ROWS = 20
REPLY_ROWS = 50


@require_GET
@login_required
def everything(request: HttpRequest) -> HttpResponse:
    """List the incidents that run, those that ended, and what waits by cohort."""
    staff_of(request, Role.SUPERVISOR)
    now = clock.now()
    ended = Incident.objects.filter(released_at__isnull=False).order_by("-released_at")
    waiting = sorted(incidents.waiting_by_cohort(now).items(), key=lambda pair: -pair[1])
    context = {
        "running": [_line(one) for one in incidents.running()],
        "ended": [_line(one) for one in ended[:ENDED_ROWS]],
        "waiting": [
            {
                "words": case_words.cohort(one),
                "n": n,
                "key": "\n".join((one.model, one.firmware, one.batch, one.noticed)),
            }
            for one, n in waiting
        ],
    }
    return render(request, "escalation/incidents.html", context)


def _line(incident: Incident) -> dict[str, object]:
    now = clock.now()
    return {
        "number": incident.pk,
        "words": case_words.cohort(incidents.cohort_of(incident)),
        "since": clock_words.moment(incident.opened_at, now),
        "held": _held(incident).count(),
    }


def _held(incident: Incident) -> QuerySet[Case]:
    return Case.objects.filter(incident=incident, state=State.HELD)


@require_POST
@login_required
def open_by_hand(request: HttpRequest) -> HttpResponse:
    """Hold what a supervisor knows to be one matter."""
    supervisor = staff_of(request, Role.SUPERVISOR)
    said = request.POST.get("cohort", "").replace("\r\n", "\n").split("\n")
    if len(said) != 4 or not said[3]:
        messages.warning(request, _("Choose which machines are meant."))
        return redirect("incidents")
    model, firmware, batch, noticed = said
    cohort = Cohort(
        model=model[:80], firmware=firmware[:64], batch=batch[:64], noticed=noticed[:40]
    )
    incident = incidents.open_by_hand(cohort, supervisor, clock.now())
    return redirect("incident", incident.pk)


@require_GET
@login_required
def page(request: HttpRequest, number: int) -> HttpResponse:
    """Show one incident."""
    staff_of(request, Role.SUPERVISOR)
    return _page(request, get_object_or_404(Incident, pk=number), None)


def _page(
    request: HttpRequest, incident: Incident, form: TellForm | None, status: int = 200
) -> HttpResponse:
    now = clock.now()
    told = CaseEvent.objects.filter(case__incident=incident, event=Event.INFORM)
    replies = OwnerReply.objects.filter(
        case__incident=incident, replied_at__gte=incident.opened_at
    )
    soonest = _held(incident).order_by("held_until").first()
    context = {
        **_line(incident),
        "incident": incident,
        "ended": incident.released_at is not None,
        "ended_by": incident.released_by.first_name if incident.released_by else "",
        "told": told.count(),
        "until": clock_words.moment(soonest.held_until, now)
        if soonest and soonest.held_until
        else "",
        "replies": replies.select_related("case").order_by("-pk")[:REPLY_ROWS],
        "form": form or TellForm(initial=_first_words(incident)),
        "reasons": offered_words.for_incident(case_words.language()).reasons,
    }
    return render(request, "escalation/incident.html", context, status=status)


def _first_words(incident: Incident) -> dict[str, str]:
    first = {one: "\n".join(offered_words.for_incident(one).lines) for one in Language}
    return {
        "text_fr": incident.text_fr or first[Language.FR],
        "text_en": incident.text_en or first[Language.EN],
    }


@require_POST
@login_required
def tell(request: HttpRequest, number: int) -> HttpResponse:
    """Tell every owner in it, now and whoever joins, each once."""
    supervisor = staff_of(request, Role.SUPERVISOR)
    incident = get_object_or_404(Incident, pk=number, released_at=None)
    form = TellForm(request.POST)
    if not form.is_valid():
        return _page(request, incident, form, status=422)
    words = form.cleaned_data
    texts = {Language.FR: words["text_fr"], Language.EN: words["text_en"]}
    incidents.tell(incident, supervisor, texts)
    messages.success(request, _("It is on its way to each of them, and to whoever joins."))
    return redirect("incident", number)


@require_POST
@login_required
def release(request: HttpRequest, number: int) -> HttpResponse:
    """End the incident: who is still held waits for a person."""
    supervisor = staff_of(request, Role.SUPERVISOR)
    incident = get_object_or_404(Incident, pk=number, released_at=None)
    # Words about a matter that is over would come too late: a person is better.
    untold = incidents.untold(incident).count() if incident.told_by else 0
    freed = incidents.release(incident, supervisor, clock.now())
    text = ngettext(
        "%(n)d person waits for one of us now, first in line.",
        "%(n)d people wait for one of us now, first in line.",
        freed,
    )
    messages.success(request, text % {"n": freed})
    if untold:
        text = ngettext(
            "%(n)d of them had not been told yet, and is not told any more.",
            "%(n)d of them had not been told yet, and are not told any more.",
            untold,
        )
        messages.info(request, text % {"n": untold})
    return redirect("incident", number)
