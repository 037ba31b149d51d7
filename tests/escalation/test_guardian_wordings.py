"""A wording that a guardian has suspended is offered to nobody, until a guardian lifts it."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction

from escalation import main
from escalation.cases import SomeoneElseFirst, WrongRole
from escalation.casework import acts, incidents
from escalation.casework.cohorts import Cohort
from escalation.console import offered_words
from escalation.console.offered_words import WORDINGS, Moment
from escalation.guarding import wordings
from escalation.guarding.models import WORDING_MAX, WordingLine
from escalation.keeping import restoring
from escalation.models import Staff
from tests.escalation.conftest import Desk
from wire.messages import Language

pytestmark = pytest.mark.both_databases

HOW = "first-minute-you"
WHY = "It sounds like a diagnosis."


@pytest.fixture
def ines(the_desk: Desk) -> Staff:
    """Return the guardian."""
    return the_desk.staff("ines", "guardian")


def test_every_wording_has_an_id_of_its_own() -> None:
    ids = [one.id for one in WORDINGS]
    assert len(set(ids)) == len(ids)
    assert {one.moment for one in WORDINGS} == set(Moment)
    assert all(len(name) <= WORDING_MAX and name == name.casefold() for name in ids)


def test_it_is_offered_to_nobody_and_colleagues_read_why(the_desk: Desk, ines: Staff) -> None:
    """In whatever language; lifted, it is there again."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    browser, address = the_desk.browser(camille), f"/cases/{case.pk}/"
    assert "Comment allez-vous" in browser.get(address).text
    wordings.suspend(HOW, ines, reason=WHY, now=the_desk.clock())
    wordings.suspend(HOW, ines, reason="Again.", now=the_desk.clock())
    page = browser.get(address).text
    assert "Comment allez-vous" not in page
    assert "Votre machine a remarqué" in page
    assert f"A guardian has suspended words that stood here: “{WHY}”" in page
    wordings.lift(HOW, ines, now=the_desk.clock())
    assert "Comment allez-vous" in browser.get(address).text
    assert [line.did for line in WordingLine.objects.order_by("pk")] == ["suspend", "lift"]


def test_where_all_are_suspended_the_page_says_so(the_desk: Desk, ines: Staff) -> None:
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    for one in WORDINGS:
        wordings.suspend(one.id, ines, reason=WHY, now=the_desk.clock())
    page = the_desk.browser(camille).get(f"/cases/{case.pk}/").text
    assert "No words are left for this moment" in page
    assert "Say it in your own." in page


def test_a_template_for_many_homes_is_left_empty(the_desk: Desk, ines: Staff) -> None:
    nadia = the_desk.staff("nadia", "supervisor")
    cohort = Cohort(model="Lungo", noticed="rise")
    incident = incidents.open_by_hand(cohort, nadia, the_desk.clock())
    browser, address = the_desk.browser(nadia), f"/incidents/{incident.pk}/"
    assert "Many machines like yours" in browser.get(address).text
    wordings.suspend("incident-many-alike", ines, reason=WHY, now=the_desk.clock())
    page = browser.get(address).text
    assert "Many machines like yours" not in page
    assert "Beaucoup de machines" not in page
    assert f"“{WHY}” Write your own." in page
    assert offered_words.for_incident(Language.FR).lines == ()


