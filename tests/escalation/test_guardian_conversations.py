"""What a guardian reads again is nobody's choice, has nobody's name, and words come of it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.cases import SomeoneElseFirst, WrongRole
from escalation.casework import making_good
from escalation.guarding import conversations, sampling
from escalation.guarding.conversations import Review
from escalation.guarding.hiding import HIDDEN, hide
from escalation.guarding.models import Conversation
from escalation.models import Case, CaseEvent, Staff
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from tests.escalation.test_feeling import helped, says

WEEK = timedelta(days=7)
REVIEW = Review(was_kind="Yes, very.", was_factual="", left_room="A question would help.")


@given(st.dictionaries(st.integers(1), st.binary(min_size=32, max_size=32)), st.integers(1, 50))
def test_the_sample_is_made_of_the_hashes_alone(cases: dict[int, bytes], one_in: int) -> None:
    """At least one of any; a larger share never leaves out what a smaller one draws."""
    hashes = {number: text.hex() for number, text in cases.items()}
    drawn = sampling.chosen(hashes, one_in=one_in)
    assert bool(drawn) is bool(hashes)
    assert drawn == sampling.chosen(dict(sorted(hashes.items())), one_in=one_in)
    assert set(drawn) <= set(sampling.chosen(hashes, one_in=max(1, one_in // 2)))
    if one_in == 1:
        assert drawn == sorted(hashes)


def test_about_one_in_ten_is_drawn() -> None:
    """Of keyed hashes, which are spread evenly."""
    hashes = {number: f"{(2 * number + 1) * 2**255 // 1000:064x}" for number in range(1000)}
    assert len(sampling.chosen(hashes, one_in=10)) == 100


def test_a_week_is_the_desks_own_also_when_summer_time_begins() -> None:
    paris = ZoneInfo("Europe/Paris")
    sunday = datetime(2026, 3, 29, 21, 59, tzinfo=UTC)
    assert next(sampling.weeks_over(sunday, paris)) == date(2026, 3, 16)
    monday = sunday + timedelta(minutes=1)
    assert next(sampling.weeks_over(monday, paris)) == date(2026, 3, 23)
    begins, ends = sampling.bounds(date(2026, 3, 23), paris)
    assert (begins.astimezone(UTC).hour, ends.astimezone(UTC)) == (23, monday)


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour Helene, ici Chloé.",
        "HÉLÈNE-CHLOE!",
        "Call +33 1 99 00 12 34 or 06.12.34.56.78.",
        "helene@example.org, https://example.org/helene",
    ],
)
def test_names_numbers_and_addresses_are_hidden(text: str) -> None:
    shown = hide(text, ["Hélène", "Chloe"])
    assert HIDDEN in shown
    for trace in ("hél", "hel", "chlo", "99 00", "34.56", "example"):
        assert trace not in shown.casefold()


def test_what_is_no_name_stays() -> None:
    assert hide("Annuel, et Ann’ : 3 cafés, 52 heures.", ["Ann"]) == (
        "Annuel, et […]’ : 3 cafés, 52 heures."
    )


@given(st.text(), st.lists(st.text(max_size=8), max_size=4))
def test_hiding_takes_any_text_and_hides_it_once(text: str, names: list[str]) -> None:
    assert isinstance(hide(text, names), str)


@pytest.fixture
def ines(the_desk: Desk) -> Staff:
    """Return the guardian."""
    return the_desk.staff("ines", "guardian")


def drawn(the_desk: Desk, staff: Staff, number: int = 1) -> list[Household]:
    """Let ``staff`` decide so often, and the week go by."""
    homes = [helped(the_desk, staff)[0] for _ in range(number)]
    the_desk.clock.time += WEEK
    conversations.draw(the_desk.clock(), one_in=1000)
    return homes


@pytest.mark.both_databases
def test_a_week_is_drawn_once_when_it_is_over(the_desk: Desk) -> None:
    """At least one of five; again, and by whatever process, the same."""
    camille = the_desk.staff("camille", "reviewer")
    for _ in range(5):
        helped(the_desk, camille)
    assert conversations.draw(the_desk.clock(), one_in=1000) == 0
    the_desk.clock.time += WEEK
    assert conversations.draw(the_desk.clock(), one_in=1000) == 1
    first = Conversation.objects.get().case_id
    assert conversations.draw(the_desk.clock(), one_in=1) == 0
    the_desk.clock.time += WEEK
    assert conversations.draw(the_desk.clock(), one_in=1000) == 0
    hashes = {pk: conversations._hash(pk) for pk in Case.objects.values_list("pk", flat=True)}
    assert first == min(hashes, key=lambda pk: hashes[pk])


@pytest.mark.both_databases
def test_two_processes_at_once_draw_a_week_once(
    the_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if both had seen that nobody has drawn it yet."""
    helped(the_desk, the_desk.staff("camille", "reviewer"))
    the_desk.clock.time += WEEK
    week, *_ = sampling.weeks_over(the_desk.clock(), UTC)
    monkeypatch.setattr(sampling, "weeks_over", lambda *_: [week, week])
    assert conversations.draw(the_desk.clock(), one_in=1) == 1


