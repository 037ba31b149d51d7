"""The technician's form after the decision: how it goes on, and which part is on its way."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from escalation.casework import servicing
from escalation.console.explaining import act_on_case
from escalation.console.forms import ServiceNoteForm
from escalation.console.views import case_or_404, case_response, staff_of


@require_POST
@login_required
def go_on(request: HttpRequest, number: int) -> HttpResponse:
    """Tell the owner how it goes on with their machine."""
    form = ServiceNoteForm(request.POST)
    if not form.is_valid():
        staff = staff_of(request)
        case = case_or_404(staff, number)
        return case_response(request, case, staff, service_note_form=form, status=422)
    words = form.cleaned_data
    return act_on_case(
        request,
        number,
        lambda case, staff, *, fence, now: servicing.go_on(
            case, staff, part=words["part"], text=words["text"], now=now
        ),
    )
