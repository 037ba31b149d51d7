"""Every wording that the console offers, and a guardian's word about it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.cases import SomeoneElseFirst
from escalation.console import clock_words
from escalation.console.guardian import guardian_of
from escalation.console.guardian_forms import SuspendForm
from escalation.console.offered_words import MOMENTS, WORDINGS, Wording
from escalation.guarding import wordings
from escalation.guarding.models import WordingLine


@require_GET
@login_required
def everything(request: HttpRequest) -> HttpResponse:
    """Show every wording, moment by moment."""
    guardian_of(request)
    return _page(request)


def _page(
    request: HttpRequest, *, refused: str = "", form: SuspendForm | None = None
) -> HttpResponse:
    suspended = wordings.suspended()
    moments = [
        {
            "name": name,
            "id": moment,
            "wordings": [
                _shown(one, suspended.get(one.id)) for one in WORDINGS if one.moment is moment
            ],
        }
        for moment, name in MOMENTS.items()
    ]
    context = {"moments": moments, "refused": refused, "form": form}
    return render(request, "escalation/wordings.html", context, status=422 if refused else 200)


def _shown(one: Wording, line: WordingLine | None) -> dict[str, object]:
    return {
        "id": one.id,
        "text": str(one.text).replace("%(name)s", "…").replace("%(staff)s", "…"),
        "line": line,
        "day": clock_words.day(line.at) if line else "",
    }


def _known(wording: str) -> str:
    if wording not in {one.id for one in WORDINGS}:
        raise Http404
    return wording


@require_POST
@login_required
def suspend(request: HttpRequest, wording: str) -> HttpResponse:
    """Offer this one to nobody from now on."""
    guardian, form = guardian_of(request), SuspendForm(request.POST)
    _known(wording)
    if not form.is_valid():
        return _page(request, refused=wording, form=form)
    try:
        reason = form.cleaned_data["reason"]
        wordings.suspend(wording, guardian, reason=reason, now=clock.now())
    except SomeoneElseFirst:
        return _meanwhile(request)
    messages.success(request, _("From now on it is offered to nobody."))
    return redirect("wordings")


@require_POST
@login_required
def lift(request: HttpRequest, wording: str) -> HttpResponse:
    """Offer it again."""
    guardian = guardian_of(request)
    try:
        wordings.lift(_known(wording), guardian, now=clock.now())
    except SomeoneElseFirst:
        return _meanwhile(request)
    messages.success(request, _("It is offered again."))
    return redirect("wordings")


def _meanwhile(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("This has changed meanwhile. The page shows how it is now."))
    return redirect("wordings")
