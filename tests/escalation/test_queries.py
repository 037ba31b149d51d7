"""A prepared query finds what the same query finds, each time with what is given then."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import Case, Staff
from tests.escalation.conftest import Desk

pytestmark = pytest.mark.both_databases


def called(*names: str) -> list[str]:
    """Return the first names of whoever has one of these usernames, in that order."""
    return [staff.first_name for name in names for staff in NAMED.fetch(name=name)]


NAMED = PreparedQuery(lambda: Staff.objects.filter(username=Given("name")))


def test_each_time_it_finds_what_is_given_then(the_desk: Desk) -> None:
    """Not what was given the first time."""
    for name in ("camille", "alex"):
        the_desk.staff(name, "reviewer")
    assert called("camille", "alex", "nobody", "camille") == ["Camille", "Alex", "Camille"]


def test_it_finds_rows_with_times_truths_and_what_belongs_to_them(the_desk: Desk) -> None:
    """As Django reads them, on either database."""
    case = the_desk.care_case(call_me="Ana")
    since = PreparedQuery(
        lambda: (
            Case.objects.filter(Q(opened_at__gte=Given("since")), erased=False)
            .select_related("device")
            .prefetch_related("replies")
        )
    )
    (found,) = since.fetch(since=case.opened_at)
    with CaptureQueriesContext(connection) as nothing:
        assert (found.device.call_me, list(found.replies.all())) == ("Ana", [])
    assert not nothing.captured_queries
    assert (found.opened_at, found.erased, found.payload) == (
        case.opened_at,
        False,
        case.payload,
    )
    assert since.fetch(since=case.opened_at + timedelta(seconds=1)) == []


def test_what_it_has_no_place_for_is_left_and_what_lacks_is_named(the_desk: Desk) -> None:
    """One bundle of values may serve several queries; a forgotten one is a mistake of ours."""
    the_desk.staff("camille", "reviewer")
    assert [one.username for one in NAMED.fetch(name="camille", state="waiting")] == ["camille"]
    with pytest.raises(KeyError, match="name"):
        NAMED.fetch(state="waiting")


@pytest.mark.django_db(transaction=True)
def test_two_threads_ask_the_same_query_each_over_its_own_connection(the_desk: Desk) -> None:
    """Each with its own values: the one that is kept belongs to neither."""
    names = ("camille", "alex")
    for name in names:
        the_desk.staff(name, "reviewer")
    found: dict[str, set[tuple[str, ...]]] = {name: set() for name in names}

    def ask(name: str) -> None:
        try:
            for _ in range(50):
                found[name].add(tuple(called(name)))
        finally:
            connection.close()

    threads = [Thread(target=ask, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"camille": {("Camille",)}, "alex": {("Alex",)}}
