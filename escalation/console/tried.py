"""Somebody tried to come in with my name: was it me? And for supervisors, who was locked out.

How often, when, and whether they knew the password: that is all that is told, to the person
themselves. Supervisors see whose tries were used up, so that they can ask. No page has an
address of anybody.
"""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.cases import Role
from escalation.console import clock_words
from escalation.console.entering import MUST_RENEW, safe_target
from escalation.console.views import staff_of
from escalation.entrance import door, lines, second_factor
from escalation.entrance.doings import Doing


@require_GET
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Say what was tried, and ask."""
    now = clock.now()
    found = door.tried(staff_of(request), now)
    if found is None:
        return HttpResponseRedirect(_next(request))
    context = {
        "n": found.number,
        "more": lines.FAILED_MAX in (found.passwords, found.codes),
        "once": found.number == 1,
        "first": clock_words.moment(found.first, now),
        "last": clock_words.moment(found.last, now),
        "knew_password": found.codes > 0 or (found.locked and not found.passwords),
        "locked": found.locked,
        "next": _next(request),
    }
    return render(request, "escalation/tried.html", context)


@require_POST
@login_required
def was_me(request: HttpRequest) -> HttpResponse:
    """Go on: it was the person themselves."""
    door.was_me(staff_of(request), clock.now())
    return HttpResponseRedirect(_next(request))


@require_POST
@login_required
def was_not_me(request: HttpRequest) -> HttpResponse:
    """End every other session, and ask for what nobody else can know."""
    staff = staff_of(request)
    door.was_not_me(staff, clock.now(), keep=request.session.session_key)
    messages.info(request, _("Every other session with your name has ended."))
    if settings.SIGN_IN.passwords:
        request.session[MUST_RENEW] = True
        return redirect("my_password")
    ask_for_new_factor(request)
    return redirect("second_factor")


def ask_for_new_factor(request: HttpRequest) -> None:
    """Say what else somebody can do who was tried."""
    if second_factor.is_set_up(staff_of(request)):
        text = _("Remove your second factor and set it up anew, too: it takes two minutes.")
    else:
        text = _("Set up a second factor, too: a password alone then opens nothing.")
    messages.info(request, text)


@require_GET
@login_required
def lockouts(request: HttpRequest) -> HttpResponse:
    """Show supervisors whose tries were used up lately."""
    staff_of(request, Role.SUPERVISOR)
    now = clock.now()
    found = [
        (one.staff.first_name, clock_words.moment(one.at, now), one.doing == Doing.GUESSED)
        for one in door.lockouts(now)
    ]
    return render(request, "escalation/lockouts.html", {"lines": found})


def _next(request: HttpRequest) -> str:
    return safe_target(request, request.POST.get("next") or request.GET.get("next") or "")
