"""A volunteer of whom the desk has told, on the owner's page: one form, and nothing without."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import memory
from agent.consents.consent_file import Purpose
from tests.agent.consents import CONTACT, NOTICE_IDS, TRUSTED, owner_text
from tests.agent.house import CARE, House
from tests.agent.test_owners_page import Visitor
from tests.agent.test_whom_to_ask import alerts
from tests.agent.worried_house import acknowledged, next_slots, worried
from wire.messages import Note, TrustedPerson

NAMING = Purpose.CONTACT_TRUSTED_PERSON
INES = TrustedPerson(name="Inès", relation="volunteer", channel="through the desk")
OFFER = f"/choices/{NAMING}?offered=yes"


def tell_of(house: House, person: TrustedPerson, number: int = 1) -> None:
    """Let the desk tell of somebody."""
    note = Note(
        alert_id="ab" * 16,
        sender="Camille",
        text=f"{person.name} could ring you.",
        sent_at=house.utc,
        offers=person,
    )
    with house.store.transaction() as db:
        memory.remember_received(db, f"{number:032x}", note, house.utc)


@pytest.fixture
def visitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """Return an owner at their page, whose alert the desk has."""
    house = worried(tmp_path, monkeypatch, granted=CARE)
    acknowledged(house)
    found = Visitor(house)
    found.enter()
    yield found
    house.device.close()


def fields(page: str) -> dict[str, str]:
    """Return what stands in the fields of the form."""
    return dict(re.findall(r'<input name="(\w+)"[^>]* value="([^"]*)"', page))


def test_one_prefilled_form_names_a_volunteer_and_the_desk_is_told(visitor: Visitor) -> None:
    """Nothing is named, and nothing goes out, before it is sent."""
    tell_of(visitor.house, INES)
    for page in ("/", "/sent"):
        assert "Read, then name Inès" in visitor.see(page)
    form = visitor.see(OFFER)
    assert "Only your yes" in form
    filled = fields(form)
    assert (filled["name"], filled["channel"]) == (INES.name, INES.channel)
    assert form.count("readonly") == 3
    next_slots(visitor.house)
    assert [one.owner.trusted_person for one in alerts(visitor.house)] == [None]
    done = visitor.do(f"/grant/{NAMING}", {**filled, "notice": NOTICE_IDS[NAMING]})
    assert done.status == 303
    assert visitor.file().trusted_person == INES
    assert "You have named Inès." in visitor.see("/sent")
    next_slots(visitor.house)
    assert [one.owner.trusted_person for one in alerts(visitor.house)] == [None, INES]


def test_it_says_whose_place_the_volunteer_would_take(visitor: Visitor) -> None:
    visitor.house.grant((*CARE, NAMING))
    tell_of(visitor.house, INES)
    assert f"This takes the place of {TRUSTED.name}" in visitor.see(OFFER)
    own = fields(visitor.see(f"/choices/{NAMING}"))
    assert own["name"] == TRUSTED.name
    assert "readonly" not in visitor.see(f"/choices/{NAMING}")


def test_only_the_newest_offer_stands(visitor: Visitor) -> None:
    tell_of(visitor.house, INES)
    visitor.house.step(seconds=60)
    tell_of(visitor.house, TrustedPerson(name="Léo", relation="", channel=INES.channel), 2)
    page = visitor.see("/sent")
    assert "Read, then name Léo" in page
    assert "Read, then name Inès" not in page


def test_an_address_fills_in_nothing_that_nobody_offered(visitor: Visitor) -> None:
    """A link from elsewhere must not put a name into somebody's mouth."""
    for path in (f"{OFFER}&name=Mallory", f"/choices/{Purpose.CONTACT_ME}?offered=yes"):
        page = visitor.see(path)
        assert "Mallory" not in page
        assert "readonly" not in page
    tell_of(visitor.house, INES)
    assert "Inès" not in visitor.see(f"/choices/{Purpose.CONTACT_ME}?offered=yes")


def test_the_lines_of_the_message_do_the_same_in_an_editor(visitor: Visitor) -> None:
    """Two lines, beside the two with which everybody says yes."""
    text = owner_text((*CARE, NAMING))
    for name, value in (("name", INES.name), ("channel", INES.channel)):
        before = f'{name} = "{getattr(TRUSTED, name)}"'
        assert text.count(before) == 1
        text = text.replace(before, f'{name} = "{value}"')
    visitor.house.settings.consent_file.write_text(text, encoding="utf-8")
    next_slots(visitor.house)
    named = alerts(visitor.house)[-1].owner.trusted_person
    assert named is not None
    assert (named.name, named.channel) == (INES.name, INES.channel)
    assert CONTACT not in str(alerts(visitor.house)[-1])
