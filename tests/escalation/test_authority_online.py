"""Certificates over HTTP: the one address that needs no login, and what it gives away."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from escalation import desk_keys
from escalation.authority import bundles, local_ca
from escalation.authority.signing import signer_of
from tests.escalation.authority_house import Guest
from tests.escalation.conftest import Desk
from tests.escalation.household import NOW
from wire import enrolment
from wire.enrolment import Bundle, Certificate

ADDRESS = "/enrol/certificate"
TLS = {"x-forwarded-proto": "https"}


@pytest.fixture
def bundle(the_desk: Desk) -> Bundle:
    """Return a bundle of the desk that is configured for these tests."""
    config = settings.CONFIG
    if not (config.authority.folder / local_ca.KEY_FILE).exists():
        local_ca.create(config.authority.folder, "Test authority", NOW)
    return bundles.issue(
        desk=the_desk.identity,
        desk_secret=desk_keys.load_secret(config.keys_folder),
        config=config.authority,
        signer=signer_of(config.authority),
        now=NOW,
        lasts=timedelta(days=1),
        uses_max=1,
        for_device=None,
    )


def post(body: bytes) -> tuple[int, bytes]:
    """Send as a device does: no cookie, no login, no token of a form."""
    client = Client(enforce_csrf_checks=True, headers=TLS)
    response = client.post(ADDRESS, body, content_type="application/json")
    assert not response.cookies
    return response.status_code, response.content


def test_a_device_gets_its_certificate_without_a_login(bundle: Bundle) -> None:
    status, body = post(Guest(bundle).first())
    assert status == 200
    assert isinstance(enrolment.read(body), Certificate)


def test_a_refusal_says_why(bundle: Bundle) -> None:
    status, body = post(Guest(bundle).renewal())
    assert status == 403
    assert "not enrolled" in json.loads(body)["refused"]


@pytest.mark.parametrize("body", [b"", b"junk", b"[" * 60_000, b"x" * 70_000, b"\xff"])
def test_bytes_that_are_no_request_are_refused(bundle: Bundle, body: bytes) -> None:
    status, _ = post(body)
    assert status == 403


@pytest.mark.parametrize("verb", ["get", "put", "delete", "patch", "head"])
def test_there_is_nothing_to_be_looked_at(bundle: Bundle, verb: str) -> None:
    assert getattr(Client(headers=TLS), verb)(ADDRESS).status_code == 405


def test_a_desk_that_cannot_sign_says_come_again_and_no_more(
    bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    """The reason is for whoever runs the desk."""
    key = settings.CONFIG.authority.folder / local_ca.KEY_FILE
    hidden = key.rename(key.with_suffix(".away"))
    try:
        status, body = post(Guest(bundle).first())
    finally:
        hidden.rename(key)
    assert (status, json.loads(body)) == (503, {"refused": "the desk cannot sign just now"})
    assert "ca.key" in caplog.text


def test_the_desk_judges_by_its_own_clock(the_desk: Desk, bundle: Bundle) -> None:
    the_desk.clock.time = datetime(2026, 3, 3, 12, tzinfo=UTC)
    status, body = post(Guest(bundle).first())
    assert status == 403
    assert "set the device's clock" in json.loads(body)["refused"]


def test_keys_lie_where_the_desks_keys_are() -> None:
    assert settings.CONFIG.authority.folder.parent == Path(settings.CONFIG.keys_folder)
