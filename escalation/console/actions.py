"""What staff do in the console: take a case, give it back, decide.

Each form is answered by one act of ``casework``. A refusal comes back as a sentence that says
what happened and what to do, and what was written is kept.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from escalation import clock
from escalation.cases import SKILL, CaseError, Matter, NoSkill, WrongRole
from escalation.casework import acts, next_case
from escalation.console import efforts
from escalation.console.explaining import explain, fence_of
from escalation.console.forms import DecisionForm
from escalation.console.views import case_or_404, case_response, draft_key, staff_of
from escalation.models import Case
from escalation.team import skills
from wire.messages import Choice
from wire.sealing import TooLong


@require_POST
@login_required
def claim(request: HttpRequest, number: int) -> HttpResponse:
    """Take a service case, or a care case that one has had before."""
    staff = staff_of(request)
    case = case_or_404(staff, number)
    if case.matter == Matter.CARE and not acts.had_before(case, staff):
        raise PermissionDenied
    try:
        acts.claim(case, staff, clock.now())
    except (WrongRole, NoSkill):
        raise PermissionDenied from None
    except CaseError as error:
        explain(request, case_or_404(staff, number), error)
    return redirect("case", number)


@require_POST
@login_required
def help_next(request: HttpRequest) -> HttpResponse:
    """Give the person who asks the next case, of those that take their skill."""
    staff = staff_of(request)
    try:
        case = next_case.take(staff, clock.now())
    except next_case.PauseFirst:
        text = _("You have helped %(n)d people within the hour. Have a coffee first.")
        messages.info(request, text % {"n": next_case.PEOPLE_AN_HOUR})
        return redirect("waiting")
    if case is None:
        if not skills.matters_of(staff, clock.now()):
            raise PermissionDenied
        messages.info(request, _("Nobody is waiting any more. Thank you for asking."))
        return redirect("waiting")
    return redirect("case", case.pk)


@require_POST
@login_required
def renew(request: HttpRequest, number: int) -> HttpResponse:
    """Keep the case for another lease: the page asks by itself while it lives."""
    staff = staff_of(request)
    case = case_or_404(staff, number)
    now = clock.now()
    try:
        acts.renew(case, staff, fence=fence_of(request), now=now)
    except CaseError as error:
        explain(request, case_or_404(staff, number), error)
    return redirect("case", number)


@require_POST
@login_required
def give_back(request: HttpRequest, number: int) -> HttpResponse:
    """Let the case wait for somebody else."""
    staff = staff_of(request)
    case = case_or_404(staff, number)
    try:
        acts.give_back(case, staff, fence=fence_of(request), now=clock.now())
    except WrongRole:
        raise PermissionDenied from None
    except CaseError as error:
        explain(request, case_or_404(staff, number), error)
        return redirect("case", number)
    request.session.pop(draft_key(case), None)
    messages.success(request, _("It waits for somebody else now. Thank you."))
    return redirect("waiting")


@require_POST
@login_required
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Record the decision and send it home."""
    staff = staff_of(request)
    case = case_or_404(staff, number)
    if SKILL[Matter(case.matter)] not in staff.roles:
        raise PermissionDenied
    if case.erased:
        return redirect("case", number)
    form = DecisionForm(case, request.POST)
    if not form.is_valid():
        _keep_draft(request, case)
        return case_response(request, case, staff, form, status=422)
    try:
        acts.decide(
            case,
            staff,
            fence=form.cleaned_data["fence"],
            choice=Choice(form.cleaned_data["choice"]),
            reason=form.cleaned_data["reason"],
            message=form.cleaned_data["message"],
            why_now=form.cleaned_data["why_now"],
            now=clock.now(),
        )
    except TooLong:
        form.add_error("message", _("Together with the reason this is too long: shorten it."))
        return case_response(request, case, staff, form, status=422)
    except CaseError as error:
        _keep_draft(request, case)
        explain(request, case_or_404(staff, number), error)
        return redirect("case", number)
    request.session.pop(draft_key(case), None)
    efforts.ask_about(request, case)
    return redirect("case", number)


def _keep_draft(request: HttpRequest, case: Case) -> None:
    """Keep what was written, so that a lost lease loses no words."""
    request.session[draft_key(case)] = {
        name: request.POST.get(name, "")[:1200]
        for name in ("choice", "reason", "message", "why_now")
    }
