"""Practising with invented households, in the console: each answer is kept for the sign-off."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from escalation import clock
from escalation.cases import Role
from escalation.console import case_words, clock_words
from escalation.console.forms import PracticeForm
from escalation.console.views import staff_of
from escalation.models import PracticeAnswer
from escalation.team import skills
from escalation.team.practice import PRACTICE, case_of
from wire.messages import Language


@require_GET
@login_required
def practice(request: HttpRequest) -> HttpResponse:
    """Show the invented households, and which of them are still to be answered."""
    staff, now = staff_of(request, Role.REVIEWER), clock.now()
    open_ = skills.still_to_practise(staff, now)
    until = skills.valid_until(staff, now)
    context = {
        "households": [
            {"slug": slug, "call_me": one.call_me, "answered": slug not in open_}
            for slug, one in PRACTICE.items()
        ],
        "all_answered": not open_,
        "until": clock_words.day(until) if until else "",
    }
    return render(request, "escalation/practice.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def household(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one invented household, and keep what this person would do."""
    staff, now = staff_of(request, Role.REVIEWER), clock.now()
    if slug not in PRACTICE:
        raise Http404
    case = case_of(slug, Language(staff.language), now)
    form = PracticeForm(case, request.POST or None)
    if form.is_valid():
        PracticeAnswer.objects.create(
            staff=staff, practice=slug, answered_at=now, **form.cleaned_data
        )
        return redirect("practice_household", slug)
    answers = PracticeAnswer.objects.filter(staff=staff, practice=slug)
    context = {
        "case": case,
        "slug": slug,
        "sheet": case_words.sheet_of(case, staff, now),
        "form": form,
        "answer": case_words.practised(answers.order_by("-pk").first()),
        "thought": PRACTICE[slug].thought,
    }
    return render(
        request,
        "escalation/practice_household.html",
        context,
        status=422 if form.is_bound else 200,
    )
