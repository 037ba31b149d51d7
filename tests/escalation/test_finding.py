"""Owners are found by name, by the right people, and every search is written down."""

from datetime import timedelta

import pytest

from escalation.casework import acts, finding
from escalation.casework.finding import HandleEnded, MayNotSearch
from escalation.intake import opening
from escalation.keeping import restoring, retention
from escalation.models import Case, Device, NameLine, Search, Staff
from tests.escalation.conftest import Desk
from tests.escalation.household import NOW
from wire.messages import Choice, Erase

pytestmark = pytest.mark.both_databases


def names(the_desk: Desk, staff: Staff, typed: str) -> list[str]:
    """Return who is found, in their order."""
    found = finding.find(typed, staff=staff, now=the_desk.clock())
    return [home.call_me for home in found.homes]


def test_owners_are_found_in_alphabetical_order_whatever_the_spelling(the_desk: Desk) -> None:
    """By the word that was looked up; each person once."""
    for name in ("Zoé L’Épine", "Élodie Lépine", "Marie Marchand", "Nguyễn Thị Đào"):
        the_desk.care_case(call_me=name)
    camille = the_desk.staff("camille", "reviewer")
    assert names(the_desk, camille, "lepi") == ["Élodie Lépine", "Zoé L’Épine"]
    assert names(the_desk, camille, "mar") == ["Marie Marchand"]
    assert names(the_desk, camille, "ma mar") == ["Marie Marchand"]
    assert names(the_desk, camille, "DAO nguyen") == ["Nguyễn Thị Đào"]
    assert names(the_desk, camille, "100%") == names(the_desk, camille, " ") == []


def test_namesakes_are_told_apart_by_whom_they_spoke_with(the_desk: Desk) -> None:
    """And by since when they have been here."""
    camille = the_desk.staff("camille", "reviewer")
    known = the_desk.care_case(call_me="Madeleine")
    acts.claim(known, camille, NOW)
    words = {"choice": Choice.WRITE, "reason": "Because.", "message": ""}
    acts.decide(known, camille, fence=1, now=NOW, **words)  # type: ignore[arg-type]
    the_desk.clock.time += timedelta(days=40)
    the_desk.care_case(call_me="Madeleine", now=the_desk.clock())
    found = finding.find("madeleine", staff=camille, now=the_desk.clock())
    assert [(h.since, h.last_helped_by, h.waits, h.namesake) for h in found.homes] == [
        (NOW, "Camille", True, True),
        (NOW + timedelta(days=40), "", True, True),
    ]


def test_a_search_is_written_down_with_what_was_typed(the_desk: Desk) -> None:
    """Also one that finds nobody."""
    the_desk.care_case(call_me="Madeleine")
    camille = the_desk.staff("camille", "reviewer")
    for typed in ("madel", "nobody\0"):
        names(the_desk, camille, typed)
    searches = Search.objects.order_by("pk").values_list("by", "at", "typed", "found")
    assert list(searches) == [(camille.pk, NOW, "madel", 1), (camille.pk, NOW, "nobody ", 0)]


def test_only_who_may_help_finds_anybody(the_desk: Desk) -> None:
    """A refused search finds nobody and is no search."""
    the_desk.care_case(call_me="Madeleine")
    assert names(the_desk, the_desk.staff("sam", "supervisor"), "mad") == ["Madeleine"]
    refused = [
        the_desk.staff("new", "reviewer", trained=False),
        the_desk.staff("tom", "technician"),
    ]
    for staff in refused:
        with pytest.raises(MayNotSearch):
            names(the_desk, staff, "mad")
    assert not Search.objects.filter(by__in=refused).exists()


