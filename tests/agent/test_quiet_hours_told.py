"""The owner's quiet hours leave the house with their contact, and with nothing else."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from agent.asking.concerns import State
from agent.consents.consent_file import Purpose
from tests.agent.consents import ZONE
from tests.agent.house import CARE, House
from tests.agent.worried_house import acknowledged, next_slots, worried
from wire.messages import Alert, Help, QuietHours, ServiceReport
from wire.owner import Press
from wire.schema import to_plain

NIGHT = QuietHours(begins="22:00", ends="08:00", timezone=ZONE)
REACHED = (*CARE, Purpose.CONTACT_ME)


def alerted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, granted: Iterable[Purpose]
) -> tuple[House, Alert]:
    """Return a house whose alert has left, and that alert."""
    house = worried(folder, monkeypatch, granted=granted)
    house.live_until(State.ALERTED)
    next_slots(house)
    alert = house.sent("alert")[0].message
    assert isinstance(alert, Alert)
    return house, alert


def test_they_go_with_the_contact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, alert = alerted(tmp_path, monkeypatch, REACHED)
    assert alert.owner.quiet == NIGHT
    house.device.close()


def test_whom_nobody_may_call_tells_no_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = (*CARE, Purpose.NUDGE_ME, Purpose.CONTACT_TRUSTED_PERSON)
    house, alert = alerted(tmp_path, monkeypatch, granted)
    assert alert.owner.quiet is None
    assert not any("22:00" in str(to_plain(sent.message)) for sent in house.sent())
    house.device.close()


def test_a_call_that_was_asked_for_has_no_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path / "house", monkeypatch, granted=REACHED)
    house.press(Press.LONG)
    house.step(seconds=1)
    asked = house.sent("help")[0].message
    assert isinstance(asked, Help)
    assert asked.owner.quiet is None
    house.device.close()


@pytest.mark.parametrize(
    ("begins", "ends", "told"),
    [
        ("21:00", "09:30", QuietHours(begins="21:00", ends="09:30", timezone=ZONE)),
        ("00:00", "00:00", None),
    ],
)
def test_a_later_edit_goes_with_the_next_message(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begins: str,
    ends: str,
    told: QuietHours | None,
) -> None:
    """It is no new consent: only what the hours are has changed."""
    house = worried(tmp_path, monkeypatch, granted=REACHED)
    house.grant(REACHED, quiet_from=f'"{begins}"', quiet_to=f'"{ends}"')
    house.stick_the_tank_switch()
    next_slots(house)
    report = house.sent("service_report")[0].message
    assert isinstance(report, ServiceReport)
    assert report.owner.quiet == told
    assert house.sent("withdrawal") == []
    house.device.close()


def test_while_the_desk_has_an_alert_an_edit_goes_there_in_the_next_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under its own id and once; whom nobody may call still tells nothing."""
    house = worried(tmp_path, monkeypatch, granted=REACHED)
    alert_id = acknowledged(house)
    house.grant(REACHED, quiet_from='"20:00"')
    next_slots(house)
    house.live(hours=2)
    found = {one.envelope_sha256: one for one in house.sent("alert")}.values()
    told = [one.message.owner.quiet for one in found if isinstance(one.message, Alert)]
    assert told == [NIGHT, QuietHours(begins="20:00", ends="08:00", timezone=ZONE)]
    assert {one.header.message_id for one in found} == {alert_id}
    house.grant(CARE, quiet_from='"19:00"')
    next_slots(house)
    assert not any("19:00" in str(to_plain(one.message)) for one in house.sent())
    house.device.close()


def test_they_are_taken_back_with_the_contact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also out of what still waits to be taken."""
    house = worried(tmp_path, monkeypatch, granted=REACHED)
    house.live_until(State.ASKED)
    house.broker_is_there = False
    house.restart()
    house.live_until(State.ALERTED)
    house.grant(CARE)
    house.step(seconds=1)
    house.broker_is_there = True
    house.restart()
    next_slots(house)
    alert = house.sent("alert")[-1].message
    assert isinstance(alert, Alert)
    assert (alert.owner.contact, alert.owner.quiet) == (None, None)
    house.device.close()
