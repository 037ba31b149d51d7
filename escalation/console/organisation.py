"""Coming in by the organisation's own sign-in: there, back, and out again.

Whoever comes back is nobody until everything holds: the journey was begun in this browser,
ends for the first time, and the organisation vouches for an identity that somebody has linked
on purpose. Where it does not answer, the page says so kindly, and the password stays where it
is allowed. What is logged is a reason of ours, and nothing that was sent.
"""

import hmac
import logging
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from escalation import clock
from escalation.console import my_organisation
from escalation.console.entering import (
    BY_ORGANISATION,
    gave_code,
    let_in,
    let_in_or_ask,
    safe_target,
    ways_in,
)
from escalation.console.views import staff_of
from escalation.entrance import identities, journeys, provider, second_factor, tries
from escalation.entrance.asking import Nonsense, Unreachable
from escalation.entrance.doings import Guess
from escalation.entrance.id_token import Somebody, Unbelievable
from escalation.entrance.journeys import Journey, Purpose
from escalation.entrance.options import Organisation
from wire.options import ConfigError

log = logging.getLogger("escalation.entrance")

COOKIE = "desk_journey"
COOKIE_PATH = "/login/organisation"
CODE_LENGTH_MAX = 4096
FAILURES = (Unreachable, Nonsense, Unbelievable, ConfigError)


@require_GET
def go(request: HttpRequest) -> HttpResponse:
    """Send the browser to the organisation."""
    organisation = my_organisation.organisation()
    if request.user.is_authenticated:
        return redirect("waiting")
    journey = journeys.begin(
        Purpose.ENTER, clock.now(), next_=safe_target(request, request.GET.get("next", ""))
    )
    return _set_off(request, organisation, journey)


@require_GET
@login_required
def go_to_link(request: HttpRequest) -> HttpResponse:
    """Send the browser there to be linked, if a code was given a moment ago."""
    organisation, staff = my_organisation.organisation(), staff_of(request)
    if not my_organisation.linking(request):
        return redirect("my_organisation")
    journey = journeys.begin(Purpose.LINK, clock.now(), next_="", staff=staff.pk)
    return _set_off(request, organisation, journey)


def _set_off(
    request: HttpRequest, organisation: Organisation, journey: Journey
) -> HttpResponse:
    try:
        target = provider.provider_of(organisation).way_in(journey)
    except FAILURES as error:
        return _sorry(request, _no_answer(error))
    response = HttpResponseRedirect(target)
    response.set_cookie(
        COOKIE,
        journeys.close(journey),
        max_age=journeys.WITHIN,
        path=COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """Let in whoever the organisation vouches for; the journey ends here, once."""
    organisation = my_organisation.organisation()
    try:
        journey = _journey_of(request)
        somebody = _vouched_for(request, organisation, journey)
    except _Sorry as sorry:
        response = _sorry(request, sorry)
    else:
        if journey.purpose == Purpose.LINK:
            response = my_organisation.arrived(request, journey, somebody)
        else:
            response = _enter(request, organisation, journey, somebody)
    response.delete_cookie(COOKIE, path=COOKIE_PATH, samesite="Lax")
    return response


class _Sorry(Exception):
    """Nobody comes in: what the page says, and what the log says."""

    def __init__(self, text: str, reason: str, status: int = 403) -> None:
        super().__init__(reason)
        self.text = text
        self.status = status


def _journey_of(request: HttpRequest) -> Journey:
    now, said = clock.now(), _one(request, "state")
    begin_again = _(
        "This sign-in took too long, or was begun in another window. Please begin again."
    )
    journey = journeys.open_(request.COOKIES.get(COOKIE, ""), now)
    if journey is None or not hmac.compare_digest(said.encode(), journey.state.encode()):
        raise _Sorry(begin_again, "another browser, or another time")
    if not tries.take(Guess.JOURNEY, journey.state, now):
        raise _Sorry(begin_again, "this journey has ended before")
    return journey


def _vouched_for(
    request: HttpRequest, organisation: Organisation, journey: Journey
) -> Somebody:
    now, code = clock.now(), _one(request, "code")
    try:
        if not _is_from(request, organisation):
            raise Nonsense("the answer is from another issuer")
        if not 0 < len(code) <= CODE_LENGTH_MAX:
            text = _("Your organisation did not let you in. Please try again.")
            raise _Sorry(text, "the organisation let nobody in")
        somebody = provider.provider_of(organisation).redeem(code, journey, now)
    except FAILURES as error:
        raise _no_answer(error) from None
    if not tries.take(Guess.IDENTITY, f"{somebody.issuer} {somebody.subject}", now):
        raise _Sorry(_("Too many tries. Wait a minute, then try again."), "too often")
    return somebody


def _enter(
    request: HttpRequest, organisation: Organisation, journey: Journey, somebody: Somebody
) -> HttpResponse:
    staff = identities.staff_of(somebody)
    if staff is None:
        log.info("the organisation vouched for somebody whom no account here is linked to")
        context = {"subject": somebody.subject, "organisation": organisation.name}
        return render(request, "escalation/not_linked.html", context, status=403)
    target = safe_target(request, journey.next)
    if second_factor.is_set_up(staff) and not identities.counts_as_second_factor(
        somebody, organisation
    ):
        return let_in_or_ask(request, staff, target, by_organisation=True)
    response = let_in(request, staff, target, by_organisation=True)
    if identities.counts_as_second_factor(somebody, organisation):
        gave_code(request)
    return response


class Leave(LogoutView):
    """Going out; whoever came by the organisation is shown how to go out there, too."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """End the session."""
        came = request.session.get(BY_ORGANISATION, False)
        response = super().post(request, *args, **kwargs)
        return redirect("left_organisation") if came else response


@require_GET
def left(request: HttpRequest) -> HttpResponse:
    """Say that this computer may still be known to the organisation."""
    organisation = my_organisation.organisation()
    try:
        back = urljoin(organisation.return_url, reverse("login"))
        way_out = provider.provider_of(organisation).way_out(back)
    except FAILURES:
        way_out = ""
    context = {"organisation": organisation.name, "way_out": way_out}
    return render(request, "escalation/left.html", context)


def _one(request: HttpRequest, name: str) -> str:
    """Return a word that was said once; twice is as good as never."""
    said = request.GET.getlist(name)
    return said[0] if len(said) == 1 else ""


def _is_from(request: HttpRequest, organisation: Organisation) -> bool:
    """Return whether the answer is from whom we asked, as far as it says so (RFC 9207)."""
    if request.GET.getlist("iss"):
        return _one(request, "iss") == organisation.issuer
    return not provider.provider_of(organisation).addresses().names_itself


def _no_answer(error: Exception) -> _Sorry:
    text = _("Your organisation’s sign-in does not answer as it should at the moment.")
    return _Sorry(text, f"{type(error).__name__}: {error}", 503)


def _sorry(request: HttpRequest, sorry: _Sorry) -> HttpResponse:
    log.warning("nobody came in by the organisation: %s", sorry)
    context = {"sorry": sorry.text} | ways_in()
    page = "escalation/organisation_sorry.html"
    return render(request, page, context, status=sorry.status)
