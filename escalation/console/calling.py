"""A call with an owner, as the page offers it: begun, handed over, ended; and danger."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from escalation import clock
from escalation.cases import CaseError, Matter
from escalation.casework import calls, danger
from escalation.casework.danger import Step
from escalation.console.explaining import act_on_case, explain
from escalation.console.forms import HOUR_REASON_MAX, TEXT_LENGTH_MAX
from escalation.console.views import staff_of
from escalation.models import Case
from escalation.team import skills


@require_POST
@login_required
def talk(request: HttpRequest, number: int) -> HttpResponse:
    """Note that this person is on the line with the owner."""
    why = request.POST.get("why_now", "").strip()[:HOUR_REASON_MAX]
    return act_on_case(request, number, partial(calls.begin, why=why))


@require_POST
@login_required
def hang_up(request: HttpRequest, number: int) -> HttpResponse:
    """Note that the call is over."""
    return act_on_case(request, number, calls.hang_up)


@require_POST
@login_required
def offer(request: HttpRequest, number: int) -> HttpResponse:
    """Ask the colleagues to take the call over."""
    return act_on_case(request, number, calls.offer)


@require_http_methods(["GET", "POST"])
@login_required
def take_over(request: HttpRequest, number: int) -> HttpResponse:
    """Show who asks, and take the call over when the button is pressed."""
    staff, now = staff_of(request), clock.now()
    if Matter.CARE not in skills.matters_of(staff, now):
        raise PermissionDenied
    offered = [case for case in calls.offered(staff, now) if case.pk == number]
    if not offered:
        if not Case.objects.filter(pk=number, holder=staff).exists():
            messages.info(request, _("Somebody has the call already. Thank you."))
            return redirect("waiting")
        raise Http404
    (case,) = offered
    if request.method == "GET":
        return render(request, "escalation/take_over.html", {"case": case})
    try:
        calls.take_over(case, staff, now=now)
    except CaseError as error:
        explain(request, Case.objects.get(pk=number), error)
        return redirect("waiting")
    return redirect("case", number)


@require_POST
@login_required
def emergency(request: HttpRequest, number: int) -> HttpResponse:
    """Open the steps: somebody may be in danger."""
    return act_on_case(request, number, danger.emergency)


@require_POST
@login_required
def step(request: HttpRequest, number: int) -> HttpResponse:
    """Note a step as done, or why it was left out."""
    said = request.POST.get("step", "")
    if said not in set(Step):
        raise Http404
    because = ""
    if "left_out" in request.POST:
        because = request.POST.get("because", "").strip()[:TEXT_LENGTH_MAX]
        if not because:
            messages.warning(request, _("Say why you leave the step out."))
            return redirect("case", number)
    taken = partial(danger.take_step, step=Step(said), left_out_because=because)
    return act_on_case(request, number, taken)
