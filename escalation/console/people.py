"""Who may be given care cases, and who is there when: the supervisors' pages about colleagues.

There is nothing here about how fast or how much anybody works, and never will be.
"""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.cases import Role
from escalation.console import case_words, clock_words
from escalation.console.forms import HoursForm
from escalation.console.views import staff_of
from escalation.models import PracticeAnswer, RotaHours, Staff
from escalation.team import presence, skills
from escalation.team.practice import PRACTICE


def _colleague(number: int) -> Staff:
    return get_object_or_404(Staff, pk=number, is_active=True)


@require_GET
@login_required
def everybody(request: HttpRequest) -> HttpResponse:
    """List the reviewers by name, with their skill and whether they are there."""
    staff_of(request, Role.SUPERVISOR)
    now = clock.now()
    reviewers = Staff.objects.filter(is_active=True, is_reviewer=True).order_by("first_name")
    lines = []
    for staff in reviewers:
        until = skills.valid_until(staff, now)
        lines.append(
            {
                "number": staff.pk,
                "first_name": staff.first_name,
                "until": clock_words.day(until) if until else "",
                "ready": not until and not skills.still_to_practise(staff, now),
                "here": presence.is_here(staff, now),
            }
        )
    return render(request, "escalation/people.html", {"lines": lines})


@require_GET
@login_required
def person(request: HttpRequest, number: int) -> HttpResponse:
    """Show one colleague: what they practised, their skill, their hours."""
    return _page(request, staff_of(request, Role.SUPERVISOR), _colleague(number), HoursForm())


def _page(
    request: HttpRequest, supervisor: Staff, staff: Staff, form: HoursForm, status: int = 200
) -> HttpResponse:
    now = clock.now()
    until = skills.valid_until(staff, now)
    latest = {
        answer.practice: answer
        for answer in PracticeAnswer.objects.filter(staff=staff).order_by("pk")
    }
    to_practise = skills.still_to_practise(staff, now)
    context = {
        "colleague": staff,
        "until": clock_words.day(until) if until else "",
        "answers": [
            {"call_me": one.call_me, "answer": case_words.practised(latest.get(slug))}
            for slug, one in PRACTICE.items()
        ],
        "may_sign": staff.is_reviewer and not to_practise and staff.pk != supervisor.pk,
        "oneself": staff.pk == supervisor.pk,
        "hours": staff.rota.order_by("weekday", "begins"),
        "zone": staff.timezone or settings.TIME_ZONE,
        "form": form,
    }
    return render(request, "escalation/person.html", context, status=status)


@require_POST
@login_required
def sign_off(request: HttpRequest, number: int) -> HttpResponse:
    """Sign that this colleague may be given care cases for a year."""
    supervisor, staff = staff_of(request, Role.SUPERVISOR), _colleague(number)
    try:
        skill = skills.sign_off(staff, supervisor, clock.now())
    except skills.SignOffRefused:
        raise PermissionDenied from None
    text = _("%(name)s may help until %(day)s.")
    day = clock_words.day(skill.valid_until)
    messages.success(request, text % {"name": staff.first_name, "day": day})
    return redirect("person", number)


@require_POST
@login_required
def end_skill(request: HttpRequest, number: int) -> HttpResponse:
    """End the skill at once; what this colleague holds waits for somebody else."""
    supervisor, staff = staff_of(request, Role.SUPERVISOR), _colleague(number)
    skills.end(staff, supervisor, clock.now())
    text = _("%(name)s is given nobody from now on. Please tell them yourself, and kindly.")
    messages.success(request, text % {"name": staff.first_name})
    return redirect("person", number)


@require_POST
@login_required
def add_hours(request: HttpRequest, number: int) -> HttpResponse:
    """Note hours of the week in which this colleague is there."""
    supervisor, staff = staff_of(request, Role.SUPERVISOR), _colleague(number)
    form = HoursForm(request.POST)
    if not form.is_valid():
        return _page(request, supervisor, staff, form, status=422)
    promised = form.cleaned_data
    RotaHours.objects.update_or_create(
        staff=staff,
        weekday=promised["weekday"],
        begins=promised["begins"],
        defaults={"ends": promised["ends"]},
    )
    return redirect("person", number)


@require_POST
@login_required
def remove_hours(request: HttpRequest, number: int) -> HttpResponse:
    """Take back hours."""
    staff_of(request, Role.SUPERVISOR)
    said = request.POST.get("hours", "")
    RotaHours.objects.filter(
        staff=_colleague(number), pk=said if said.isdecimal() else 0
    ).delete()
    return redirect("person", number)
