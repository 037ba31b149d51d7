"""Desks on either database, and work done at them, each piece in a process of its own.

Django is set up once in a process, and the benchmark has many desks: so each desk has a process
in which its Django is up, and a piece of work is done in a fork of that. It is a function of a
module, which imports what it needs of Django when it is called.

    with desk_on("postgresql", folder) as desk:
        print(desk.call(some_function, 7))
"""

import atexit
import functools
import gc
import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from scripts.benchmarks.intake import throwaway_postgresql

T = TypeVar("T")

DATABASES = ("sqlite", "postgresql")
CONFIG = "desk.toml"
SPAWN = multiprocessing.get_context("spawn")
FORK = multiprocessing.get_context("fork")


class WorkFailed(Exception):
    """A process of the benchmark ended without an answer; it has said why."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk that exists: its options, keys and database, and whoever does work at it."""

    config: Path
    orders: Connection

    def call(self, work: Callable[..., T], *arguments: Any) -> T:
        """Return what ``work`` returns in a process in which this desk's Django is up."""
        (answer,) = self._ordered(work, [arguments], False)
        return answer

    def race(self, work: Callable[..., T], calls: list[tuple[Any, ...]]) -> list[T]:
        """Do ``work`` with each of these arguments at once, each in its own process.

        Before its arguments each is given the barrier at which all can wait for each other.
        """
        return self._ordered(work, calls, True)

    def _ordered(
        self, work: Callable[..., T], calls: list[tuple[Any, ...]], together: bool
    ) -> list[T]:
        self.orders.send((work, calls, together))
        answers: list[T] | None = self.orders.recv()
        if answers is None:
            raise WorkFailed(work.__name__)
        return answers


@contextmanager
def desk_on(database: str, folder: Path) -> Iterator[Desk]:
    """Make a desk on ``database`` until the block ends."""
    if database == "postgresql":
        with throwaway_postgresql() as url, _open(_made(folder, url)) as desk:
            yield desk
    else:
        shutil.copytree(_new_desk(), folder)
        with _open(folder / CONFIG) as desk:
            yield desk


@functools.cache
def _new_desk() -> Path:
    """Make a desk on SQLite, once: its migrations take longer than most of the quick parts."""
    folder = Path(tempfile.mkdtemp(prefix="bench-desk-"))
    atexit.register(shutil.rmtree, folder)
    _made(folder / "desk", "")
    return folder / "desk"


def _made(folder: Path, url: str) -> Path:
    folder.mkdir(parents=True)
    config = folder / CONFIG
    config.write_text(
        '[web]\nallowed_hosts = ["127.0.0.1"]\n'
        f'[database]\npath = "desk.sqlite3"\nurl = "{url}"\n[keys]\nfolder = "keys"\n',
        encoding="utf-8",
    )
    process = SPAWN.Process(target=_initialise, args=(config,))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise WorkFailed("the desk of this benchmark could not be made")
    return config


@contextmanager
def _open(config: Path) -> Iterator[Desk]:
    here, there = SPAWN.Pipe()
    process = SPAWN.Process(target=_do_what_is_ordered, args=(config, there))
    process.start()
    there.close()
    try:
        with here:
            yield Desk(config, here)
    finally:
        process.join()


# ------------------------------------------------------------------ in their own processes


def _initialise(config: Path) -> None:
    from escalation import startup  # noqa: PLC0415 - Django is set up here

    startup.initialise(config)


def _do_what_is_ordered(config: Path, orders: Connection) -> None:
    from escalation import startup  # noqa: PLC0415 - Django is set up here

    startup.start(config)
    from django.db import connections  # noqa: PLC0415 - which has its options now

    connections.close_all()  # Each fork opens its own.
    gc.freeze()  # As the desk does before it forks.
    while True:
        try:
            work, calls, together = orders.recv()
        except EOFError:
            return
        before = (FORK.Barrier(len(calls)),) if together else ()
        orders.send(_forked(work, [before + arguments for arguments in calls]))


def _forked(work: Callable[..., T], calls: list[tuple[Any, ...]]) -> list[T] | None:
    """Return each answer, or ``None`` if one is missing."""
    running = []
    for arguments in calls:
        here, there = FORK.Pipe(duplex=False)
        process = FORK.Process(target=_answer, args=(work, arguments, there))
        process.start()
        there.close()
        running.append((process, here))
    answers: list[T] = []
    for process, here in running:
        try:
            answers.append(here.recv())
        except EOFError:
            return None
        finally:
            process.join()
    return answers


def _answer(work: Callable[..., Any], arguments: tuple[Any, ...], answer: Connection) -> None:
    answer.send(work(*arguments))
