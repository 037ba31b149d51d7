"""Somebody is on the telephone: found by the name they chose, and helped at once.

Names are sent in the body of a form and never in an address, so that no log has them.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from escalation import clock
from escalation.casework import finding, phone_calls
from escalation.console import clock_words
from escalation.console.views import staff_of
from escalation.models import CaseEvent, Staff


def _answers(request: HttpRequest) -> Staff:
    staff = staff_of(request)
    if not phone_calls.may_answer(staff, clock.now()):
        raise PermissionDenied
    return staff


@require_http_methods(["GET", "POST"])
@login_required
def search(request: HttpRequest) -> HttpResponse:
    """Ask for a name; show who is called so."""
    staff, now = _answers(request), clock.now()
    typed = request.POST.get("name", "").strip()[: finding.TYPED_MAX]
    context: dict[str, object] = {"typed": typed}
    if typed:
        try:
            found = finding.find(
                typed, staff=staff, now=now, after=request.POST.get("after", "")
            )
        except finding.HandleEnded:
            return redirect("called")
        context |= {
            "asked": True,
            "more": found.more,
            "homes": [
                {
                    "home": home,
                    "since": clock_words.day(home.since),
                    "helped": clock_words.day(home.last_helped_at)
                    if home.last_helped_at
                    else "",
                }
                for home in found.homes
            ],
        }
    return render(request, "escalation/called.html", context)


@require_POST
@login_required
def answer(request: HttpRequest) -> HttpResponse:
    """Open the caller's case, or the one that is open already."""
    staff = _answers(request)
    try:
        device = finding.device_of(request.POST.get("handle", ""), staff=staff)
    except finding.HandleEnded:
        messages.warning(request, _("This list was an old one. Please look once more."))
        return redirect("called")
    case = phone_calls.answer(device, staff, clock.now())
    has_it = case.holder_id == staff.pk or staff.is_supervisor
    had_it = CaseEvent.objects.filter(case=case, actor=staff, event="claim").exists()
    if has_it or had_it:
        return redirect("case", case.pk)
    text = _("%(name)s is with them already: ask them to hand the call over.")
    holder = case.holder.first_name if case.holder else _("A colleague")
    messages.info(request, text % {"name": holder})
    return redirect("waiting")
