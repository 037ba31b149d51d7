"""How it felt: the owners' words and what stands around them, and the words that came back.

The first page is for supervisors. It gives the words of everybody whom we helped, without a
name, and figures in which there is no colleague. The second is everybody's own: what owners
said about cases that this person decided. Nobody else learns that the words were for them.
"""

from collections.abc import Collection

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from escalation import clock
from escalation.cases import Matter, Role
from escalation.casework import felt
from escalation.casework.felt import Month
from escalation.console import charts, clock_words, read_again
from escalation.console.charts import Amount, Chart
from escalation.console.views import staff_of
from escalation.models import OwnerReply
from escalation.notices import tallies
from escalation.team import effort, skills
from escalation.team.effort import MonthOfWork

PAGE_ROWS = 12


@require_GET
@login_required
def how_it_felt(request: HttpRequest) -> HttpResponse:
    """Show how it was for the owners, month by month and in their words."""
    staff_of(request, Role.SUPERVISOR)
    months = felt.by_month(felt.courses(clock.now()))
    page = Paginator(felt.in_their_words(), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "words": _lines(page),
        "months": [_month(month) for month in months],
        "asked": _asked(months),
        "waited": _waited(months),
        "work": [_work(month) for month in effort.months(clock.now())],
        "shown_from": effort.SHOWN_FROM,
        **_calls(),
    }
    return render(request, "escalation/felt.html", context)


@require_GET
@login_required
def came_back(request: HttpRequest) -> HttpResponse:
    """Show somebody what owners said after their decisions, and nobody else's."""
    staff = staff_of(request)
    rows = felt.for_whoever_helped(staff)
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    # Whose skill has ended may still read what came back, and opens no case.
    opens = list(Matter) if staff.is_supervisor else skills.matters_of(staff, clock.now())
    context = {
        "page": page,
        "words": _lines(page, opens),
        "read_again": read_again.lines_for(staff, opens),
    }
    return render(request, "escalation/came_back.html", context)


def _lines(page: Page[OwnerReply], opens: Collection[Matter] = ()) -> list[dict[str, object]]:
    return [
        {
            "text": reply.text,
            "language": reply.case.owner_language,
            "day": clock_words.day(reply.replied_at),
            "case": reply.case_id if reply.case.matter in opens else None,
        }
        for reply in page
    ]


def _name(month: Month | MonthOfWork) -> str:
    return format_date(month.first_day, "F Y")


def _work(month: MonthOfWork) -> dict[str, object]:
    return {"name": _name(month), "counts": month.counts.values(), "words": month.words}


def _month(month: Month) -> dict[str, object]:
    usually, longest = month.waited_usually, month.waited_longest
    return {
        "name": _name(month),
        "asked": month.asked,
        "answered": month.answered,
        "left_open": month.left_open,
        "alerts": month.alerts,
        "were_nothing": month.were_nothing,
        "usually": clock_words.length(usually) if usually is not None else "",
        "longest": clock_words.length(longest) if longest is not None else "",
        "steps": month.steps,
    }


def _asked(months: list[Month]) -> Chart | None:
    return charts.chart(
        [
            Amount(
                label=_name(month),
                words=_("%(n)s of %(of)s") % {"n": month.answered, "of": month.asked},
                whole=month.asked,
                part=month.answered,
            )
            for month in months
        ]
    )


def _waited(months: list[Month]) -> Chart | None:
    return charts.chart(
        [
            Amount(
                label=_name(month),
                words=clock_words.length(month.waited_usually),
                whole=month.waited_usually.total_seconds(),
                part=month.waited_usually.total_seconds(),
            )
            for month in months
            if month.waited_usually is not None
        ]
    )


def _calls() -> dict[str, int]:
    """Return of how many callers how many were answered in time, since the desk began."""
    counted = tallies.numbers()
    return {
        "calls": round(counted.get("call", 0)),
        "within_a_minute": round(counted.get("call_60", 0)),
        "within_three": round(counted.get("call_180", 0)),
    }
