"""How it goes on with a machine after the decision, and the parts that are still to be sent.

Technicians say it and send them; a supervisor reads the list.
"""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.cases import CaseError, Role
from escalation.casework import servicing
from escalation.casework.folding import words_of
from escalation.console import clock_words
from escalation.console.explaining import act_by_form, explain
from escalation.console.forms import ServiceNoteForm
from escalation.console.views import AT_MACHINES, staff_of
from escalation.models import PartEnd, ServiceNote


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


@require_GET
@login_required
def parts(request: HttpRequest) -> HttpResponse:
    """List what owners were promised and have not been sent, by their names."""
    staff, now = staff_of(request, *AT_MACHINES), clock.now()
    notes = servicing.parts_to_send(now).select_related("case", "by")
    lines = [
        {
            "number": note.pk,
            "case": note.case_id,
            "part": note.part,
            "call_me": note.case.call_me,
            "machine": note.case.machine_model,
            "by": note.by.first_name,
            "since": clock_words.day(note.at),
        }
        for note in sorted(notes, key=lambda note: (words_of(note.case.call_me), note.pk))
    ]
    context = {"lines": lines, "sends": staff.is_technician}
    return render(request, "escalation/parts.html", context)


@require_POST
@login_required
def end_part(request: HttpRequest, number: int) -> HttpResponse:
    """Say that a part has left, or is not needed any more."""
    staff = staff_of(request, Role.TECHNICIAN)
    said = request.POST.get("end", "")
    if said not in set(PartEnd):
        raise BadRequest("neither sent nor dropped")
    note = get_object_or_404(ServiceNote.objects.select_related("case"), pk=number)
    try:
        servicing.end_part(note, staff, PartEnd(said), clock.now())
    except CaseError as error:
        explain(request, note.case, error)
    return redirect("parts")
