"""My password: a new one against the one there is. All other sessions end with the old one."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from escalation import clock
from escalation.console.entering import MUST_RENEW
from escalation.console.tried import ask_for_new_factor
from escalation.console.views import staff_of
from escalation.entrance import door, lines, tries
from escalation.entrance.doings import Doing, Guess


class NewPassword(PasswordChangeForm):
    """The password there is, and a new one twice. Guessing the first is counted."""

    def clean_old_password(self) -> str:
        """Look at it, if there are tries left."""
        name, now = self.user.get_username(), clock.now()
        if not tries.take(Guess.PASSWORD, name, now):
            raise ValidationError(_("Too many tries. Wait a minute, then try again."))
        try:
            said = super().clean_old_password()
        except ValidationError:
            door.wrong_password(name, now)
            raise
        tries.forget(Guess.PASSWORD, name)
        return str(said)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Take a new password."""
    if not settings.SIGN_IN.passwords:
        raise Http404
    staff, owed = staff_of(request), bool(request.session.get(MUST_RENEW))
    form = NewPassword(staff, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.errors else 200
        context = {"form": form, "owed": owed}
        return render(request, "escalation/my_password.html", context, status=status)
    with transaction.atomic():
        form.save()
        lines.note(staff, Doing.NEW_PASSWORD, clock.now())
    update_session_auth_hash(request, staff)
    messages.success(request, _("Your new password counts from now on."))
    if not owed:
        return redirect("me")
    del request.session[MUST_RENEW]
    ask_for_new_factor(request)
    return redirect("second_factor")
