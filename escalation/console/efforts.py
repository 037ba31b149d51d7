"""After a decision: was it light, as usual, or heavy? One question, which can be skipped.

That it is open is remembered by the session of whoever decided, and ends with it.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from escalation import clock
from escalation.models import Case
from escalation.team import effort
from escalation.team.weights import Weight

OPEN = "how_hard"
"""Under which name the session keeps about which case the question is open."""


def ask_about(request: HttpRequest, case: Case) -> None:
    """Let the page of ``case`` ask how hard it was."""
    request.session[OPEN] = case.pk


@require_POST
@login_required
def how_hard(request: HttpRequest) -> HttpResponse:
    """Keep how hard it was, without a name; once a decision, or not at all."""
    number = request.session.pop(OPEN, None)
    if number is None:
        return redirect("waiting")
    said = request.POST.get("weight", "")
    if said in frozenset(Weight):
        effort.note(Weight(said), request.POST.get("words", ""), clock.now())
        messages.success(request, _("Thank you. It is kept without your name."))
    return redirect("case", number)
