"""Queries that are put into SQL once, and asked ever after.

Building SQL takes Django longer than the database needs to answer it. Where a person waits for
the answer, at the press of a button, a query is built at its first use; what differs from one
time to the next is a ``Given``:

    _NAMED = PreparedQuery(lambda: Staff.objects.filter(username=Given("name")))
    _NAMED.fetch(name="camille")
"""

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, QuerySet
from django.db.models.query import ValuesListIterable
from django.db.models.sql.compiler import SQLCompiler

from escalation.keeping import kept_plans, times

T = TypeVar("T")

Statement = tuple[str, tuple[Any, ...]]
"""SQL, and the values for its places."""


class Given(Expression):
    """The place of a value that is named each time."""

    def __init__(self, name: str) -> None:
        """Leave the value open."""
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """Hold the value's place among the parameters."""
        return "%s", (self,)


class PreparedQuery(Generic[T]):
    """A query whose SQL is kept. Django reads what it finds as ever."""

    def __init__(
        self, build: Callable[[], QuerySet[Any, T]], *, keeps_plan: bool = False
    ) -> None:
        """Remember how to build it: the models may not all be there yet.

        ``keeps_plan``: the same plan is the best whatever is given (``kept_plans``).
        """
        self._build, self._keeps_plan = build, keeps_plan
        self._built: tuple[QuerySet[Any, T], Any, str, tuple[Any, ...]] | None = None

    def fetch(self, **given: object) -> list[T]:
        """Return what it finds. It may be given more than it has places for."""
        sql, values = self.statement(**given)
        queryset, compiler, *_statement = self._kept()
        connection: Any = connections[DEFAULT_DB_ALIAS]
        if self._keeps_plan:
            connection = kept_plans.KeepsPlans(connection)
        if issubclass(queryset._iterable_class, ValuesListIterable):
            # Rows are what is wanted: a queryset around them takes longer than reading them.
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return list(compiler.results_iter([cursor.fetchall()], tuple_expected=True))
        ready = copy.copy(compiler)
        ready.connection = connection
        ready.as_sql = lambda: (sql, values)
        asked: Any = queryset.all()
        asked.query.get_compiler = lambda *_which, **_more: ready
        return list(asked)

    def statement(self, **given: object) -> Statement:
        """Return what it asks, for a place within another statement."""
        *_compiled, sql, parameters = self._kept()
        return sql, tuple(
            [_as_kept(given[one.name]) if isinstance(one, Given) else one for one in parameters]
        )

    def _kept(self) -> tuple[QuerySet[Any, T], Any, str, tuple[Any, ...]]:
        if self._built is None:
            queryset = self._build()
            compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
            statement = compiler.as_sql()
            # What makes values of the columns is found once, too.
            converters = compiler.get_converters([column for column, *_more in compiler.select])
            compiler.get_converters = lambda _columns: converters
            self._built = (queryset, compiler, *statement)
        return self._built


def _as_kept(value: object) -> Any:
    return times.as_kept(value) if isinstance(value, datetime) else value