@pytest.mark.both_databases
def test_what_was_taken_back_is_not_drawn_and_not_read(the_desk: Desk, ines: Staff) -> None:
    camille = the_desk.staff("camille", "reviewer")
    (home,) = drawn(the_desk, camille)
    one = conversations.readable(the_desk.clock()).get()
    conversations.write(one, ines, REVIEW, the_desk.clock())
    assert not conversations.readable(one.case.consent_until)
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    assert not Conversation.objects.exists()
    home, _case = helped(the_desk, camille)
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    the_desk.clock.time += WEEK
    assert conversations.draw(the_desk.clock(), one_in=1) == 0


@pytest.mark.both_databases
def test_the_guardian_reads_it_without_who_anybody_is(the_desk: Desk, ines: Staff) -> None:
    """Reason, message, apology, how it felt; and the reading is a line of the audit."""
    camille = the_desk.staff("camille", "reviewer")
    (home,) = drawn(the_desk, camille)
    case = Case.objects.get()
    Case.objects.update(message="Dear Madeleine, this is Camille: +33 1 99 00 12 34.")
    says(the_desk, home, case, "Camille was kind to me. Madeleine")
    making_good.apologise(
        case, camille, text="Sorry, MADELEINE.", repair="x", now=the_desk.clock()
    )
    one = conversations.readable(the_desk.clock()).get()
    read = conversations.read(one, ines, the_desk.clock())
    assert read.messages == (
        "I would like to know how you are.",
        f"Dear {HIDDEN}, this is {HIDDEN}: {HIDDEN}.",
        f"Sorry, {HIDDEN}.",
    )
    assert read.felt == (f"{HIDDEN} was kind to me. {HIDDEN}",)
    look = CaseEvent.objects.get(event="look", actor=ines)
    assert look.told_owner is not None


@pytest.mark.both_databases
def test_words_reach_whoever_decided_and_can_be_answered(the_desk: Desk, ines: Staff) -> None:
    """Said once, by one guardian; the first answer stays."""
    camille, sacha = (the_desk.staff(name, "reviewer") for name in ("camille", "sacha"))
    drawn(the_desk, camille)
    one = conversations.readable(the_desk.clock()).get()
    assert not conversations.for_whoever_decided(camille)
    conversations.write(one, ines, REVIEW, the_desk.clock())
    with pytest.raises(SomeoneElseFirst):
        conversations.write(one, ines, REVIEW, the_desk.clock())
    mine = conversations.for_whoever_decided(camille).get()
    assert (mine.was_kind, mine.by) == ("Yes, very.", ines)
    assert not conversations.for_whoever_decided(sacha)
    for text in ("Thank you.", "No."):
        conversations.answer(mine, text=text, now=the_desk.clock())
    one.refresh_from_db()
    assert one.answer == "Thank you."


@pytest.mark.parametrize("role", ["reviewer", "supervisor"])
def test_nobody_else_reads_what_was_drawn(the_desk: Desk, role: str) -> None:
    drawn(the_desk, the_desk.staff("camille", "reviewer"))
    one, staff = Conversation.objects.get(), the_desk.staff("x", role)
    with pytest.raises(WrongRole):
        conversations.read(one, staff, the_desk.clock())
    with pytest.raises(WrongRole):
        conversations.write(one, staff, REVIEW, the_desk.clock())
