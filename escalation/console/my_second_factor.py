"""My second factor: set it up, see that it is there, take new recovery codes, remove it.

A secret is on the page until a first code has confirmed it, and never again. Recovery codes
are on the one answer that made them.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.console import clock_words
from escalation.console.entering import gave_code
from escalation.console.views import staff_of
from escalation.entrance import door, lines, one_time_codes, qr_code, second_factor
from escalation.entrance.doings import Doing
from escalation.models import Staff

DOING_WORDS = {
    Doing.SET_UP: gettext_lazy("The second factor was set up."),
    Doing.REMOVED: gettext_lazy("The second factor was removed."),
    Doing.RESET: gettext_lazy("Whoever runs the desk removed the second factor."),
    Doing.RECOVERED: gettext_lazy("A recovery code was used."),
    Doing.NEW_CODES: gettext_lazy("New recovery codes were made."),
    Doing.LOCKED: gettext_lazy("Five wrong passwords within a minute. Was it you?"),
    Doing.CAME_IN: gettext_lazy("You came in with your password."),
    Doing.CAME_BY_ORG: gettext_lazy("You came in by your organisation."),
    Doing.LINKED: gettext_lazy("Your organisation’s sign-in was linked to this account."),
    Doing.UNLINKED: gettext_lazy("Your organisation’s sign-in opens nothing here any more."),
    Doing.WAS_ME: gettext_lazy("You said that it was you who had tried."),
    Doing.NOT_ME: gettext_lazy("You said that it was not you; every other session ended."),
    Doing.NEW_PASSWORD: gettext_lazy("Your password was changed."),
    Doing.GUESSED: gettext_lazy("Five wrong codes: somebody knew the password. Was it you?"),
}


@require_GET
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Show where one's own second factor stands."""
    return _page(request, staff_of(request))


@require_POST
@login_required
def begin(request: HttpRequest) -> HttpResponse:
    """Make a secret; it counts for nothing until a code confirms it."""
    second_factor.begin(staff_of(request), clock.now())
    return redirect("second_factor")


@sensitive_post_parameters("code")
@sensitive_variables("codes")
@require_POST
@login_required
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for codes from now on, and show the recovery codes this once."""
    staff = staff_of(request)
    if second_factor.is_set_up(staff):
        return redirect("second_factor")
    codes = second_factor.confirm(staff, request.POST.get("code", ""), clock.now())
    if codes is None:
        return _page(request, staff, error=_wrong())
    gave_code(request)
    return _codes(request, codes)


@sensitive_post_parameters("code")
@sensitive_variables("codes")
@require_POST
@login_required
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes and show them this once; those before count no more."""
    staff = staff_of(request)
    error = refusal(staff, request)
    if error:
        return _page(request, staff, error=error)
    return _codes(request, second_factor.new_recovery_codes(staff, clock.now()))


@sensitive_post_parameters("code")
@require_POST
@login_required
def remove(request: HttpRequest) -> HttpResponse:
    """Ask for the password alone again; it takes a code, so that no stranger can do it."""
    staff = staff_of(request)
    error = refusal(staff, request)
    if error:
        return _page(request, staff, error=error)
    second_factor.remove(staff, clock.now())
    messages.success(request, _("The second factor was removed."))
    return redirect("second_factor")


def refusal(staff: Staff, request: HttpRequest) -> str:
    """Return why the code of ``request`` does not open; empty: it does, and is used up."""
    try:
        right = second_factor.check(staff, request.POST.get("code", ""), clock.now())
    except second_factor.TooManyTries:
        return _("Too many tries. Wait a quarter of an hour, then try again.")
    return "" if right else _wrong()


def _wrong() -> str:
    return _("This code does not open. Wait for the next one, then try again.")


@sensitive_variables("secret")
def _page(request: HttpRequest, staff: Staff, *, error: str = "") -> HttpResponse:
    now = clock.now()
    context: dict[str, object] = {
        "is_set_up": second_factor.is_set_up(staff),
        "error": error,
        "tried": door.tried(staff, now) is not None,
        "lines": [
            (clock_words.moment(line.at, now), DOING_WORDS[Doing(line.doing)])
            for line in lines.of(staff)
        ],
    }
    secret = second_factor.unconfirmed_secret(staff)
    if secret is not None:
        address = one_time_codes.address(secret, account=staff.username, desk="Demitasse")
        side, drawn = qr_code.path(address)
        spelled = one_time_codes.spelled(secret)
        context |= {"address": address, "side": side, "drawn": drawn, "spelled": spelled}
    status = 422 if error else 200
    return render(request, "escalation/second_factor.html", context, status=status)


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "escalation/recovery_codes.html", {"codes": codes})
