"""Who can send and hear what at the shipped broker configuration: every cell, tried.

A cell is a role, the certificate it shows, the protocol version it speaks, whether it sends
or hears, and a topic. What ought to come of it is written down in ``may`` from the roles
alone, not from the broker's own rules. What does come of it is seen by an observer whom
only this measurement adds to those rules: a message that reaches anybody it should not
reach is *unexpected*, one that does not reach whom it should is *missing*.

So that a zero is no constant, ``--break acl`` (or ``rights``, ``crl``, ``certificate``) takes
that guard away; the count is then not zero.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from paho.mqtt.enums import MQTTProtocolVersion

from scripts.benchmarks.authorisation_peers import (
    OBSERVER,
    Certificates,
    Client,
    Shown,
    broker,
)
from wire import topics
from wire.options import ConfigError

OURS, THEIRS = "00112233445566aa", "00112233445566bb"
DESK, STRANGER = "demitasse-desk", "somebody"
ROLES = (OURS, DESK, STRANGER)

PROTOCOLS = {
    "3.1": MQTTProtocolVersion.MQTTv31,
    "3.1.1": MQTTProtocolVersion.MQTTv311,
    "5": MQTTProtocolVersion.MQTTv5,
}
SYSTEM = "$SYS/broker/version"
"""What the broker tells of itself; nobody but the broker sends there."""
NO_FILTER = "$share/up"
"""A topic to send to, and no filter: later Mosquittos hang up on who subscribes to it."""
TOPICS = (
    *(of(device) for device in (OURS, THEIRS) for of in (topics.up, topics.down, topics.state)),
    f"demitasse/1/{OURS}/up/more",
    f"demitasse/1/{OURS}",
    f"demitasse/2/{OURS}/up",
    "anything",
    NO_FILTER,
    "$CONTROL/dynamic-security/v1",
    SYSTEM,
)
FILTERS = (
    *("#", "+/+/+/+", f"demitasse/1/{OURS}/#", "$share/curious/#", "$SYS/#"),
    *(topic for topic in TOPICS if topic != NO_FILTER),
)


class Act(StrEnum):
    """What a client tries."""

    SEND = "send"
    HEAR = "hear"


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that somebody tries."""

    role: str
    shown: Shown
    protocol: str
    act: Act
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of all that was tried."""

    cells: int
    unexpected: tuple[Cell, ...]
    missing: tuple[Cell, ...]


def may(cell: Cell) -> bool:
    """Tell whether something should come of ``cell``: the promise, without the broker."""
    name = {Shown.VALID: cell.role, Shown.OTHER_NAME: THEIRS}.get(cell.shown)
    if name in (OURS, THEIRS):
        own = {Act.SEND: (topics.up(name), topics.state(name)), Act.HEAR: (topics.down(name),)}
        return cell.topic in own[cell.act]
    if name == DESK:
        leaves = {Act.SEND: ("down",), Act.HEAR: ("up", "state")}[cell.act]
        pattern = rf"demitasse/1/[0-9a-f]{{16}}/({'|'.join(leaves)})"
        return re.fullmatch(pattern, cell.topic) is not None
    return False


# ------------------------------------------------------------------------------- measurement


def measure(
    folder: Path,
    *,
    broken: str | None = None,
    roles: Sequence[str] = ROLES,
    shown: Sequence[Shown] = tuple(Shown),
    protocols: Sequence[str] = tuple(PROTOCOLS),
) -> Outcome:
    """Try every cell at a real broker; ``broken`` is the guard to leave out."""
    certificates = Certificates(folder)
    files = {
        (role, each): certificates.shown_by(role, each, THEIRS)
        for role in roles
        for each in shown
    }
    observed = certificates.shown_by(OBSERVER, Shown.VALID)
    unexpected: list[Cell] = []
    missing: list[Cell] = []
    cells = 0
    with broker(folder, certificates, broken) as port:
        observer = Client(port, OBSERVER, MQTTProtocolVersion.MQTTv5)
        if not observer.connect(certificates.root, observed):
            raise ConfigError("the broker does not let the observer in")
        observer.subscribe(["#", "$CONTROL/#"])
        for (role, each), file in files.items():
            for protocol in protocols:
                client = Client(port, role, PROTOCOLS[protocol])
                let_in = client.connect(certificates.root, file)
                happened = _try(client, observer) if let_in else set()
                client.close()
                for act in Act:
                    for topic in TOPICS:
                        cell = Cell(role, each, protocol, act, topic)
                        cells += 1
                        if ((act, topic) in happened) != may(cell):
                            (missing if may(cell) else unexpected).append(cell)
        observer.close()
    return Outcome(cells=cells, unexpected=tuple(unexpected), missing=tuple(missing))


def _try(client: Client, observer: Client) -> set[tuple[Act, str]]:
    """Return what came of all that ``client`` tries over one connection."""
    marks = {topic: os.urandom(8) for topic in TOPICS}
    client.subscribe(FILTERS)
    for topic, mark in marks.items():
        observer.publish(topic, b"hear" + mark)
    # The broker answers in order: what it had for this client came before this answer.
    client.subscribe(["anything"])
    heard = {(Act.HEAR, t) for t, mark in marks.items() if (t, b"hear" + mark) in client.heard}
    heard |= {(Act.HEAR, SYSTEM) for topic, _ in client.heard if topic.startswith("$SYS/")}
    for topic, mark in marks.items():
        client.publish(topic, b"send" + mark)
    barrier = os.urandom(8)
    observer.publish("barrier", barrier)
    observer.wait_for("barrier", barrier)
    sent = {(Act.SEND, t) for t, mark in marks.items() if (t, b"send" + mark) in observer.heard}
    return heard | sent


# ----------------------------------------------------------------------------------- command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the choice of a guard to leave out."""
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--break",
        dest="broken",
        choices=("acl", "rights", "crl", "certificate"),
        help="leave it out",
    )


def run(args: argparse.Namespace) -> int:
    """Try everything and print the count; 0 when nothing was unexpected and nothing missing."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcome = measure(Path(folder), broken=args.broken)
    figures = {
        "authorisation_cells": outcome.cells,
        "authorisation_unexpected": len(outcome.unexpected),
        "authorisation_missing": len(outcome.missing),
        "seconds": round(time.monotonic() - started, 1),
    }
    print(
        json.dumps(figures) if args.json else "\n".join(f"{k}: {v}" for k, v in figures.items())
    )
    for cell in (*outcome.unexpected, *outcome.missing):
        print(json.dumps(asdict(cell)), file=sys.stderr)
    return int(bool(outcome.unexpected or outcome.missing))
