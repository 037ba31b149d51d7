"""Coming in: the password, then the six figures for whoever has set up a second factor.

Between the two steps nobody is logged in: the session knows whose password was right, for
``WITHIN``, and no page but the second step looks at that. A password that is changed in
between, or an account that is closed, ends it.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from escalation import clock
from escalation.console.forms import LoginForm
from escalation.console.middleware import GetResponse
from escalation.entrance import second_factor
from escalation.models import Staff

WITHIN = timedelta(minutes=5)
WAITING_FOR_CODE = "waiting_for_code"
GAVE_CODE = "gave_code"
"""In the session of somebody whose code was right."""

OPEN_WITHOUT_CODE = (
    *("second_factor", "begin_second_factor", "confirm_second_factor"),
    *("login", "login_code", "logout", "language", "healthz", "metrics", "security_txt"),
    "enrol_certificate",
)


class ByPassword(LoginView):
    """The first step. Whoever has no second factor is in."""

    template_name = "escalation/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let somebody in, or ask for their code."""
        staff = form.get_user()
        assert isinstance(staff, Staff)
        if not second_factor.is_set_up(staff):
            return super().form_valid(form)
        # Whatever this session was before is nobody's now.
        self.request.session.flush()
        self.request.session[WAITING_FOR_CODE] = {
            "staff": staff.pk,
            "password": staff.get_session_auth_hash(),
            "since": clock.now().timestamp(),
            "next": self.get_success_url(),
        }
        return HttpResponseRedirect(reverse("login_code"))


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
    """Where a second factor is required, lead whoever has none to setting one up."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not settings.SECOND_FACTOR_REQUIRED or not isinstance(request.user, Staff):
            return get_response(request)
        if request.session.get(GAVE_CODE) or _is_open(request.path):
            return get_response(request)
        if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
            # A part of a page that renews itself: the page then loads itself anew.
            return HttpResponseForbidden()
        if second_factor.is_set_up(request.user):
            # This session began with a password alone, before a code was asked for.
            logout(request)
            return redirect("login")
        return redirect("second_factor")

    return middleware


def _is_open(path: str) -> bool:
    return path in {reverse(name) for name in OPEN_WITHOUT_CODE}


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
    target = request.session.pop(WAITING_FOR_CODE)["next"]
    login(request, staff, backend=settings.AUTHENTICATION_BACKENDS[0])
    gave_code(request)
    return HttpResponseRedirect(target)
