"""``demitasse-desk check``: each subject with a verdict and the fix, whatever is missing."""

import json
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from escalation import clock
from escalation.casework.self_audit import GRACE
from escalation.casework.unstaffed import IN_TIME
from escalation.checking import foundations
from escalation.checking.examination import check
from escalation.checking.findings import Finding, Verdict
from escalation.guarding import objections
from escalation.guarding.models import Against
from escalation.intake import unheard
from escalation.notices.models import Beat, Channel
from tests.escalation.conftest import CONFIG_FILE, Desk
from tests.escalation.live_desk import LiveDesk
from tests.escalation.receivers import web_receiver
from tests.escalation.test_notices import channel_of
from tests.peers.certificates import Authority

SECRETS = {
    "heartbeat_url": "https://hc.example.org/a-secret",
    "nudge_email": "mailtos://desk:a-secret@example.org?to={to}",
}


@pytest.fixture(autouse=True)
def _private() -> None:
    """Give the keys the modes that the command gives them."""
    for path in settings.CONFIG.keys_folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def findings(**notices: str) -> dict[str, Finding]:
    """Return what is found, by subject; ``notices`` are options."""
    changed = replace(settings.CONFIG.notices, **notices)
    config = replace(settings.CONFIG, notices=changed)
    return {one.subject: one for one in check(config, CONFIG_FILE)}


def test_an_empty_desk_is_told_what_it_needs(the_desk: Desk) -> None:
    """Nobody skilled, no broker, nobody outside who waits."""
    found = findings()
    assert found["keys"].verdict is Verdict.WELL
    assert found["database"].verdict is Verdict.WELL
    assert found["people"].verdict is Verdict.WRONG
    assert "--skill care" in found["people"].fix
    assert found["guardian"].verdict is Verdict.LOOK
    assert found["broker"].verdict is Verdict.WRONG
    assert found["heartbeat"].verdict is Verdict.LOOK
    for one in found.values():
        assert bool(one.fix) is (one.verdict is not Verdict.WELL)


def test_a_desk_in_order_is_well_from_end_to_end(the_desk: Desk) -> None:
    """People with a channel, a broker that answers, a sign that was taken."""
    nadia = the_desk.staff("nadia", "reviewer", "supervisor")
    the_desk.staff("ines", "guardian")
    channel_of(nadia, "json://127.0.0.1/", the_desk)
    now = clock.computer_now()
    unheard.at_work("desk", listening_since=now, now=now)
    Beat.objects.create(pk=1, sent_at=now, looked_at=now)
    CONFIG_FILE.chmod(0o640)
    with web_receiver() as anything_that_listens:
        broker = replace(settings.CONFIG.broker, port=anything_that_listens.port)
        phone = f"twilio://AC{'0' * 32}:{'0' * 32}@+33199001234/{{to}}"
        notices = replace(settings.CONFIG.notices, **SECRETS, nudge_phone=phone)
        config = replace(settings.CONFIG, broker=broker, notices=notices)
        found = check(config, CONFIG_FILE)
    assert [one for one in found if one.verdict is not Verdict.WELL] == []


def test_each_thing_that_is_out_of_order_is_named(the_desk: Desk) -> None:
    """And the secrets are in none of the sentences."""
    nadia = the_desk.staff("nadia", "reviewer", "supervisor")
    channel_of(nadia, "json://127.0.0.1/", the_desk)
    Channel.objects.update(failed_at=the_desk.clock())
    case = the_desk.care_case()
    objections.keep(case, Against.OBJECTS, the_desk.clock() - objections.EVERY)
    the_desk.clock.time += IN_TIME + GRACE + timedelta(seconds=1)
    CONFIG_FILE.chmod(0o644)
    found = findings(**{**SECRETS, "nudge_phone": "not-a-service://a-secret/{to}"})
    assert found["config"].verdict is Verdict.LOOK
    assert found["cases"].verdict is Verdict.WRONG
    assert found["guardian"].verdict is Verdict.WRONG
    assert found["notices"].verdict is Verdict.LOOK
    assert found["nudge"].verdict is Verdict.WRONG
    assert found["heartbeat"].verdict is Verdict.WRONG
    assert found["heartbeat"].found == "never sent"
    assert "a-secret" not in "".join(f"{one.found}{one.fix}" for one in found.values())


def test_keys_that_others_may_read_are_found(the_desk: Desk) -> None:
    """One file is enough."""
    secret = settings.CONFIG.keys_folder / "secret"
    secret.chmod(0o644)
    try:
        assert findings()["keys"].verdict is Verdict.WRONG
    finally:
        secret.chmod(0o600)
    assert stat.S_IMODE(settings.CONFIG.keys_folder.stat().st_mode) == 0o700
    assert findings()["keys"].verdict is Verdict.WELL


@pytest.mark.parametrize(
    ("days", "verdict"), [(30, Verdict.WELL), (5, Verdict.LOOK), (-1, Verdict.WRONG)]
)
def test_the_dates_of_certificates_are_read(
    tmp_path: Path, days: int, verdict: Verdict
) -> None:
    """A week before the end there is still time."""
    desk = Authority.create(tmp_path).issue(
        "desk", begins_in=timedelta(days=-9), lasts=timedelta(days=9 + days)
    )
    config = replace(
        settings.CONFIG.broker, ca=tmp_path / "ca.crt", certificate=desk.certificate
    )
    (_ca, found) = foundations.certificates(config)
    assert found.verdict is verdict


def test_the_command_says_it_in_words_and_as_json(tmp_path: Path) -> None:
    """It works before anybody ever served, and exits with 1 while something is wrong."""
    desk = LiveDesk(tmp_path, broker_port=9)
    done = desk.run("check")
    assert done.returncode == 1
    assert "wrong  broker: 127.0.0.1:9 cannot be reached" in done.stdout
    assert "       → start the broker" in done.stdout
    said = json.loads(desk.run("check", "--json").stdout)
    assert {"subject", "verdict", "found", "fix"} == set(said[0])


def test_keys_that_are_missing_are_told_with_the_fix(the_desk: Desk, tmp_path: Path) -> None:
    """And nothing beside them is hidden by it."""
    found = check(replace(settings.CONFIG, keys_folder=tmp_path), CONFIG_FILE)
    (keys,) = [one for one in found if one.subject == "keys"]
    assert keys.verdict is Verdict.WRONG
    assert "demitasse-desk init" in keys.fix
    assert found[-1].subject == "heartbeat"
