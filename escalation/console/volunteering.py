"""The one page that a volunteer has: what is asked of them, what stands here, and how to leave.

It needs no account: its address is the key. It has the name that an owner chose, what is asked
and until when, and nothing else of any household; that they read it is written down.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from escalation import clock
from escalation.casework import circle, contact_requests, proposals, volunteers
from escalation.casework.circle import Place
from escalation.casework.contact_requests import SHOWN_FOR, Answer
from escalation.console import clock_words
from escalation.models import ContactRequest, NamedPerson, Volunteer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One request, as the volunteer reads it."""

    number: int
    owner: str
    by: str
    words: str
    until: str
    answer: str
    came_of_it: str


@sensitive_variables("token")
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show a volunteer what is asked of them and what stands here; take what they say."""
    now = clock.now()
    volunteer = volunteers.at_the_link(token, now)
    if volunteer is None:
        raise Http404
    if request.method == "POST":
        if request.POST.get("say") == "resign":
            proposals.leave(volunteer, now)
            return render(request, "escalation/volunteers_page.html", {"resigned": True})
        _said(request, volunteer, now)
        return redirect("volunteers_page", token)
    with timezone.override(ZoneInfo(volunteer.timezone)):
        return render(request, "escalation/volunteers_page.html", _own(volunteer, now))


def _own(volunteer: Volunteer, now: datetime) -> dict[str, object]:
    place = circle.place(volunteer, now)
    asked = [] if place is Place.INVITED else _asked(volunteer, now)
    for request in asked:
        contact_requests.read(request, now)
    return {
        "volunteer": volunteer,
        "invited": place is Place.INVITED,
        "paused": place is Place.PAUSED,
        "asked_again": volunteers.is_asked_again(volunteer, now),
        "until": clock_words.day(volunteer.until) if volunteer.until else "",
        "spoken": ", ".join(circle.language_name(one) for one in volunteer.languages),
        "hours": circle.hours_in_words(volunteer.promised()),
        "wishes": [_wish(request, now) for request in asked],
    }


def _asked(volunteer: Volunteer, now: datetime) -> list[ContactRequest]:
    people = NamedPerson.objects.filter(volunteer=volunteer, resigned_at=None).order_by("pk")
    found = (contact_requests.request_for(person, now) for person in people)
    return [request for request in found if request is not None]


def _wish(asked: ContactRequest, now: datetime) -> Wish:
    until = (asked.contacted_at or now) + SHOWN_FOR
    return Wish(
        number=asked.pk,
        owner=asked.person.owner,
        by=asked.asked_by.first_name,
        words=asked.request,
        until=clock_words.moment(min(until, asked.case.consent_until), now),
        answer=asked.answer,
        came_of_it=asked.came_of_it or "",
    )


def _said(request: HttpRequest, volunteer: Volunteer, now: datetime) -> None:
    said = request.POST.get("say", "")
    if said == "accept":
        volunteers.accept(volunteer, now)
    elif said == "pause":
        proposals.pause(volunteer, now)
    elif said == "come_back":
        volunteers.come_back(volunteer, now)
    elif said in {*Answer, "came_of_it"}:
        _answered(request, volunteer, said, now)


def _answered(request: HttpRequest, volunteer: Volunteer, said: str, now: datetime) -> None:
    about = request.POST.get("about", "")
    for asked in _asked(volunteer, now):
        if str(asked.pk) == about and said in set(Answer):
            contact_requests.answer(asked.person, Answer(said), now)
        elif str(asked.pk) == about:
            words = " ".join(request.POST.get("words", "").split())
            contact_requests.came_of_it(asked.person, words[: contact_requests.WORDS_MAX], now)
