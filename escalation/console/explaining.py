"""Says kindly why nothing happened, and what to do: each refusal of ``cases`` as a sentence."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from escalation import clock
from escalation.cases import (
    CallRunning,
    CaseError,
    ConsentEnded,
    Event,
    NoSkill,
    NotForYou,
    NotThere,
    OutsideHours,
    OwnApproval,
    QuietNow,
    StepsOpen,
    WrongRole,
)
from escalation.casework.servicing import PartEnded
from escalation.console import clock_words
from escalation.console.views import case_or_404, case_response, staff_of
from escalation.models import Case, Staff


class Act(Protocol):
    """What staff do to a case; ``fence`` is the one that stood on their page."""

    def __call__(self, case: Case, staff: Staff, *, fence: int, now: datetime) -> object:
        """Do it, or raise a ``CaseError``."""


SENTENCES: dict[type[CaseError], object] = {
    OwnApproval: gettext_lazy("Whoever asked cannot be the second person. Somebody else is."),
    StepsOpen: gettext_lazy(
        "Somebody may be in danger: first do each step below, or say why you leave it out."
    ),
    CallRunning: gettext_lazy(
        "You are on the line. A colleague takes the call over first, or you end it."
    ),
    OutsideHours: gettext_lazy(
        "The owner does not want to be called at this hour. If it cannot wait, say why: they "
        "will read it."
    ),
    PartEnded: gettext_lazy(
        "That was done already: the part has left, or it is not needed any more."
    ),
    NotThere: gettext_lazy(
        "This volunteer is not there at this moment: outside their hours, or they pause."
    ),
    QuietNow: gettext_lazy(
        "These are the owner’s quiet hours: nobody calls then, unless they ask for it. Write, "
        "or give the case back until they are over."
    ),
    NotForYou: gettext_lazy("Somebody else looks at this now: that is no mark against you."),
}


def act_on_case(request: HttpRequest, number: int, act: Act) -> HttpResponse:
    """Let ``act`` happen to a case that the person may see, and show its page."""
    staff = staff_of(request)
    case = case_or_404(staff, number)
    try:
        act(case, staff, fence=fence_of(request), now=clock.now())
    except (WrongRole, NoSkill):
        raise PermissionDenied from None
    except CaseError as error:
        explain(request, case_or_404(staff, number), error)
    return redirect("case", number)


def act_by_form(
    request: HttpRequest,
    number: int,
    name: str,
    form: Form,
    act: Callable[[dict[str, Any]], Act],
) -> HttpResponse:
    """Let what was written act on the case, or show its page with ``form`` as it was filled.

    ``name`` is what the templates call the form.
    """
    if form.is_valid():
        return act_on_case(request, number, act(form.cleaned_data))
    staff = staff_of(request)
    case = case_or_404(staff, number)
    return case_response(request, case, staff, None, 422, **{name: form})


def fence_of(request: HttpRequest) -> int:
    """Return the fence that stood on the page."""
    said = request.POST.get("fence", "")
    return int(said) if said.isdecimal() else -1


def explain(request: HttpRequest, case: Case, error: Exception) -> None:
    """Say why nothing happened."""
    messages.warning(request, _sentence(request, case, error))


def _sentence(request: HttpRequest, case: Case, error: Exception) -> str:
    for kind, sentence in SENTENCES.items():
        if isinstance(error, kind):
            return str(sentence)
    ended = _ended(case, error)
    return ended or _in_other_hands(request, case, clock.now())


def _ended(case: Case, error: Exception) -> str:
    if isinstance(error, ConsentEnded) or case.closed_by_event == Event.CONSENT_END:
        return _("The owner’s consent has ended, so nothing more may be done here.")
    if case.closed_by_event in (Event.OWNER_RESOLVE, Event.WITHDRAW):
        return _("The owner has closed this case. Nothing is left to do.")
    if case.decided_by is not None:
        return _("%(name)s has already decided.") % {"name": case.decided_by.first_name}
    return ""


def _in_other_hands(request: HttpRequest, case: Case, now: datetime) -> str:
    if case.held_at(now) and case.holder is not None and case.holder != request.user:
        return _("%(name)s was quicker and has this case until %(time)s.") % {
            "name": case.holder.first_name,
            "time": clock_words.moment(case.lease_until or now, now),
        }
    if case.held_at(now):
        return _("This has changed meanwhile. The page shows how it is now.")
    return _("Your time with this case had run out. Take it again: your words are kept.")
