"""Pausing and going home, in the console."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from escalation import clock
from escalation.cases import CallRunning, StepsOpen
from escalation.console.explaining import SENTENCES
from escalation.console.forms import TEXT_LENGTH_MAX
from escalation.console.views import staff_of
from escalation.team import presence


@require_POST
@login_required
def pause(request: HttpRequest) -> HttpResponse:
    """Give this person nobody new until they ask."""
    presence.pause(staff_of(request))
    messages.info(request, _("A pause, then. Whoever waits is for your colleagues meanwhile."))
    return redirect("waiting")


@require_POST
@login_required
def end(request: HttpRequest) -> HttpResponse:
    """Go home: what this person holds waits for somebody else, with a word from them."""
    staff, now = staff_of(request), clock.now()
    notes = {
        case.pk: request.POST.get(f"note-{case.pk}", "").strip()[:TEXT_LENGTH_MAX]
        for case in presence.in_hand(staff, now)
    }
    try:
        handed = presence.leave(staff, notes, now)
    except (CallRunning, StepsOpen) as error:
        messages.warning(request, str(SENTENCES[type(error)]))
        return redirect("waiting")
    text = _("Thank you for being there.")
    if handed:
        text += " " + ngettext(
            "%(n)d person waits for somebody else now.",
            "%(n)d people wait for somebody else now.",
            handed,
        ) % {"n": handed}
    messages.success(request, text)
    return redirect("waiting")
