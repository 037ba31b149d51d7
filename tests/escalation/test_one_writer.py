"""Whoever writes to SQLite takes a turn in a queue before the door."""

import threading
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import connection, transaction

from escalation.models import Device
from tests.escalation.conftest import Desk, SteppingClock


@pytest.mark.django_db(transaction=True)
def test_who_writes_waits_for_a_turn_and_is_let_in_at_once() -> None:
    """Also after somebody whose transaction failed; and nothing is held afterwards."""
    the_desk = Desk(SteppingClock())
    device = the_desk.enroll().device_id
    order: list[str] = []
    inside, waiting = threading.Event(), threading.Event()

    def second() -> None:
        inside.wait(10)
        waiting.set()
        with transaction.atomic():
            order.append("second")
            Device.objects.filter(pk=device).update(call_me="second")
        connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with suppress(ZeroDivisionError), transaction.atomic():
        inside.set()
        waiting.wait(10)
        Device.objects.filter(pk=device).update(call_me="first")
        order.append("first")
        raise ZeroDivisionError
    thread.join(10)
    assert order == ["first", "second"]
    assert Device.objects.get(pk=device).call_me == "second"
    assert Path(f"{connection.settings_dict['NAME']}-queue").stat().st_size == 0


@pytest.mark.django_db
def test_a_statement_is_read_as_django_reads_it_whenever_it_is_asked() -> None:
    """Places, names, and per cents that are none of these."""
    with connection.cursor() as cursor:
        for value in ("a", "b") * 2:
            cursor.execute("SELECT %s, '100 %%', 'ab' LIKE 'a%%'", [value])
            assert cursor.fetchone() == (value, "100 %", 1)
            cursor.execute("SELECT %(value)s, '100 %%'", {"value": value})
            assert cursor.fetchone() == (value, "100 %")
            cursor.execute("SELECT '100 %'")
            assert cursor.fetchone() == ("100 %",)
