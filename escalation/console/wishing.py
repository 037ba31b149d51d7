"""What an owner wishes, what is put right, and who looks again: forms beside the decision."""

import uuid
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from escalation import clock
from escalation.casework import making_good, wishes
from escalation.casework.wishes import Wishes
from escalation.console.explaining import act_by_form
from escalation.console.forms import ApologyForm, WishesForm
from escalation.console.views import case_or_404, staff_of
from escalation.guarding import objections
from escalation.guarding.models import Against


@require_POST
@login_required
def note(request: HttpRequest, number: int) -> HttpResponse:
    """Keep how the owner likes to be spoken with."""
    return act_by_form(
        request,
        number,
        "wishes_form",
        WishesForm(request.POST),
        lambda wished: partial(wishes.note, wished=Wishes(**wished)),
    )


@require_POST
@login_required
def apologise(request: HttpRequest, number: int) -> HttpResponse:
    """Say that we were wrong, and what is put right."""
    return act_by_form(
        request,
        number,
        "apology_form",
        ApologyForm(request.POST),
        lambda words: (
            lambda case, staff, *, fence, now: making_good.apologise(
                case, staff, **words, now=now
            )
        ),
    )


@require_POST
@login_required
def look_again(request: HttpRequest, number: int) -> HttpResponse:
    """Let somebody else look again: the owner says that they were not heard."""
    staff = staff_of(request)
    case = case_or_404(staff, number)
    if case.decided_by_id is None:
        raise PermissionDenied
    made = making_good.not_heard(case, reply_id=uuid.uuid4().hex, now=clock.now())
    if not case.erased:
        objections.keep(case, Against.NOT_HEARD, clock.now())
    if made is None:
        messages.warning(request, _("The consent is over: nothing more may be done here."))
    else:
        messages.success(request, _("Somebody else will look at it again, first in line."))
    return redirect("case", number)
