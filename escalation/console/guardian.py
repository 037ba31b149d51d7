"""The guardian's pages: what owners object to, what was drawn to be read again.

Nobody else opens them, a supervisor neither. The list says how many and since when, and
nothing of anybody: who somebody is stands on the page of one objection alone, and opening that
is a line of the case's audit.
"""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.cases import CaseError, Role
from escalation.console import case_words, clock_words
from escalation.console.guardian_forms import ObjectionForm
from escalation.console.views import staff_of
from escalation.guarding import conversations, objections, wordings
from escalation.guarding.models import Against, Conversation, Objection, Standing
from escalation.models import Staff

ANSWERED_ROWS = 20
DRAWN_ROWS = 40

AGAINST = {
    Against.OBJECTS: gettext_lazy("Somebody objects"),
    Against.NOT_HEARD: gettext_lazy("Somebody was not heard"),
}
STANDING = {
    Standing.OPEN: gettext_lazy("not read yet"),
    Standing.READ: gettext_lazy("read, not answered yet"),
    Standing.ANSWERED: gettext_lazy("answered"),
}


def guardian_of(request: HttpRequest) -> Staff:
    """Return who is logged in, if it is a guardian."""
    return staff_of(request, Role.GUARDIAN)


@require_GET
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show what there is for a guardian, without who anybody is."""
    guardian_of(request)
    now = clock.now()
    drawn = conversations.readable(now)
    said = drawn.filter(written_at__isnull=False)
    context = {
        "waiting": [_line(one, now) for one in objections.unanswered()],
        "answered": [
            {**_line(one, now), "replied": one.replied}  # type: ignore[attr-defined]
            for one in objections.answered()[:ANSWERED_ROWS]
        ],
        "drawn": [_drawn(one) for one in drawn.filter(written_at=None)[:DRAWN_ROWS]],
        "said": [_drawn(one) for one in said.order_by("-written_at")[:DRAWN_ROWS]],
        "suspended": len(wordings.suspended()),
    }
    return render(request, "escalation/guardian.html", context)


def _line(one: Objection, now: datetime) -> dict[str, object]:
    return {
        "number": one.pk,
        "against": AGAINST[Against(one.against)],
        "standing": STANDING[one.standing],
        "since": clock_words.moment(one.made_at, now),
        "waited": clock_words.span(one.made_at, one.answered_at or now),
        "until": clock_words.moment(objections.next_step(one, now).at, now),
    }


def _drawn(one: Conversation) -> dict[str, object]:
    return {
        "number": one.pk,
        "day": clock_words.day(one.drawn_at),
        "answered": one.answered_at is not None,
    }


@require_GET
@login_required
def objection(request: HttpRequest, number: int) -> HttpResponse:
    """Show one objection; that it was read is written down, and its owner learns of it."""
    return _page(request, guardian_of(request), _objection(number), ObjectionForm())


def _objection(number: int) -> Objection:
    found = Objection.objects.select_related("case__decided_by", "case__device", "answered_by")
    return get_object_or_404(found, pk=number)


def _page(
    request: HttpRequest,
    guardian: Staff,
    one: Objection,
    form: ObjectionForm,
    status: int = 200,
) -> HttpResponse:
    now, case = clock.now(), one.case
    objections.read(one, guardian, now)
    context = {
        **_line(one, now),
        "objection": one,
        "case": case,
        "decision": case_words.decision_of(case, now),
        "ending": case_words.outcome_of(case),
        "replies": case.replies.order_by("pk"),
        "apologies": case.apologies.select_related("by").order_by("pk"),
        "may_tell": objections.may_tell(case, now),
        "answered": one.standing is Standing.ANSWERED,
        "answered_on": clock_words.day(one.answered_at) if one.answered_at else "",
        "form": form,
    }
    return render(request, "escalation/objection.html", context, status=status)


@require_POST
@login_required
def answer_objection(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what was done about it, and tell the owner if they still wish to hear."""
    guardian = guardian_of(request)
    one, form = _objection(number), ObjectionForm(request.POST)
    if not form.is_valid():
        return _page(request, guardian, one, form, status=422)
    words = form.cleaned_data
    try:
        told = objections.answer(
            one, guardian, done=words["done"], text=words["text"], now=clock.now()
        )
    except CaseError:
        messages.warning(request, _("Another guardian has answered this meanwhile."))
        return redirect("objection", number)
    if told is not None:
        messages.success(request, _("It is kept, and on its way to them."))
    elif words["text"]:
        text = _("It is kept. They no longer wish to hear from the desk, so it was not sent.")
        messages.info(request, text)
    else:
        messages.success(request, _("It is kept."))
    return redirect("guardian")
