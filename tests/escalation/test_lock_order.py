"""Homes are locked before their cases, by everybody: so nobody waits for who waits for them."""

import multiprocessing
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import connection, connections, transaction

import escalation
from escalation.broker import outgoing
from escalation.cases import CaseError
from escalation.casework import acts, calls, deskwork, incidents, next_case, unstaffed
from escalation.casework.holding import lock_home
from escalation.intake import opening
from escalation.keeping.locks import homes
from escalation.models import Case, Device, Incident, OutgoingMessage, OwnerWishes
from escalation.team import presence
from tests.escalation import test_half_done, test_no_half_state
from tests.escalation.conftest import Desk, SteppingClock
from tests.escalation.household import NOW
from wire.messages import Choice, Language

pytestmark = pytest.mark.both_databases

LOCKS = re.compile(r'\s*(?:UPDATE|WITH|SELECT)\b.*?"?escalation_(device|case)"?\b', re.DOTALL)
MARK = "/* FOR UPDATE */"
"""SQLite has no such words and needs none; here it says where they would stand."""


@dataclass
class Watch:
    """Reads what is said to the database, transaction by transaction."""

    reversed: list[str] = field(default_factory=list)
    """What locked a home although a case was locked already."""
    homes_and_cases: int = 0
    """In how many transactions both were."""
    _depth: int = 0
    _homes: set[str] = field(default_factory=set)
    _cases: bool = False
    _asks: bool = False

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        """Note which lock the statement takes, and let it run."""
        if self._asks:
            return execute(sql, params, many, context)
        if sql.startswith("SAVEPOINT"):
            self._depth += 1
        elif sql.startswith(("RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")):
            self._depth -= sql.startswith("RELEASE")
        else:
            self._note(sql, params)
        if self._depth == 0:
            self.homes_and_cases += bool(self._homes and self._cases)
            self._homes, self._cases = set(), False
        return execute(sql, params, many, context)

    def _note(self, sql: str, params: Any) -> None:
        found = LOCKS.match(sql)
        if found is None or not (sql.startswith("UPDATE") or "FOR " in sql):
            return
        if found[1] == "case":
            self._cases = self._cases or sql.startswith("UPDATE") or self._finds(sql, params)
            return
        named = set(_texts(params)) & set(Device.objects.values_list("pk", flat=True))
        if named - self._homes and self._cases:
            self.reversed.append(sql)
        self._homes |= named

    def _finds(self, sql: str, params: Any) -> bool:
        """Return whether there is a row to be locked."""
        self._asks = True
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            row = cursor.fetchone()
        self._asks = False
        return row is not None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch the locks of what is done in the block, on either database."""
    watch = Watch()
    able: Any = {
        "has_select_for_update": True,
        "has_select_for_update_skip_locked": True,
        "has_select_for_update_of": True,
        "has_select_for_no_key_update": True,
    }
    with (
        mock.patch.object(connection.ops, "for_update_sql", return_value=MARK),
        mock.patch.multiple(connection.features, **able),
        connection.execute_wrapper(watch),
    ):
        yield watch


Prepared = Callable[[Desk], Callable[[], object]]
"""Does what comes before, and returns what is watched."""


def _of_one(name: str) -> Prepared:
    return lambda desk: test_no_half_state.ACTS[name](test_no_half_state.Scene(desk))


def _of_many(name: str) -> Prepared:
    def prepare(desk: Desk) -> Callable[[], object]:
        scene = test_half_done.begun(desk)
        before_it, act = test_half_done.ACTS[name]
        for earlier in before_it:
            earlier(scene)
        return lambda: act(scene)

    return prepare


def _two_decided(desk: Desk) -> test_no_half_state.Scene:
    """Return a scene in which two homes are told a decision."""
    scene = test_no_half_state.Scene(desk)
    scene.decide()
    for case in Case.objects.filter(pk=scene.waiting.pk):
        acts.claim(case, scene.noor, scene.now)
        acts.decide(
            case,
            scene.noor,
            fence=1,
            now=scene.now,
            choice=Choice.WRITE,
            reason="Because.",
            message="",
        )
    return scene


def _sent_home(desk: Desk) -> Callable[[], object]:
    scene = _two_decided(desk)
    pks = list(OutgoingMessage.objects.filter(type="decision").values_list("pk", flat=True))
    assert len(pks) == 2
    return lambda: deskwork.published(pks, scene.now)


def _taken_to_be_sent(desk: Desk) -> Callable[[], object]:
    scene = _two_decided(desk)
    return lambda: outgoing.take("worker", scene.now)


def _consents_over(desk: Desk) -> Callable[[], object]:
    scene = test_no_half_state.Scene(desk)
    return lambda: deskwork.settle_due(scene.now + timedelta(days=999))


def _two_homes_write(desk: Desk) -> Callable[[], object]:
    scene = test_no_half_state.Scene(desk)
    other = desk.enroll()
    arrivals = [
        opening.Arrival(scene.home.up, scene.home.seal(scene.home.withdrawal("care_alert"))),
        opening.Arrival(other.up, other.seal(other.alert())),
    ]
    return lambda: opening.receive_all(arrivals, desk=desk.identity, now=scene.now)


def _told_of_an_incident(desk: Desk) -> Callable[[], object]:
    scene = test_half_done.begun(desk)
    test_half_done.hold(scene)
    texts = {Language.FR: "Une mise à jour.", Language.EN: "An update."}
    incidents.tell(Incident.objects.get(), scene.nadia, texts)
    return lambda: incidents.review(desk.clock())


def _nobody_comes(desk: Desk) -> Callable[[], object]:
    desk.care_case()
    desk.care_case()
    return lambda: unstaffed.review(desk.clock())


def _asked_in_vain(desk: Desk) -> test_half_done.Scene:
    """Return a scene in which a request lapsed, and nobody has noticed."""
    scene = test_half_done.begun(desk)
    for earlier in test_half_done.ACTS["lapse"][0]:
        earlier(scene)
    return scene


def _called_at_another_hour(desk: Desk) -> Callable[[], object]:
    scene = _asked_in_vain(desk)
    at = desk.clock()
    OwnerWishes.objects.create(
        device_id=scene.case.device_id,
        call_from=(at + timedelta(hours=5)).time(),
        call_until=(at + timedelta(hours=6)).time(),
        noted_at=at,
    )
    return lambda: scene.camille_does(calls.begin, why="They asked for it.")


def _goes_home_with_two(desk: Desk) -> Callable[[], object]:
    scene = _asked_in_vain(desk)
    first = desk.care_case()
    acts.claim(first, scene.camille, desk.clock())
    Case.objects.filter(pk=first.pk).update(opened_at=desk.clock() - timedelta(days=1))
    return lambda: presence.leave(scene.camille, {}, desk.clock())


def _takes_what_was_left(desk: Desk) -> Callable[[], object]:
    scene = test_no_half_state.Scene(desk)
    acts.claim(scene.waiting, scene.noor, scene.now)
    return lambda: next_case.take(scene.noor, scene.now + timedelta(hours=1))


ACTS: dict[str, Prepared] = {
    **{f"one: {name}": _of_one(name) for name in test_no_half_state.ACTS},
    **{f"many: {name}": _of_many(name) for name in test_half_done.ACTS},
    "two decisions sent home": _sent_home,
    "two decisions taken to be sent": _taken_to_be_sent,
    "two consents over": _consents_over,
    "two homes write": _two_homes_write,
    "an incident is told": _told_of_an_incident,
    "nobody comes for two": _nobody_comes,
    "called at another hour": _called_at_another_hour,
    "somebody goes home with two": _goes_home_with_two,
    "somebody takes what was left": _takes_what_was_left,
}


@pytest.mark.parametrize("name", ACTS)
def test_no_act_locks_a_home_after_a_case(the_desk: Desk, name: str) -> None:
    act = ACTS[name](the_desk)
    with watched() as watch:
        act()
    assert watch.reversed == []


def test_the_watch_sees_both_orders(the_desk: Desk) -> None:
    case = the_desk.care_case()
    with watched() as watch:
        with transaction.atomic():
            lock_home(case.device_id)
            list(Case.objects.select_for_update().filter(pk=case.pk))
        with transaction.atomic():
            Case.objects.filter(pk=case.pk).update(fence=7)
        assert (watch.reversed, watch.homes_and_cases) == ([], 1)
        with transaction.atomic():
            Case.objects.filter(pk=case.pk).update(fence=8)
            lock_home(case.device_id)
    assert len(watch.reversed) == 1


def test_homes_are_locked_in_the_order_of_their_ids(the_desk: Desk) -> None:
    ids = [the_desk.enroll().device_id for _ in range(5)]
    assert [home.pk for home in homes(sorted(ids, reverse=True))] == sorted(ids)


def test_nobody_else_locks_a_home() -> None:
    package = Path(escalation.__file__).parent
    locking = re.compile(r"Device\.objects\.select_for_update")
    found = [path.name for path in package.rglob("*.py") if locking.search(path.read_text())]
    assert found == []


def test_the_post_locks_the_homes_before_what_it_takes(the_desk: Desk) -> None:
    act, said = _taken_to_be_sent(the_desk), []

    def listen(execute: Callable[..., Any], sql: str, *call: Any) -> Any:
        said.append(sql)
        return execute(sql, *call)

    with watched(), connection.execute_wrapper(listen):
        act()
    locks = [sql for sql in said if MARK in sql or sql.startswith("UPDATE")]
    assert MARK in locks[0]
    assert "escalation_device" in locks[0]
    assert "escalation_outgoingmessage" in locks[1]


# ------------------------------------------------------------------- all of them at once

HOMES = 12
ROUNDS = 4
WITHIN_S = 60
fork = multiprocessing.get_context("fork")


@contextmanager
def together(start: Barrier) -> Iterator[None]:
    """Let nobody wait for a process that has died."""
    try:
        yield
    except BaseException:
        start.abort()
        raise
    finally:
        connections.close_all()


def write(rounds: list[list[opening.Arrival]], desk: Desk, start: Barrier) -> None:
    """Let all homes write at once, round after round."""
    with together(start):
        for arrivals in rounds:
            start.wait(WITHIN_S)
            opening.receive_all(arrivals, desk=desk.identity, now=NOW)


def end_leases(numbers: list[int], start: Barrier) -> None:
    """End leases and say something to the home, as an act that begins so does."""
    with together(start):
        for _round in range(ROUNDS):
            start.wait(WITHIN_S)
            for number in numbers:
                Case.objects.filter(pk=number).update(state="claimed", lease_until=NOW)
                case = Case.objects.select_related("device").get(pk=number)
                with suppress(CaseError), transaction.atomic():
                    deskwork.settle(case, NOW)
                    lock_home(case.device_id)


def post(start: Barrier) -> None:
    """Take what waits to be sent, and seal it."""
    with together(start):
        for round_ in range(ROUNDS):
            start.wait(WITHIN_S)
            outgoing.take("worker", NOW + timedelta(minutes=round_))


@pytest.mark.django_db(transaction=True)
def test_a_flood_staff_and_the_post_never_wait_for_each_other_in_a_ring() -> None:
    """PostgreSQL would end one of them after a second, and the process with it."""
    the_desk = Desk(SteppingClock())
    both = [(the_desk.enroll(), f"{number:032x}") for number in range(HOMES)]
    for home, its in both:
        the_desk.receive(home, home.seal(home.alert(), message_id=its))
    numbers = list(Case.objects.order_by("-device").values_list("pk", flat=True))
    rounds = [
        [
            opening.Arrival(home.up, home.seal(home.reply(its, "Thank you.")))
            for home, its in both
        ]
        for _ in range(ROUNDS)
    ]
    connections.close_all()
    start = fork.Barrier(3)
    everybody = [
        fork.Process(target=write, args=(rounds, the_desk, start)),
        fork.Process(target=end_leases, args=(numbers, start)),
        fork.Process(target=post, args=(start,)),
    ]
    for process in everybody:
        process.start()
    deadline = time.monotonic() + WITHIN_S
    for process in everybody:
        process.join(max(0.0, deadline - time.monotonic()))
    assert [process.exitcode for process in everybody] == [0, 0, 0]
    assert Case.objects.filter(state="waiting").count() == HOMES
