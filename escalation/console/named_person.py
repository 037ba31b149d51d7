"""Somebody whom an owner named: what staff press, and the one page that the person has.

That page needs no account. Its address is the key; it has the name that the owner chose, what
is asked, and nothing else of the household.
"""

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from escalation import clock
from escalation.casework import contact_requests, named_persons, proposals
from escalation.casework.contact_requests import Answer
from escalation.console.explaining import act_by_form, act_on_case
from escalation.console.forms import AskPersonForm


@require_POST
@login_required
def invite(request: HttpRequest, number: int) -> HttpResponse:
    """Give the owner an invitation for the person they named."""

    def link_of(token: str) -> str:
        return request.build_absolute_uri(reverse("asked", args=[token]))

    return act_on_case(request, number, partial(named_persons.invite, link_of=link_of))


@require_POST
@login_required
def propose(request: HttpRequest, number: int) -> HttpResponse:
    """Tell the owner of a volunteer whom they could name."""
    said = request.POST.get("volunteer", "")
    volunteer = int(said) if said.isdecimal() else 0
    return act_on_case(request, number, partial(proposals.propose, volunteer=volunteer))


@require_POST
@login_required
def ask(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for a second person's word."""
    return act_by_form(
        request,
        number,
        "ask_form",
        AskPersonForm(request.POST),
        lambda words: partial(contact_requests.ask, **words),
    )


@require_POST
@login_required
def second_word(request: HttpRequest, number: int) -> HttpResponse:
    """Agree, or not, as the second person."""
    said = request.POST.get("request", "")
    asked = int(said) if said.isdecimal() else 0
    act = contact_requests.approve if "agree" in request.POST else contact_requests.refuse
    return act_on_case(
        request,
        number,
        lambda case, staff, *, fence, now: act(case, staff, request=asked, now=now),
    )


@require_POST
@login_required
def contact(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for the contact, once everybody has agreed."""
    return act_on_case(request, number, contact_requests.contact)


@sensitive_variables("token")
@require_http_methods(["GET", "POST"])
def asked(request: HttpRequest, token: str) -> HttpResponse:
    """Show the person what is asked of them, and take what they answer."""
    now = clock.now()
    person = named_persons.at_the_link(token, now)
    if person is None:
        raise Http404
    if request.method == "POST":
        said = request.POST.get("say", "")
        if said == "resign":
            named_persons.resign(person, now)
            return render(request, "escalation/asked.html", {"resigned": True})
        if said == "accept":
            named_persons.accept(person, now)
        elif said in set(Answer):
            contact_requests.answer(person, Answer(said), now)
        elif said == "came_of_it":
            words = " ".join(request.POST.get("words", "").split())
            contact_requests.came_of_it(person, words[: contact_requests.WORDS_MAX], now)
        return redirect("asked", token)
    wish = contact_requests.request_for(person, now)
    if wish is not None:
        contact_requests.read(wish, now)
    return render(request, "escalation/asked.html", {"person": person, "wish": wish})
