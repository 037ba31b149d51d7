"""A conversation that was drawn: a guardian reads it without names, a colleague what they say.

The guardian's page has no case number and nobody's name; who had decided is told once the
guardian has written. What they wrote stands on the page of that colleague alone, who can
answer.
"""

from collections.abc import Collection

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.cases import CaseError, Matter
from escalation.console import clock_words
from escalation.console.case_words import CHOICE_LABELS
from escalation.console.guardian import guardian_of
from escalation.console.guardian_forms import AnswerForm, ReviewForm
from escalation.console.views import staff_of
from escalation.guarding import conversations
from escalation.guarding.conversations import Review
from escalation.guarding.models import Conversation
from escalation.models import Staff
from wire.messages import Choice

QUESTIONS = {
    "was_kind": gettext_lazy("Was it kind?"),
    "was_factual": gettext_lazy("Was it factual, without a guess?"),
    "left_room": gettext_lazy("Did it leave room for an answer?"),
}


@require_GET
@login_required
def conversation(request: HttpRequest, number: int) -> HttpResponse:
    """Show what was written, without who anybody is; the reading is written down."""
    return _page(request, guardian_of(request), number, ReviewForm())


def _page(
    request: HttpRequest, guardian: Staff, number: int, form: ReviewForm, status: int = 200
) -> HttpResponse:
    now = clock.now()
    one = get_object_or_404(conversations.readable(now), pk=number)
    read = conversations.read(one, guardian, now)
    decided_by = one.case.decided_by
    context = {
        "number": one.pk,
        "read": read,
        "choice": CHOICE_LABELS[Choice(read.choice)],
        "questions": [
            {"name": name, "ask": ask, "field": form[name]} for name, ask in QUESTIONS.items()
        ],
        "said": said(one) if one.written_at else (),
        "colleague": decided_by.first_name if one.written_at and decided_by else "",
        "answer": one.answer,
        "form": form,
    }
    return render(request, "escalation/conversation.html", context, status=status)


def said(one: Conversation) -> list[dict[str, object]]:
    """Return what a guardian wrote, question by question."""
    return [
        {"ask": ask, "text": text}
        for name, ask in QUESTIONS.items()
        if (text := getattr(one, name))
    ]


@require_POST
@login_required
def write(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what the guardian says of it, for the colleague who had decided."""
    guardian, form = guardian_of(request), ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, guardian, number, form, status=422)
    one = get_object_or_404(conversations.readable(clock.now()), pk=number)
    try:
        conversations.write(one, guardian, Review(**form.cleaned_data), clock.now())
    except CaseError:
        messages.warning(request, _("Another guardian has written about this meanwhile."))
    else:
        messages.success(request, _("Your words are with the colleague who wrote this."))
    return redirect("conversation", number)


def lines_for(staff: Staff, opens: Collection[Matter]) -> list[dict[str, object]]:
    """Return what guardians said to ``staff``; whose cases ``opens`` names can be opened."""
    return [
        {
            "number": one.pk,
            "case": one.case_id,
            "opens": one.case.matter in opens,
            "by": one.by.first_name if one.by else "",
            "day": clock_words.day(one.case.decided_at) if one.case.decided_at else "",
            "said": said(one),
            "answer": one.answer,
            "answered": one.answered_at is not None,
        }
        for one in conversations.for_whoever_decided(staff)
    ]


@require_POST
@login_required
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Let the colleague answer; nobody else can."""
    mine = conversations.for_whoever_decided(staff_of(request))
    one, form = get_object_or_404(mine, pk=number), AnswerForm(request.POST)
    if form.is_valid():
        conversations.answer(one, text=form.cleaned_data["text"], now=clock.now())
        messages.success(request, _("Your answer is with the guardian, and nobody else."))
    else:
        messages.warning(request, _("Write your answer, or leave it at that."))
    return redirect("came_back")