def test_a_handle_names_a_home_to_one_person_while_it_has_that_name(the_desk: Desk) -> None:
    """It holds no device id, and ends with the name."""
    home = the_desk.enroll(call_me="Madeleine")
    the_desk.receive(home, home.seal(home.alert()))
    camille, other = the_desk.staff("camille", "reviewer"), the_desk.staff("o", "reviewer")
    handle = finding.find("madel", staff=camille, now=NOW).homes[0].handle
    assert finding.device_of(handle, staff=camille).device_id == home.device_id
    for who, what in ((other, handle), (camille, handle[:-1]), (camille, "")):
        with pytest.raises(HandleEnded):
            finding.device_of(what, staff=who)
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    with pytest.raises(HandleEnded):
        finding.device_of(handle, staff=camille)


def test_many_namesakes_come_page_by_page_and_each_once(the_desk: Desk) -> None:
    """Also those who are found by two words of their name."""
    called = [f"Marie Martin {n:02}" for n in range(45)]
    for name in called:
        the_desk.care_case(call_me=name)
    camille = the_desk.staff("camille", "reviewer")
    pages: list[list[str]] = []
    after = ""
    while not pages or after:
        found = finding.find("ma", staff=camille, now=NOW, after=after)
        pages.append([home.call_me for home in found.homes])
        after = found.more
    assert [len(page) for page in pages] == [20, 20, 5]
    assert [name for page in pages for name in page] == called
    with pytest.raises(HandleEnded):
        finding.find("ma", staff=camille, now=NOW, after="elsewhere")


def test_a_new_name_replaces_the_old_one(the_desk: Desk) -> None:
    """An owner is called as they say now, and by nothing else."""
    home = the_desk.enroll(call_me="Madeleine")
    the_desk.receive(home, home.seal(home.alert()))
    home.call_me = "Mado"
    the_desk.receive(home, home.seal(home.alert()))
    camille = the_desk.staff("camille", "reviewer")
    assert names(the_desk, camille, "mad") == ["Mado"]
    assert NameLine.objects.count() == 1


@pytest.mark.parametrize("way", ["withdrawal", "erasure", "restore"])
def test_who_takes_everything_back_is_found_by_nobody(the_desk: Desk, way: str) -> None:
    """And what was typed to find them is gone, while who searched when stays."""
    home = the_desk.enroll(call_me="Madeleine")
    the_desk.receive(home, home.seal(home.alert()))
    the_desk.care_case(call_me="Agathe")
    camille = the_desk.staff("camille", "reviewer")
    for typed in ("madele", "agathe"):
        assert len(names(the_desk, camille, typed)) == 1
    if way == "withdrawal":
        the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    else:
        the_desk.receive(home, home.seal(Erase(asked_at=NOW, ledger_head="5e" * 32)))
    if way == "restore":
        # A backup of the day before: the journal has to be obeyed again.
        Device.objects.filter(pk=home.device_id).update(call_me="Madeleine")
        NameLine.objects.create(device_id=home.device_id, text="madeleine")
        Case.objects.filter(device=home.device_id).update(erased=False)
        restoring.begin_new_life(NOW)
    assert set(NameLine.objects.values_list("text", flat=True)) == {"agathe"}
    assert list(Search.objects.order_by("pk").values_list("typed", flat=True)) == ["", "agathe"]
    assert names(the_desk, camille, "madele") == []


def test_what_was_typed_goes_with_the_words_of_that_days_cases(the_desk: Desk) -> None:
    """Who searched when is kept."""
    camille = the_desk.staff("camille", "reviewer")
    names(the_desk, camille, "madeleine")
    retention.let_go(NOW + timedelta(days=89), timedelta(days=90))
    assert Search.objects.get().typed == "madeleine"
    retention.let_go(NOW + timedelta(days=90), timedelta(days=90))
    assert (Search.objects.get().typed, Search.objects.get().by_id) == ("", camille.pk)


def test_a_repeat_of_an_old_message_brings_no_name_back(the_desk: Desk) -> None:
    """What was erased stays unknown, whatever the broker delivers once more."""
    home = the_desk.enroll(call_me="Madeleine")
    alert = home.seal(home.alert())
    the_desk.receive(home, alert)
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    assert the_desk.receive(home, alert) is not opening.Result.ACCEPTED
    assert not NameLine.objects.exists()
