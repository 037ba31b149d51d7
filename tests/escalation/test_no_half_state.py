"""A process dies at every word that it says to the database: what it did is whole, or nothing.

Each act is begun again and again, and dies one statement later each time, until it lives to
its end. Until then every table has to be exactly as it was before.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from escalation.casework import acts, calls, deskwork, next_case, phone_calls, unstaffed
from escalation.models import Case, Device, Staff
from escalation.team import presence, skills
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from wire.messages import Choice, Erase

pytestmark = pytest.mark.both_databases

STATEMENTS_MAX = 200


class Died(BaseException):
    """The process is no more. No ``except Exception`` catches it."""


def dies_after(statements: int, act: Callable[[], object]) -> bool:
    """Run ``act``; return whether it died at its ``statements``-th statement."""
    left = statements

    def count(execute: Callable[..., Any], sql: str, *call: Any) -> Any:
        nonlocal left
        if not sql.startswith(("SAVEPOINT", "ROLLBACK", "RELEASE")):
            left -= 1
            if left < 0:
                raise Died
        return execute(sql, *call)

    with suppress(Died), connection.execute_wrapper(count):
        act()
        return False
    return True


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table of the desk."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in apps.get_app_config("escalation").get_models()
    }


class Scene:
    """One case in the hands of one person, and the household that it is about."""

    def __init__(self, the_desk: Desk) -> None:
        """Let a case wait, and another one be held."""
        self.desk = the_desk
        self.now = the_desk.clock()
        self.camille = the_desk.staff("camille", "reviewer")
        self.noor = the_desk.staff("noor", "reviewer")
        self.supervisor = the_desk.staff("sam", "supervisor")
        self.waiting = the_desk.care_case(call_me="Agathe")
        self.home: Household = the_desk.enroll()
        self.alert_id = "ab" * 16
        the_desk.receive(self.home, self.home.seal(self.home.alert(), message_id=self.alert_id))
        acts.claim(self.held(), self.camille, self.now)

    def held(self) -> Case:
        """Return the case that Camille has, as a request reads it."""
        return Case.objects.select_related("device").get(device=self.home.device_id)

    def decide(self) -> None:
        """Let Camille decide."""
        words = {"choice": Choice.WRITE, "reason": "Because.", "message": ""}
        acts.decide(self.held(), self.camille, fence=1, now=self.now, **words)  # type: ignore[arg-type]

    def talk(self) -> None:
        """Let Camille be on the line."""
        calls.begin(self.held(), self.camille, fence=1, now=self.now)

    def offer(self) -> None:
        """Let Camille ask a colleague to take the call over."""
        calls.offer(self.held(), self.camille, fence=1, now=self.now)

    def sends(self, message: Any) -> Callable[[], object]:
        """Return the arrival of a message of the household."""
        envelope = self.home.seal(message)
        return lambda: self.desk.receive(self.home, envelope)

    def after(self, *first: Callable[[], object], then: Callable[[], object]) -> Any:
        """Do what comes before, and return what is to die."""
        for act in first:
            act()
        return then


ACTS: dict[str, Callable[[Scene], Callable[[], object]]] = {
    "claim": lambda s: lambda: acts.claim(Case.objects.get(pk=s.waiting.pk), s.noor, s.now),
    "take": lambda s: lambda: next_case.take(Staff.objects.get(pk=s.noor.pk), s.now),
    "look": lambda s: lambda: acts.look(s.held(), s.camille, now=s.now),
    "renew": lambda s: (
        lambda: acts.renew(s.held(), s.camille, fence=1, now=s.now + timedelta(minutes=1))
    ),
    "give back": lambda s: lambda: acts.give_back(s.held(), s.camille, fence=1, now=s.now),
    "decide": lambda s: s.decide,
    "talk": lambda s: s.talk,
    "hang up": lambda s: s.after(
        s.talk, then=lambda: calls.hang_up(s.held(), s.camille, fence=1, now=s.now)
    ),
    "offer": lambda s: s.after(s.talk, then=s.offer),
    "take over": lambda s: s.after(
        s.talk, s.offer, then=lambda: calls.take_over(s.held(), s.noor, now=s.now)
    ),
    "answer a call": lambda s: (
        lambda: phone_calls.answer(Device.objects.get(pk=s.waiting.device_id), s.noor, s.now)
    ),
    "lease end": lambda s: lambda: deskwork.settle(s.held(), s.now + timedelta(hours=1)),
    "consent end": lambda s: lambda: deskwork.settle(s.held(), s.now + timedelta(days=999)),
    "unstaffed": lambda s: s.after(
        lambda: skills.end(s.noor, s.supervisor, s.now),
        lambda: skills.end(s.camille, s.supervisor, s.now),
        then=lambda: unstaffed.review(s.now),
    ),
    "sent home": lambda s: s.after(
        s.decide, then=lambda: deskwork.published(_pks("decision"), s.now)
    ),
    "go home": lambda s: (
        lambda: presence.leave(
            Staff.objects.get(pk=s.camille.pk), {s.held().pk: "A word."}, s.now
        )
    ),
    "end skill": lambda s: lambda: skills.end(s.camille, s.supervisor, s.now),
    "alert": lambda s: s.sends(s.home.alert()),
    "owner is back": lambda s: s.sends(s.home.resolved(s.alert_id)),
    "withdrawal": lambda s: s.sends(s.home.withdrawal("care_alert")),
    "reply": lambda s: s.sends(s.home.reply(s.alert_id, "Thank you.")),
    "erasure": lambda s: s.sends(Erase(asked_at=s.now, ledger_head="5e" * 32)),
}


def _pks(type_: str) -> list[int]:
    model = apps.get_model("escalation", "OutgoingMessage")
    return list(model._default_manager.filter(type=type_).values_list("pk", flat=True))


@pytest.mark.parametrize("name", ACTS)
def test_an_act_that_dies_leaves_nothing_behind(the_desk: Desk, name: str) -> None:
    """Neither a line of the audit without its move, nor a message about nothing."""
    act = ACTS[name](Scene(the_desk))
    before = everything()
    statements = 0
    while dies_after(statements, act):
        assert everything() == before, f"{name} died at statement {statements}"
        statements += 1
        assert statements < STATEMENTS_MAX
    assert statements >= 2
    assert everything() != before
