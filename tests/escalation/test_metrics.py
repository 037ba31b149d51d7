"""Figures for Prometheus: for whoever has the token, and about nobody."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings

from escalation import clock
from escalation.casework import acts
from escalation.models import Case
from escalation.notices import tallies
from escalation.notices.ends import End
from escalation.notices.models import Beat
from tests.escalation.conftest import Desk
from wire.messages import Asked

TOKEN = "a-token-of-some-length"


@pytest.fixture
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure a token."""
    config = settings.CONFIG
    web = replace(config.web, metrics_token=TOKEN)
    monkeypatch.setattr(settings, "CONFIG", replace(config, web=web))


def test_without_a_token_in_the_configuration_there_is_no_such_page(the_desk: Desk) -> None:
    """Also for somebody who sends an empty one, or is logged in."""
    browser = the_desk.browser(the_desk.staff("dominique", "supervisor"))
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": "Bearer x"}):
        assert browser.get("/metrics", headers=headers).status_code == 404


@pytest.mark.usefixtures("_token")
def test_the_figures_are_told_to_whoever_has_the_token(the_desk: Desk) -> None:
    """In Prometheus' own format, with no name and no device in them."""
    case = the_desk.care_case()
    the_desk.service_case()
    browser = the_desk.browser()
    assert browser.get("/metrics", headers={"authorization": "Bearer no"}).status_code == 404
    answer = browser.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'demitasse_cases{matter="care",state="waiting"} 1\n' in text
    assert 'demitasse_cases{matter="service",state="service"} 1\n' in text
    assert "demitasse_messages_to_send 2\n" in text
    assert "Madeleine" not in text
    assert case.device_id not in text
    for line in text.splitlines():
        assert re.fullmatch(r'(# TYPE \w+ \w+|\w+(\{[\w=",+-]+\})? [0-9.e+-]+)', line), line


@pytest.mark.usefixtures("_token")
def test_how_long_callers_waited_is_counted_in_the_promised_buckets(the_desk: Desk) -> None:
    """97.5 of 100 within 60 s, 99 within 180 s: whoever watches can tell, and about nobody."""

    def figures() -> str:
        headers = {"authorization": f"Bearer {TOKEN}"}
        return the_desk.browser().get("/metrics", headers=headers).content.decode()

    camille = the_desk.staff("camille", "reviewer")
    for waited_s in (45, 100):
        home = the_desk.enroll()
        the_desk.receive(home, home.seal(home.alert(asked=Asked.OWNER_CALLED)))
        the_desk.clock.time += timedelta(seconds=waited_s)
        assert "demitasse_calls_waiting 1\n" in figures()
        assert f"demitasse_oldest_call_seconds {waited_s}\n" in figures()
        acts.claim(Case.objects.get(device_id=home.device_id), camille, the_desk.clock())
    the_desk.care_case()
    acts.claim(Case.objects.latest("pk"), camille, the_desk.clock())
    text = figures()
    assert 'demitasse_call_wait_seconds_bucket{le="30"} 0\n' in text
    assert 'demitasse_call_wait_seconds_bucket{le="60"} 1\n' in text
    assert 'demitasse_call_wait_seconds_bucket{le="180"} 2\n' in text
    assert "demitasse_call_wait_seconds_sum 145\n" in text
    assert "demitasse_call_wait_seconds_count 2\n" in text


@pytest.mark.usefixtures("_token")
def test_notices_and_the_heartbeat_have_their_figures(the_desk: Desk) -> None:
    """How they ended, what is overdue, and when the last sign went out."""
    browser = the_desk.browser()
    headers = {"authorization": f"Bearer {TOKEN}"}
    text = browser.get("/metrics", headers=headers).content.decode()
    assert 'demitasse_notices_total{end="sent"} 0\n' in text
    assert "heartbeat_sent_seconds" not in text
    tallies.notice_ended(End.SENT)
    now = clock.computer_now()
    Beat.objects.create(pk=1, looked_at=now, sent_at=now - timedelta(seconds=70))
    text = browser.get("/metrics", headers=headers).content.decode()
    assert 'demitasse_notices_total{end="sent"} 1\n' in text
    found = re.search(r"^demitasse_heartbeat_sent_seconds ([0-9.]+)$", text, re.MULTILINE)
    assert found
    assert 70 <= float(found[1]) < 100
