"""The circle of volunteers: the supervisors' pages about them.

How to reach somebody stands on the page about them alone, and every look at it is written
down. What a reviewer presses is in ``named_person``, the page each of them has in
``volunteering``.
"""

from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.cases import Role
from escalation.casework import circle, proposals, volunteers
from escalation.casework.circle import Place
from escalation.casework.volunteers import Details
from escalation.console import clock_words
from escalation.console.forms import HoursForm
from escalation.console.me import zones
from escalation.console.views import staff_of
from escalation.models import CircleDoing, Staff, Volunteer
from escalation.team.rota import Hours

PLACE_WORDS = {
    Place.ENTERED: gettext_lazy("not invited yet"),
    Place.INVITED: gettext_lazy("invited, and has not answered yet"),
    Place.IN: gettext_lazy("in the circle"),
    Place.PAUSED: gettext_lazy("pauses"),
    Place.OVER: gettext_lazy("their time is over: ask them again"),
}


class VolunteerForm(forms.Form):
    """What the desk knows of a volunteer."""

    first_name = forms.CharField(max_length=volunteers.NAME_MAX)
    speaks_fr = forms.BooleanField(required=False)
    speaks_en = forms.BooleanField(required=False)
    timezone = forms.ChoiceField()
    reached_by = forms.CharField(max_length=120)

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer the places that people live in."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        zone = self.fields["timezone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [(name, name) for name in zones()]
        zone.initial = settings.TIME_ZONE

    def clean(self) -> dict[str, object]:
        """Without a language there is nobody whom they could help."""
        cleaned = dict(super().clean() or {})
        if not (cleaned.get("speaks_fr") or cleaned.get("speaks_en")):
            self.add_error("speaks_fr", _("Choose at least one language."))
        if not {'"', "\\"}.isdisjoint(str(cleaned.get("first_name", ""))):
            # It stands between quotation marks in the owner's file.
            self.add_error("first_name", _("Write the name in letters alone."))
        return cleaned

    def details(self) -> Details:
        """Return what was written, once it is valid."""
        return Details(**self.cleaned_data)


def _volunteer(number: int) -> Volunteer:
    return get_object_or_404(Volunteer, pk=number, left_at=None)


@require_GET
@login_required
def everybody(request: HttpRequest) -> HttpResponse:
    """List the circle by name, without how anybody is reached."""
    staff_of(request, Role.SUPERVISOR)
    return _list(request, VolunteerForm())


def _list(request: HttpRequest, form: VolunteerForm, status: int = 200) -> HttpResponse:
    now = clock.now()
    here = Volunteer.objects.filter(left_at=None).prefetch_related("hours")
    lines = [
        {
            "number": one.pk,
            "first_name": one.first_name,
            "place": PLACE_WORDS[circle.place(one, now)],
            "spoken": ", ".join(circle.language_name(lang) for lang in one.languages),
            "there": any(circle.is_there(one, lang, now) for lang in one.languages),
        }
        for one in here.order_by("first_name", "pk")
    ]
    context = {"lines": lines, "form": form}
    return render(request, "escalation/circle.html", context, status=status)


@require_POST
@login_required
def enter(request: HttpRequest) -> HttpResponse:
    """Write somebody down."""
    supervisor, form = staff_of(request, Role.SUPERVISOR), VolunteerForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    volunteer = volunteers.enter(form.details(), supervisor, clock.now())
    return redirect("volunteer", volunteer.pk)


@require_GET
@login_required
def page(request: HttpRequest, number: int) -> HttpResponse:
    """Show what the desk knows of one volunteer."""
    return _page(request, staff_of(request, Role.SUPERVISOR), _volunteer(number))


def _page(
    request: HttpRequest,
    supervisor: Staff,
    volunteer: Volunteer,
    *,
    form: VolunteerForm | None = None,
    hours_form: HoursForm | None = None,
    link: str = "",
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    volunteers.look(volunteer, supervisor, now)
    place = circle.place(volunteer, now)
    known = {name: getattr(volunteer, name) for name in Details.__slots__}
    context = {
        "volunteer": volunteer,
        "place": PLACE_WORDS[place],
        "until": clock_words.day(volunteer.until)
        if volunteer.until and place in (Place.INVITED, Place.IN, Place.PAUSED)
        else "",
        "invited": place in (Place.INVITED, Place.IN, Place.PAUSED),
        "hours": volunteer.hours.all(),
        "form": form or VolunteerForm(initial=known),
        "hours_form": hours_form or HoursForm(),
        "link": link,
    }
    return render(request, "escalation/volunteer.html", context, status=status)


@require_POST
@login_required
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Write down anew how they are called, what they speak, how they are reached."""
    supervisor, volunteer = staff_of(request, Role.SUPERVISOR), _volunteer(number)
    form = VolunteerForm(request.POST)
    if not form.is_valid():
        return _page(request, supervisor, volunteer, form=form, status=422)
    volunteers.change(volunteer, form.details(), supervisor, clock.now())
    return redirect("volunteer", number)


@require_POST
@login_required
def invite(request: HttpRequest, number: int) -> HttpResponse:
    """Show the link to their page, once: to be passed on by whoever reads it."""
    supervisor, volunteer = staff_of(request, Role.SUPERVISOR), _volunteer(number)

    def link_of(token: str) -> str:
        return request.build_absolute_uri(reverse("volunteers_page", args=[token]))

    link = volunteers.invite(volunteer, supervisor, link_of=link_of, now=clock.now())
    volunteer.refresh_from_db()
    return _page(request, supervisor, volunteer, link=link)


@require_POST
@login_required
def add_hours(request: HttpRequest, number: int) -> HttpResponse:
    """Write down hours of the week in which they may be asked."""
    supervisor, volunteer = staff_of(request, Role.SUPERVISOR), _volunteer(number)
    form = HoursForm(request.POST)
    if not form.is_valid():
        return _page(request, supervisor, volunteer, hours_form=form, status=422)
    hours = Hours(**form.cleaned_data, zone=ZoneInfo(volunteer.timezone))
    if not volunteers.add_hours(volunteer, hours, supervisor, clock.now()):
        messages.warning(
            request, _("These are more than an owner can read at a glance. Take some back.")
        )
    return redirect("volunteer", number)


@require_POST
@login_required
def remove_hours(request: HttpRequest, number: int) -> HttpResponse:
    """Take back hours."""
    supervisor, said = staff_of(request, Role.SUPERVISOR), request.POST.get("hours", "")
    row = int(said) if said.isdecimal() else 0
    volunteers.remove_hours(_volunteer(number), row, supervisor, clock.now())
    return redirect("volunteer", number)


@require_POST
@login_required
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """Take somebody out of the circle, for good."""
    supervisor, volunteer = staff_of(request, Role.SUPERVISOR), _volunteer(number)
    name = volunteer.first_name
    proposals.leave(volunteer, clock.now(), doing=CircleDoing.REMOVED, by=supervisor)
    text = _("%(name)s is in the circle no more. Please tell them yourself, and kindly.")
    messages.success(request, text % {"name": name})
    return redirect("circle")
