"""Looks at what everything stands on: clock, disk, store, write budget. Writes nothing."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from agent import disk as disk_standing
from agent import memory
from agent.assembly import store_file
from agent.delivery.health_log import WRITES
from agent.delivery.write_budget import WriteBudget
from agent.diagnosis.findings import (
    Found,
    Reason,
    Subject,
    attention,
    not_looked_at,
    ok,
    wrong,
)
from agent.diagnosis.scene import Scene, look_as, may_look_into
from agent.disk import Disk
from agent.errors import StoreError
from agent.giving_back import quiet
from agent.settings import AgentSettings
from agent.store import Store

FREE_BYTES_NEEDED = 20_000_000
"""A year of ledger, a few hundred alerts, and SQLite's own log beside them."""
FREE_BYTES_WISHED = 100_000_000
_MB = 1_000_000


def clock(scene: Scene) -> Found:
    """Return whether a time source has confirmed the clock."""
    now = scene.clock.now()
    if now.synced:
        return ok(Subject.CLOCK, "The clock is confirmed by a time source.")
    return attention(
        Subject.CLOCK,
        Reason.CLOCK_NOT_SYNCED,
        f"No time source has confirmed the clock ({now.utc:%Y-%m-%d %H:%M} UTC); until then "
        "nothing is learned, asked or sent.",
        "connect the device to a network, or fit a real-time clock; then: timedatectl",
    )


def disk(settings: AgentSettings) -> Found:
    """Return whether the state folder can be written, and has room."""
    state_dir = settings.state_dir
    if not may_look_into(state_dir):
        return _not_permitted(Subject.DISK, state_dir)
    folder = next(place for place in (state_dir, *state_dir.parents) if place.exists())
    room = os.statvfs(folder)
    free = room.f_bavail * room.f_frsize
    # ``ST_RDONLY`` and not ``access``: what root may write, the device's user may not.
    if room.f_flag & os.ST_RDONLY or not os.access(folder, os.W_OK | os.X_OK):
        return wrong(
            Subject.DISK,
            Reason.DISK_READ_ONLY,
            f"{folder} cannot be written by this user.",
            f"mount it writable, or {look_as(folder)}",
        )
    if free < FREE_BYTES_NEEDED or (room.f_files and not room.f_favail):
        return wrong(
            Subject.DISK,
            Reason.DISK_FULL,
            f"{folder} has {free // _MB} MB left; {FREE_BYTES_NEEDED // _MB} are needed.",
            f"make room there; see what takes it with: du -x {folder}",
        )
    if disk_standing.look(state_dir) is Disk.REFUSES:
        return wrong(
            Subject.DISK,
            Reason.DISK_REFUSES,
            f"The device could not write in {folder}, though there are {free // _MB} MB left.",
            "see why with: journalctl -u demitasse -k; a card that is worn out is replaced",
        )
    if free < FREE_BYTES_WISHED:
        return attention(
            Subject.DISK,
            Reason.DISK_NEARLY_FULL,
            f"{folder} has only {free // _MB} MB left.",
            "make room there before it is full",
        )
    return ok(Subject.DISK, f"{folder} can be written and has {free // _MB} MB left.")


def store(settings: AgentSettings) -> Iterator[Found]:
    """Yield how the store is, and what today's writing has come to."""
    file = store_file(settings)
    nothing = "The device has not run yet, so there is nothing to look at."
    begin = "start it: sudo systemctl start demitasse"
    if not may_look_into(settings.state_dir):
        yield _not_permitted(Subject.STORE, settings.state_dir)
        yield _not_permitted(Subject.WRITE_BUDGET, settings.state_dir)
        return
    if quiet.lasts(settings.state_dir):
        nothing = "Everything was forgotten, and this device stays quiet."
        begin = "nothing has to be done; to let it begin again, as new: demitasse begin"
    if not file.exists():
        for subject in (Subject.STORE, Subject.WRITE_BUDGET):
            yield not_looked_at(subject, Reason.NOT_STARTED_YET, nothing, begin)
        return
    if not os.access(file, os.R_OK | os.W_OK):
        yield _not_permitted(Subject.STORE, settings.state_dir)
        yield _not_permitted(Subject.WRITE_BUDGET, settings.state_dir)
        return
    try:
        with contextlib.closing(Store(file, mend=False)) as opened:
            writes = memory.meta(opened.reading(), WRITES)
    except (StoreError, sqlite3.Error, ValueError) as error:
        yield _unsound(error)
        text = "Without its store nothing can be said of it."
        yield not_looked_at(Subject.WRITE_BUDGET, Reason.STORE_UNUSABLE, text)
        return
    yield ok(Subject.STORE, "The store is sound.")
    yield _budget(WriteBudget.from_json(writes, settings.write_bytes_a_day), settings)


def _unsound(error: Exception) -> Found:
    text, _, fix = str(error).partition("; ")
    if "earlier version" in text:
        return attention(Subject.STORE, Reason.STORE_EARLIER, f"{text}.", fix)
    return wrong(Subject.STORE, Reason.STORE_UNUSABLE, f"{text}.", fix or "start the device")


def _budget(budget: WriteBudget, settings: AgentSettings) -> Found:
    limit = settings.write_bytes_a_day // _MB
    if budget.day is None:
        return ok(Subject.WRITE_BUDGET, f"Nothing was counted yet, of {limit} MB a day.")
    text = f"{budget.written / _MB:.1f} of {limit} MB were written on {budget.day}."
    if not budget.used_up:
        return ok(Subject.WRITE_BUDGET, text)
    return attention(
        Subject.WRITE_BUDGET,
        Reason.BUDGET_USED_UP,
        f"{text} Health records give way until the next day; nothing else does.",
        "find out what writes so much, or raise write_mb_a_day in agent.toml [delivery]",
    )


def _not_permitted(subject: Subject, folder: Path) -> Found:
    text = f"{folder} is not for this user to see."
    return not_looked_at(subject, Reason.NOT_PERMITTED, text, look_as(folder))
