"""Coming in: the password, or the organisation; then the six figures for whoever has them.

Between the two steps nobody is logged in: the session knows whose password was right, for
``WITHIN``, and no page but the second step looks at that. A password that is changed in
between, or an account that is closed, ends it. Whoever comes in is told first of tries with
their name that were perhaps not theirs.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from escalation import clock
from escalation.console.forms import LoginForm
from escalation.console.middleware import GetResponse
from escalation.entrance import door, second_factor
from escalation.entrance.sessions import WAITING_FOR_CODE
from escalation.models import Staff

WITHIN = timedelta(minutes=5)
GAVE_CODE = "gave_code"
"""In the session of somebody whose code was right."""
BY_ORGANISATION = "by_organisation"
"""In the session of somebody whom the organisation let in."""
MUST_RENEW = "must_renew"
"""In the session of somebody who owes themselves a new password."""

OPEN_TO_ALL = (
    *("login", "login_code", "logout", "language", "healthz", "metrics", "security_txt"),
    *("enrol_certificate", "to_organisation", "from_organisation", "left_organisation"),
)
OPEN_WITHOUT_CODE = (
    *("second_factor", "begin_second_factor", "confirm_second_factor"),
    *OPEN_TO_ALL,
)
OPEN_BEFORE_RENEWAL = ("my_password", *OPEN_TO_ALL)


class ByPassword(LoginView):
    """The first step. Whoever has no second factor is in."""

    template_name = "escalation/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Look at a password only where passwords open anything."""
        if not settings.SIGN_IN.passwords:
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say which ways in there are."""
        return super().get_context_data(**kwargs) | ways_in()

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let somebody in, or ask for their code."""
        staff = form.get_user()
        assert isinstance(staff, Staff)
        return let_in_or_ask(self.request, staff, self.get_success_url())


def safe_target(request: HttpRequest, said: str) -> str:
    """Return an address of this console that was asked for, or the first page."""
    safe = url_has_allowed_host_and_scheme(
        said, {request.get_host()}, require_https=request.is_secure()
    )
    return said if safe else resolve_url(settings.LOGIN_REDIRECT_URL)


def ways_in() -> dict[str, object]:
    """Return what the login page needs to know."""
    organisation = settings.SIGN_IN.organisation
    return {
        "passwords": settings.SIGN_IN.passwords,
        "organisation": organisation.name if organisation else "",
    }


def let_in_or_ask(
    request: HttpRequest, staff: Staff, target: str, *, by_organisation: bool = False
) -> HttpResponse:
    """Let ``staff`` in, or ask for their code first if they have set one up."""
    if not second_factor.is_set_up(staff):
        return let_in(request, staff, target, by_organisation=by_organisation)
    # Whatever this session was before is nobody's now.
    request.session.flush()
    request.session[WAITING_FOR_CODE] = {
        "staff": staff.pk,
        "password": staff.get_session_auth_hash(),
        "since": clock.now().timestamp(),
        "next": target,
        "by_organisation": by_organisation,
    }
    return HttpResponseRedirect(reverse("login_code"))


def let_in(
    request: HttpRequest, staff: Staff, target: str, *, by_organisation: bool = False
) -> HttpResponse:
    """Let ``staff`` in, and tell them first of tries with their name."""
    now = clock.now()
    door.came_in(staff, now, by_organisation=by_organisation)
    login(request, staff, backend=settings.AUTHENTICATION_BACKENDS[0])
    if by_organisation:
        request.session[BY_ORGANISATION] = True
    if settings.SIGN_IN.passwords and door.has_to_renew(staff, now):
        request.session[MUST_RENEW] = True
    if door.tried(staff, now) is not None:
        target = f"{reverse('tried')}?{urlencode({'next': target})}"
    return HttpResponseRedirect(target)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def by_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code, and let in whoever has it."""
    staff = _waiting(request)
    if staff is None:
        request.session.pop(WAITING_FOR_CODE, None)
        return redirect("login")
    error = ""
    if request.method == "POST":
        try:
            if second_factor.check(staff, request.POST.get("code", ""), clock.now()):
                return _let_in(request, staff)
            error = _("This code does not open. Wait for the next one, then try again.")
        except second_factor.TooManyTries:
            error = _("Too many tries. Wait a quarter of an hour, then try again.")
    status = 422 if error else 200
    return render(request, "escalation/login_code.html", {"error": error}, status=status)


def gave_code(request: HttpRequest) -> None:
    """Remember for the length of this session that a code was given."""
    request.session[GAVE_CODE] = True


def second_factor_first(get_response: GetResponse) -> GetResponse:
    """Lead to what comes first: a new password that is owed, a second factor if required."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, Staff):
            return get_response(request)
        first = _what_comes_first(request, request.user)
        if first is None:
            return get_response(request)
        if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
            # A part of a page that renews itself: the page then loads itself anew.
            return HttpResponseForbidden()
        if first == "login":
            # This session began with a password alone, before a code was asked for.
            logout(request)
        return redirect(first)

    return middleware


def _what_comes_first(request: HttpRequest, staff: Staff) -> str | None:
    if request.session.get(MUST_RENEW):
        return None if _is_among(OPEN_BEFORE_RENEWAL, request.path) else "my_password"
    if not settings.SECOND_FACTOR_REQUIRED or request.session.get(GAVE_CODE):
        return None
    if _is_among(OPEN_WITHOUT_CODE, request.path):
        return None
    return "login" if second_factor.is_set_up(staff) else "second_factor"


def _is_among(names: tuple[str, ...], path: str) -> bool:
    return path in {reverse(name) for name in names}


def _waiting(request: HttpRequest) -> Staff | None:
    said = request.session.get(WAITING_FOR_CODE)
    if said is None:
        return None
    waited = clock.now().timestamp() - said["since"]
    staff = Staff.objects.filter(pk=said["staff"], is_active=True).first()
    if staff is None or not 0 <= waited <= WITHIN.total_seconds():
        return None
    same = constant_time_compare(staff.get_session_auth_hash(), said["password"])
    return staff if same else None


def _let_in(request: HttpRequest, staff: Staff) -> HttpResponse:
    said = request.session.pop(WAITING_FOR_CODE)
    by_organisation = said.get("by_organisation", False)
    response = let_in(request, staff, said["next"], by_organisation=by_organisation)
    gave_code(request)
    return response
