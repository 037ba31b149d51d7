"""My hours and notices: everybody's own page, with an address that is never shown again."""

from datetime import time

import pytest

from escalation.models import RotaHours, Staff
from escalation.notices import channels, outbox, review
from escalation.notices.kinds import Kind
from escalation.notices.models import Channel, Notice, Wishes
from tests.escalation.conftest import Desk

URL = "ntfys://ntfy.example.org/a-very-secret-word"
WISHES = {
    "timezone": "America/Toronto",
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "wanted": ["called"],
}


@pytest.mark.parametrize("role", ["reviewer", "technician", "supervisor"])
def test_everybody_has_the_page_with_what_they_can_be_told(the_desk: Desk, role: str) -> None:
    """And nobody else's."""
    browser = the_desk.browser(the_desk.staff("camille", role))
    page = browser.get("/me/").text
    offered = [kind for kind in Kind if f'value="{kind}"' in page]
    assert offered == [
        *{
            "reviewer": [Kind.CALLED, Kind.WAITING, Kind.REMINDER, Kind.COLLEAGUE],
            "technician": [Kind.REMINDER],
            "supervisor": [
                *(Kind.CALLED, Kind.REMINDER, Kind.UNSTAFFED, Kind.INCIDENT),
                *(Kind.COLLEAGUE, Kind.SELF_AUDIT),
            ],
        }[role],
        Kind.ENTRANCE,
    ]
    assert page.count("checked") == len(offered)
    assert 'href="/me/"' in browser.get("/").text
    assert the_desk.browser().get("/me/").status_code == 302


def test_an_address_is_kept_tried_and_shown_by_its_service_alone(the_desk: Desk) -> None:
    """Not on the page, not in a message, not in an error."""
    camille = the_desk.staff("camille", "reviewer")
    browser = the_desk.browser(camille)
    page = browser.post("/me/channels", {"url": f"  {URL} "}, follow=True).text
    assert "<strong>ntfy</strong>" in page
    assert "not tried yet" in page
    assert "A trial notice is on its way." in page
    assert "secret-word" not in page
    channel = Channel.objects.get()
    assert Notice.objects.get().kind == Kind.TRIAL
    browser.post(f"/me/channels/{channel.pk}/trial")
    assert Notice.objects.count() == 1
    notice = outbox.take(1, the_desk.clock())[0]
    outbox.settle(notice.pk, sent=True, certain=True, now=the_desk.clock())
    assert "last reached: 10:30" in browser.get("/me/").text
    browser.post(f"/me/channels/{channel.pk}/remove")
    assert not Channel.objects.exists()


def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(
    the_desk: Desk,
) -> None:
    """It may have been a password, typed into the wrong field."""
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    answer = browser.post("/me/channels", {"url": "file:///a-very-secret-word"})
    assert answer.status_code == 422
    assert "This address cannot be used." in answer.text
    assert "secret-word" not in answer.text
    assert browser.post("/me/channels").status_code == 422
    assert not Channel.objects.exists()


def test_nobody_touches_the_address_of_a_colleague(the_desk: Desk) -> None:
    """By whatever number."""
    the_desk.browser(the_desk.staff("camille", "reviewer")).post("/me/channels", {"url": URL})
    channel = Channel.objects.get()
    nadia = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    assert nadia.post(f"/me/channels/{channel.pk}/trial").status_code == 404
    nadia.post(f"/me/channels/{channel.pk}/remove")
    assert Channel.objects.count() == 1
    assert "ntfy<" not in nadia.get("/me/").text


@pytest.mark.parametrize(
    "address", ["wishes", "channels", "channels/1/trial", "channels/1/remove"]
)
def test_nothing_is_changed_by_looking_or_by_strangers(the_desk: Desk, address: str) -> None:
    """The wrong verb, and nobody logged in."""
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    assert browser.get(f"/me/{address}").status_code == 405
    assert the_desk.browser().post(f"/me/{address}").status_code == 302


def test_wishes_are_kept_and_shown_again(the_desk: Desk) -> None:
    """In one's own time, from then on everywhere in the console."""
    camille = the_desk.staff("camille", "reviewer")
    RotaHours.objects.create(staff=camille, weekday=1, begins=time(9), ends=time(12, 30))
    browser = the_desk.browser(camille)
    page = browser.post("/me/wishes", WISHES, follow=True).text
    assert "Your wishes are kept." in page
    assert "Tuesday, 09:00–12:30" in page
    assert "In your own time: America/Toronto." in page
    assert 'value="22:00"' in page
    assert page.count("checked") == 1
    wishes = Wishes.objects.get()
    assert sorted(wishes.unwanted) == ["colleague", "entrance", "reminder", "waiting"]
    assert Staff.objects.get().timezone == "America/Toronto"
    assert not review.wants(camille, Kind.WAITING)
    assert review.wants(camille, Kind.CALLED)
    browser.post("/next")
    assert "You are here until 12:30." in browser.get("/").text  # It is 4:30 there.


@pytest.mark.parametrize(
    "changes",
    [
        {"quiet_from": ""},
        {"quiet_until": ""},
        {"quiet_from": "late"},
        {"quiet_from": "07:00"},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"wanted": ["self_audit"]},
    ],
)
def test_what_cannot_be_is_told_kindly_and_not_kept(
    the_desk: Desk, changes: dict[str, object]
) -> None:
    """Half an hour range, a place that does not exist, a kind that is for others."""
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    answer = browser.post("/me/wishes", {**WISHES, **changes})
    assert answer.status_code == 422
    assert not Wishes.objects.exists()


def test_quiet_hours_can_be_given_up_again(the_desk: Desk) -> None:
    """Two empty fields."""
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    browser.post("/me/wishes", WISHES)
    browser.post("/me/wishes", {**WISHES, "quiet_from": "", "quiet_until": "", "timezone": ""})
    wishes = Wishes.objects.get()
    assert (wishes.quiet_from, wishes.quiet_until) == (None, None)
    assert Staff.objects.get().timezone == ""


def test_a_few_addresses_are_enough(the_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever needs more has another trouble."""
    monkeypatch.setattr(channels, "CHANNELS_MAX", 1)
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    for _ in range(2):
        browser.post("/me/channels", {"url": URL})
    assert Channel.objects.count() == 1
    assert 'name="url"' not in browser.get("/me/").text
