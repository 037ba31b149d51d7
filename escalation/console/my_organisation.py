"""My sign-in at the organisation: linked once, by myself, with a code.

A session alone links nothing: whoever found a screen unlocked would otherwise have a way in
for ever. It takes a code of the second factor, and then a sign-in over there.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.console import my_second_factor
from escalation.console.views import staff_of
from escalation.entrance import identities, second_factor
from escalation.entrance.id_token import Somebody
from escalation.entrance.journeys import Journey
from escalation.entrance.options import Organisation
from escalation.models import Staff

MAY_LINK = "may_link"
"""In a session in which a code was given to link, and when."""
WITHIN = timedelta(minutes=10)


def organisation() -> Organisation:
    """Return whose sign-in it is; without one there is no such page."""
    found = settings.SIGN_IN.organisation
    if not isinstance(found, Organisation):
        raise Http404
    return found


@require_GET
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Show whether the organisation's sign-in opens one's own account."""
    return _page(request, staff_of(request))


@sensitive_post_parameters("code")
@require_POST
@login_required
def may_link(request: HttpRequest) -> HttpResponse:
    """Allow one journey that links, against a code."""
    organisation()
    staff = staff_of(request)
    error = my_second_factor.refusal(staff, request)
    if error:
        return _page(request, staff, error=error)
    request.session[MAY_LINK] = clock.now().timestamp()
    return redirect("my_organisation")


@sensitive_post_parameters("code")
@require_POST
@login_required
def unlink(request: HttpRequest) -> HttpResponse:
    """Let the organisation's sign-in open this account no more, against a code."""
    staff = staff_of(request)
    error = my_second_factor.refusal(staff, request)
    if error:
        return _page(request, staff, error=error)
    identities.unlink(staff, clock.now())
    messages.success(request, _("Your organisation’s sign-in opens nothing here any more."))
    return redirect("my_organisation")


def linking(request: HttpRequest) -> bool:
    """Return whether a code was given to link, a moment ago."""
    since = request.session.get(MAY_LINK)
    if since is None:
        return False
    return bool(0 <= clock.now().timestamp() - since < WITHIN.total_seconds())


def arrived(request: HttpRequest, journey: Journey, somebody: Somebody) -> HttpResponse:
    """Link whom the organisation vouches for to whoever set off."""
    staff = request.user
    if not isinstance(staff, Staff) or staff.pk != journey.staff or not linking(request):
        messages.warning(request, _("This took too long. Please begin again."))
        return redirect("my_organisation")
    del request.session[MAY_LINK]
    try:
        identities.link(
            staff, issuer=somebody.issuer, subject=somebody.subject, now=clock.now()
        )
    except identities.Taken:
        text = _("This sign-in opens somebody else’s account here. Nothing was changed.")
        messages.warning(request, text)
    else:
        messages.success(
            request, _("From now on your organisation’s sign-in lets you in here.")
        )
    return redirect("my_organisation")


def _page(request: HttpRequest, staff: Staff, *, error: str = "") -> HttpResponse:
    context = {
        "organisation": organisation().name,
        "is_linked": identities.is_linked(staff),
        "has_factor": second_factor.is_set_up(staff),
        "linking": linking(request),
        "error": error,
    }
    status = 422 if error else 200
    return render(request, "escalation/my_organisation.html", context, status=status)
