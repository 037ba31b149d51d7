"""Whom an owner names while the desk has their alert: it goes there anew, else unchanged."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from agent import ledger
from agent.asking.concerns import State
from agent.consents.consent_file import Purpose
from agent.delivery import outbox
from tests.agent.consents import TRUSTED
from tests.agent.house import CARE, House
from tests.agent.worried_house import acknowledged, alerted, next_slots, worried
from wire.messages import Alert, Outcome, TrustedPerson

NAMED = (*CARE, Purpose.CONTACT_TRUSTED_PERSON)
INES = TrustedPerson(name="Inès", relation="volunteer", channel="through the desk")
AS_INES = {"name": '"Inès"', "relation": '"volunteer"', "channel": '"through the desk"'}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterable[House]:
    made = worried(tmp_path, monkeypatch, granted=CARE)
    yield made
    made.device.close()


def alerts(house: House) -> list[Alert]:
    """Return what the desk was sent, each envelope once, in order."""
    found = {opened.envelope_sha256: opened.message for opened in house.sent("alert")}
    return [message for message in found.values() if isinstance(message, Alert)]


def test_somebody_named_after_the_alert_has_left_is_told_with_the_alert(house: House) -> None:
    """Under its own id, once, and with everything else as it was."""
    alert_id = acknowledged(house)
    house.grant(NAMED)
    next_slots(house)
    house.live(hours=2)
    first, second = alerts(house)
    assert first.owner.trusted_person is None
    assert second.owner.trusted_person == TRUSTED
    assert "contact_trusted_person" in second.consent.purposes
    assert (
        replace(second, owner=first.owner, consent=first.consent, ledger_head=first.ledger_head)
        == first
    )
    assert {opened.header.message_id for opened in house.sent("alert")} == {alert_id}
    assert house.state is State.ACKNOWLEDGED
    key = house.desk.device.signer().public_key()
    assert ledger.first_broken(house.store.reading(), key) is None


def test_somebody_in_anothers_place_is_told_too(house: House) -> None:
    house.grant(NAMED)
    acknowledged(house)
    house.grant(NAMED, **AS_INES)
    next_slots(house)
    assert [one.owner.trusted_person for one in alerts(house)] == [TRUSTED, INES]


def test_before_the_alert_has_left_only_the_newest_leaves(house: House) -> None:
    house.grant(NAMED)
    house.broker_is_there = False
    house.live_until(State.ALERTED)
    house.grant(NAMED, **AS_INES)
    house.step(seconds=1)
    assert len(outbox.waiting(house.store.reading())) == 1
    house.broker_is_there = True
    house.restart()
    house.live(hours=1)
    assert [one.owner.trusted_person for one in alerts(house)] == [INES]


@pytest.mark.parametrize("without", ["consent", "notice", "care"])
def test_a_name_without_a_live_yes_leaves_by_no_way(house: House, without: str) -> None:
    acknowledged(house)
    purposes = {
        "consent": CARE,
        "notice": NAMED,
        "care": (Purpose.DEVICE_HEALTH, Purpose.CONTACT_TRUSTED_PERSON),
    }
    house.grant(purposes[without], **AS_INES)
    if without == "notice":
        file = house.settings.consent_file
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace("notice-contact-trusted-person-en", "notice-of-another-year"),
            encoding="utf-8",
        )
    next_slots(house)
    assert [one.owner.trusted_person for one in alerts(house)] == [None]


def test_what_has_ended_names_nobody_any_more(house: House) -> None:
    """The case is closed, or a person has decided."""
    house.decide(acknowledged(house))
    house.grant(NAMED)
    next_slots(house)
    assert len(alerts(house)) == 1


def test_a_case_that_closed_right_before_a_power_cut_names_nobody_any_more(
    house: House,
) -> None:
    """The signature is kept, and the concern has not followed it yet."""
    alert_id = acknowledged(house)
    [opened] = house.sent("alert")
    house.grant(NAMED)
    with house.store.transaction() as db:
        sha256 = opened.envelope_sha256
        outbox.acknowledge(db, alert_id, sha256, Outcome.CLOSED, house.utc)
    house.restart()
    next_slots(house)
    assert len(alerts(house)) == 1
    assert house.state is None


def test_a_power_cut_right_after_the_edit_loses_no_name(house: House) -> None:
    alerted(house)
    house.sign(house.sent("alert")[0], Outcome.ACCEPTED)
    house.device.close()
    house.grant(NAMED)
    house.restart()
    next_slots(house)
    assert [one.owner.trusted_person for one in alerts(house)][-1] == TRUSTED


def test_a_name_taken_back_on_its_way_does_not_leave(house: House) -> None:
    acknowledged(house)
    house.broker_is_there = False
    house.grant(NAMED)
    house.step(seconds=1)
    house.grant(CARE)
    house.step(seconds=1)
    house.broker_is_there = True
    house.restart()
    house.live(hours=2)
    assert {one.owner.trusted_person for one in alerts(house)} == {None}
