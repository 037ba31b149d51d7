"""Two pages about the line between houses and desk, for technicians and supervisors.

*Not heard from* shows which machines have fallen silent. *Kept aside* shows envelopes that
could not be believed: their reason, size and time, and never a byte of them as anything but
hexadecimal digits in a file, because whoever sent them chose those bytes.
"""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from escalation import clock
from escalation.console import clock_words
from escalation.console.views import AT_MACHINES, staff_of
from escalation.intake import unheard
from escalation.intake.doubts import Doubt
from escalation.intake.hearing import UnheardKind
from escalation.models import Quarantine, Unheard

PAGE_ROWS = 50
ENDED_ROWS = 20
HEX_BYTES_PER_LINE = 32

DOUBTS = {
    Doubt.MALFORMED: gettext_lazy("These bytes are no message."),
    Doubt.OVERSIZED: gettext_lazy("It is larger than any message can be."),
    Doubt.FOREIGN: gettext_lazy("It came from nobody who is enrolled here."),
    Doubt.NOT_FOR_US: gettext_lazy("It is sealed to keys that this desk does not have."),
    Doubt.UNVERIFIABLE: gettext_lazy("It was altered on the way, or signed by somebody else."),
    Doubt.REPLAYED: gettext_lazy(
        "It is genuine and old: a later message of this device came before."
    ),
    Doubt.FAILED: gettext_lazy("The desk itself failed on it. Please tell whoever runs it."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnheardLine:
    """A device that is or was unheard, in words."""

    call_me: str
    sentence: str
    since: str
    span: str
    ended: str
    device: str
    enrolled: str
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """An envelope that was kept aside, in words."""

    number: int
    reason: str
    words: str
    size_bytes: int
    times: int
    first: str
    last: str
    device: str


@require_GET
@login_required
def not_heard(request: HttpRequest) -> HttpResponse:
    """Show whom the desk does not hear from, and who was heard again."""
    staff_of(request, *AT_MACHINES)
    ended = Unheard.objects.filter(ended_at__isnull=False).select_related("device")
    context = {
        "listening": unheard.listening(clock.computer_now()),
        "running": [_unheard_line(row) for row in unheard.running()],
        "ended": [_unheard_line(row) for row in ended.order_by("-ended_at")[:ENDED_ROWS]],
    }
    return render(request, "escalation/not_heard.html", context)


def _unheard_line(row: Unheard) -> UnheardLine:
    device, now = row.device, clock.now()
    name = device.call_me or _("a household whose name we do not know")
    if row.kind == UnheardKind.SILENT:
        sentence = _("We do not hear from %(name)s.") % {"name": name}
    else:
        sentence = _("Something from %(name)s has not arrived.") % {"name": name}
    return UnheardLine(
        call_me=device.call_me,
        sentence=sentence,
        since=clock_words.moment(row.since, now),
        span=clock_words.span(row.since, now),
        ended=clock_words.moment(row.ended_at, now) if row.ended_at else "",
        device=device.device_id,
        enrolled=clock_words.day(device.enrolled_at),
        messages=sum(last - first + 1 for first, last, _since in device.missing),
    )


@require_GET
@login_required
def kept_aside(request: HttpRequest) -> HttpResponse:
    """Show what could not be believed, the newest first."""
    staff_of(request, *AT_MACHINES)
    rows: QuerySet[Quarantine] = Quarantine.objects.defer("envelope").order_by(
        "-last_received_at", "-pk"
    )
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "lines": [_kept_line(row) for row in page]}
    return render(request, "escalation/kept_aside.html", context)


def _kept_line(row: Quarantine) -> KeptLine:
    now = clock.now()
    return KeptLine(
        number=row.pk,
        reason=str(DOUBTS[Doubt(row.kind)]),
        words=row.reason,
        size_bytes=row.size_bytes,
        times=row.times,
        first=clock_words.moment(row.received_at, now),
        last=clock_words.moment(row.last_received_at, now),
        device=row.device_id,
    )


@require_GET
@login_required
def kept_bytes(request: HttpRequest, number: int) -> HttpResponse:
    """Return one envelope as hexadecimal digits, to be saved and not to be shown."""
    staff_of(request, *AT_MACHINES)
    row = get_object_or_404(Quarantine, pk=number)
    digits, width = bytes(row.envelope).hex(), 2 * HEX_BYTES_PER_LINE
    lines = [digits[at : at + width] for at in range(0, len(digits), width)]
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=ascii")
    response.headers["Content-Disposition"] = f'attachment; filename="kept-aside-{number}.hex"'
    return response
