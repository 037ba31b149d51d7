"""My hours and notices: everybody's own page, and nobody else's.

An address that was typed is never shown again, not even to whoever typed it: the page says
which service it is, when it last worked, and offers a trial.
"""

from collections.abc import Iterable
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.console import clock_words
from escalation.console.entering import ways_in
from escalation.console.views import staff_of
from escalation.models import Staff
from escalation.notices import channels, outbox
from escalation.notices.kinds import KINDS, Kind
from escalation.notices.models import Channel, Wishes

KIND_WORDS = {
    Kind.CALLED: gettext_lazy("somebody has asked for a call and waits"),
    Kind.WAITING: gettext_lazy("somebody waits, and nobody who is trained is there"),
    Kind.REMINDER: gettext_lazy("somebody, or a machine, has waited for a while"),
    Kind.UNSTAFFED: gettext_lazy("nobody who is trained comes in time"),
    Kind.COLLEAGUE: gettext_lazy("a colleague needs a second person"),
    Kind.INCIDENT: gettext_lazy("many homes are concerned at once"),
    Kind.GUARDIAN: gettext_lazy("something waits for a guardian"),
    Kind.SELF_AUDIT: gettext_lazy("the desk finds something out of order in itself"),
    Kind.ENTRANCE: gettext_lazy("somebody tries to come in with my name"),
}


def kinds_of(staff: Staff) -> list[Kind]:
    """Return of what ``staff`` can be told at all."""
    return [kind for kind, about in KINDS.items() if about.roles & staff.roles]


class WishesForm(forms.Form):
    """Where somebody is, when they are left in peace, and of what they are told."""

    timezone = forms.ChoiceField(required=False)
    quiet_from = forms.TimeField(
        required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    wanted = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, staff: Staff, *args: object, **kwargs: object) -> None:
        """Offer what ``staff`` can choose from."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        zone, wanted = self.fields["timezone"], self.fields["wanted"]
        assert isinstance(zone, forms.ChoiceField)
        assert isinstance(wanted, forms.MultipleChoiceField)
        own = _("as the desk: %(zone)s") % {"zone": settings.TIME_ZONE}
        zone.choices = [("", own), *((name, name) for name in zones())]
        wanted.choices = [(kind.value, KIND_WORDS[kind]) for kind in kinds_of(staff)]

    def clean(self) -> dict[str, object]:
        """Quiet hours have a beginning and an end, or there are none."""
        cleaned = dict(super().clean() or {})
        begins, ends = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if (begins is None) != (ends is None) or (begins is not None and begins == ends):
            self.add_error("quiet_from", _("Write both hours, or neither."))
        return cleaned


def zones() -> Iterable[str]:
    """Return the places that people live in, without the old and technical names."""
    areas = (
        "Africa",
        "America",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
    return sorted(
        name for name in available_timezones() if name.startswith(areas) and "/" in name
    )


@require_GET
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Show one's own hours, wishes and channels."""
    return _page(request, staff_of(request))


def _page(
    request: HttpRequest,
    staff: Staff,
    *,
    form: WishesForm | None = None,
    refused: bool = False,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    lines = [
        {
            "number": channel.pk,
            "service": channels.SERVICES.get(channel.service, channel.service),
            "reached": clock_words.moment(channel.reached_at, now)
            if channel.reached_at
            else "",
            "failed": clock_words.moment(channel.failed_at, now) if channel.failed_at else "",
        }
        for channel in staff.channels.order_by("pk")
    ]
    context = {
        "form": form or WishesForm(staff, initial=_initial(staff)),
        "hours": staff.rota.order_by("weekday", "begins"),
        "zone": staff.timezone or settings.TIME_ZONE,
        "channels": lines,
        "full": len(lines) >= channels.CHANNELS_MAX,
        "refused": refused,
    } | ways_in()
    return render(request, "escalation/me.html", context, status=status)


def _initial(staff: Staff) -> dict[str, object]:
    wishes = Wishes.objects.filter(pk=staff.pk).first()
    unwanted = wishes.unwanted if wishes else []
    return {
        "timezone": staff.timezone,
        "quiet_from": wishes.quiet_from if wishes else None,
        "quiet_until": wishes.quiet_until if wishes else None,
        "wanted": [kind.value for kind in kinds_of(staff) if kind not in unwanted],
    }


@require_POST
@login_required
def keep_wishes(request: HttpRequest) -> HttpResponse:
    """Keep where somebody is, their quiet hours, and what they want to be told."""
    staff = staff_of(request)
    form = WishesForm(staff, request.POST)
    if not form.is_valid():
        return _page(request, staff, form=form, status=422)
    said = form.cleaned_data
    Wishes.objects.update_or_create(
        pk=staff.pk,
        defaults={
            "unwanted": [k.value for k in kinds_of(staff) if k.value not in said["wanted"]],
            "quiet_from": said["quiet_from"],
            "quiet_until": said["quiet_until"],
        },
    )
    Staff.objects.filter(pk=staff.pk).update(timezone=said["timezone"])
    messages.success(request, _("Your wishes are kept."))
    return redirect("me")


@sensitive_post_parameters("url")
@require_POST
@login_required
def add_channel(request: HttpRequest) -> HttpResponse:
    """Keep an address, and try it at once."""
    staff, now = staff_of(request), clock.now()
    try:
        channel = channels.add(staff, request.POST.get("url", ""), now)
    except channels.Refused:
        return _page(request, staff, refused=True, status=422)
    outbox.add_trial(channel, now)
    messages.success(request, _("A trial notice is on its way. Look whether it arrives."))
    return redirect("me")


@require_POST
@login_required
def try_channel(request: HttpRequest, number: int) -> HttpResponse:
    """Send a notice that says nothing but that it works."""
    channel = get_object_or_404(Channel, pk=number, staff=staff_of(request))
    outbox.add_trial(channel, clock.now())
    messages.info(request, _("A trial notice is on its way. Look whether it arrives."))
    return redirect("me")


@require_POST
@login_required
def remove_channel(request: HttpRequest, number: int) -> HttpResponse:
    """Forget an address."""
    channels.remove(staff_of(request), number)
    return redirect("me")
