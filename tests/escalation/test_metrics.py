"""Figures for Prometheus: for whoever has the token, and about nobody."""

import re
from dataclasses import replace

import pytest
from django.conf import settings

from tests.escalation.conftest import Desk

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
        assert re.fullmatch(r'(# TYPE \w+ \w+|\w+(\{[\w=",-]+\})? [0-9.e+-]+)', line), line