@pytest.mark.parametrize("role", ["reviewer", "technician", "supervisor"])
def test_only_a_guardian_suspends_and_lifts(the_desk: Desk, ines: Staff, role: str) -> None:
    """Another guardian as well."""
    staff, now = the_desk.staff("x", role), the_desk.clock()
    with pytest.raises(WrongRole):
        wordings.suspend(HOW, staff, reason=WHY, now=now)
    wordings.suspend(HOW, ines, reason=WHY, now=now)
    with pytest.raises(WrongRole):
        wordings.lift(HOW, staff, now=now)
    assert set(wordings.suspended()) == {HOW}
    wordings.lift(HOW, the_desk.staff("zoe", "guardian"), now=now)
    assert not wordings.suspended()


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.update(reason="No reason."),
        lambda rows: rows.filter(did="suspend").delete(),
    ],
)
def test_the_database_refuses_to_change_or_remove_a_line(
    the_desk: Desk, ines: Staff, change: Callable[[object], object]
) -> None:
    wordings.suspend(HOW, ines, reason=WHY, now=the_desk.clock())
    with pytest.raises(DatabaseError, match="never"), transaction.atomic():
        change(WordingLine.objects.all())
    assert set(wordings.suspended()) == {HOW}


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE guarding_wordingline SET reason = 'No reason.' WHERE did = 'suspend'",
        "DELETE FROM guarding_wordingline WHERE did = 'suspend'",
    ],
)
def test_whoever_gets_past_it_is_seen(
    the_desk: Desk,
    ines: Staff,
    tampering: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By `demitasse-desk audit`, which watches over the cases’ audit as well."""
    monkeypatch.setattr("escalation.startup.start_initialised", lambda *_: None)
    wordings.suspend(HOW, ines, reason=WHY, now=the_desk.clock())
    wordings.lift(HOW, ines, now=the_desk.clock())
    assert main.main(["audit"]) == 0
    past_it = {
        "sqlite": "DROP TRIGGER wordings_stay; DROP TRIGGER wordings_are_kept",
        "postgresql": "SET LOCAL session_replication_role = replica",
    }[connection.vendor]
    with connection.cursor() as cursor:
        for statement in (*past_it.split("; "), tampering):
            cursor.execute(statement)
    assert not wordings.is_whole()
    assert main.main(["audit"]) == 1
    assert "suspended wordings" in capsys.readouterr().err


def test_two_lines_never_follow_the_same_one(
    the_desk: Desk, ines: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two guardians at once: the second looks again before anything is written."""
    wordings.suspend(HOW, ines, reason=WHY, now=the_desk.clock())
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(wordings, "_last", lambda: None)
        with pytest.raises(SomeoneElseFirst):
            wordings.suspend("first-minute-hello", ines, reason=WHY, now=the_desk.clock())
    assert WordingLine.objects.count() == 1
    wordings.suspend("first-minute-hello", ines, reason=WHY, now=the_desk.clock())
    assert wordings.is_whole()


class PutBack(Exception):
    """The database is what it was."""


def put_back_after(the_desk: Desk, *acts: Callable[[], None]) -> None:
    """Do these, then put the database back to before, and let the desk begin a new life."""
    with suppress(PutBack), transaction.atomic():
        for act in acts:
            act()
        raise PutBack
    restoring.begin_new_life(the_desk.clock())


def somebody_new_suspends(the_desk: Desk) -> None:
    """Let a guardian come whom the backup does not know."""
    new = the_desk.staff("lou", "guardian")
    wordings.suspend(HOW, new, reason=WHY, now=the_desk.clock())


def test_an_old_backup_does_not_offer_it_again(the_desk: Desk, ines: Staff) -> None:
    """In the name of whoever suspended it, with their reason, as a line of the audit."""
    now = the_desk.clock()
    put_back_after(the_desk, lambda: wordings.suspend(HOW, ines, reason=WHY, now=now))
    line = wordings.suspended()[HOW]
    assert (line.by, line.reason) == (ines, WHY)
    assert wordings.is_whole()


def test_what_was_lifted_before_the_backup_was_put_back_is_offered(
    the_desk: Desk, ines: Staff
) -> None:
    now = the_desk.clock()
    put_back_after(
        the_desk,
        lambda: wordings.suspend(HOW, ines, reason=WHY, now=now),
        lambda: wordings.lift(HOW, ines, now=now),
    )
    assert HOW not in wordings.suspended()


def test_a_guardian_whom_the_backup_does_not_know_is_stood_in_for(
    the_desk: Desk, ines: Staff
) -> None:
    """Somebody has to stand in the audit, and a guardian there always is."""
    put_back_after(the_desk, lambda: somebody_new_suspends(the_desk))
    assert wordings.suspended()[HOW].by == ines


def test_without_any_guardian_the_log_says_which_words_are_offered_again(
    the_desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    put_back_after(the_desk, lambda: somebody_new_suspends(the_desk))
    assert HOW not in wordings.suspended()
    assert HOW in caplog.text
