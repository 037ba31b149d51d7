"""The technician's form after the decision: how it goes on, and which part is on its way."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from escalation.casework import servicing
from escalation.console.explaining import act_by_form
from escalation.console.forms import ServiceNoteForm


@require_POST
@login_required
def go_on(request: HttpRequest, number: int) -> HttpResponse:
    """Tell the owner how it goes on with their machine."""
    return act_by_form(
        request,
        number,
        "service_note_form",
        ServiceNoteForm(request.POST),
        lambda words: (
            lambda case, staff, *, fence, now: servicing.go_on(case, staff, **words, now=now)
        ),
    )
