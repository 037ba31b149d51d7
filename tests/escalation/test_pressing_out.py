"""What was erased leaves the files of the database, and nobody who reads is kept waiting."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from escalation.keeping import pressing_out
from tests.escalation.conftest import ON_POSTGRESQL, Desk

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]

READS = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SELECT 1 FROM escalation_case")


@contextmanager
def somebody_in_postgresql(*saying: str) -> Iterator[None]:
    """Let somebody else begin a transaction, say this, and not end it."""
    where = connection.settings_dict
    with psycopg.connect(
        host=where["HOST"], port=where["PORT"], user=where["USER"], dbname=where["NAME"]
    ) as other:
        for words in saying:
            other.execute(words)
        yield
        other.rollback()


if not ON_POSTGRESQL:

    def test_the_log_is_emptied_and_a_reader_is_not_waited_for(the_desk: Desk) -> None:
        """The next minute does as well."""
        database = Path(str(connection.settings_dict["NAME"]))
        log = database.with_name(database.name + "-wal")
        reader = sqlite3.connect(database, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM escalation_device").fetchone()
        home = the_desk.enroll().device_id.encode()
        assert pressing_out.press_out() == timedelta(0)
        assert home in log.read_bytes()
        reader.execute("COMMIT")
        reader.close()
        assert pressing_out.press_out() == timedelta(0)
        assert log.read_bytes() == b""
        assert home in database.read_bytes()


if ON_POSTGRESQL:

    def test_every_table_is_written_anew_once_a_day(the_desk: Desk) -> None:
        the_desk.enroll()
        assert pressing_out.press_out() == pressing_out.DAILY

    def test_while_somebody_still_sees_what_was_erased_it_is_tried_again_soon(
        the_desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It could not go: whoever began to read before sees it until they end."""
        monkeypatch.setattr(pressing_out, "OLD", "0 seconds")
        with somebody_in_postgresql(*READS):
            assert pressing_out.press_out() == pressing_out.SOON
        assert pressing_out.press_out() == pressing_out.DAILY

    def test_whoever_works_at_a_table_is_not_pushed_aside(
        the_desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It gives way after a moment, and nothing of the patience is left behind."""
        monkeypatch.setattr(pressing_out, "PATIENCE_S", 0.05)
        with somebody_in_postgresql("LOCK TABLE escalation_case IN ROW EXCLUSIVE MODE"):
            assert pressing_out.press_out() == pressing_out.SOON
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("0",)
        assert pressing_out.press_out() == pressing_out.DAILY
