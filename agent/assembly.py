"""Puts a device together: settings in, a ``Device`` out.

The ``demitasse run`` command and the demonstration both come through here, so that what
the demonstration shows is the device that ships; it differs in clock, port and broker.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent import memory
from agent.checks.device_check import MachineHealth, MachineLimits
from agent.consents.consent_keeper import ConsentKeeper
from agent.delivery import sent_copies
from agent.delivery.mailroom import Mailroom
from agent.device import Device, Home
from agent.identity.desk_pin import PinnedDesk, read_pinned_desk
from agent.identity.introduction import with_bundle
from agent.identity.key_files import device_keys
from agent.journal import Journal
from agent.settings import AgentSettings
from agent.store import Store
from wire.keys import DeviceKeys
from wire.owner import OwnerLight
from wire.readings import Source

if TYPE_CHECKING:
    from agent.delivery.publisher import Publisher
    from agent.identity.tls import TlsSource
    from agent.settings import Broker


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine beside the device: where readings come from, what is plausible there."""

    model: str
    limits: MachineLimits
    source: Source
    light: OwnerLight | None


STORE_FILE = "demitasse.db"


def store_file(settings: AgentSettings) -> Path:
    """Return where the device's store is."""
    return settings.state_dir / STORE_FILE


def build_device(
    settings: AgentSettings, machine: Machine, journal: Journal, *, bundle: Path | None = None
) -> Device:
    """Open the store and the keys, and wire everything to everything.

    ``bundle`` is the file that a device without a desk came with, if any.
    """
    keys = device_keys(settings.state_dir)
    desk = read_pinned_desk(settings.state_dir)
    store = Store(store_file(settings), read_through=_read_through)
    return Device(
        home=Home(
            timezone=settings.timezone,
            machine_model=machine.model,
            write_bytes_a_day=settings.write_bytes_a_day,
        ),
        source=machine.source,
        health=MachineHealth(limits=machine.limits),
        store=store,
        consent=ConsentKeeper(store, settings.consent_file, settings.timezone, keys.signer()),
        mailroom=Mailroom(
            store,
            keys=keys,
            desk=desk,
            connect=_line_of(settings, keys, desk),
            slot_s=settings.slot_s,
            journal=journal,
            introduction=with_bundle(settings, bundle, journal) if bundle else None,
        ),
        light=machine.light,
        journal=journal,
    )


def _read_through(db: sqlite3.Connection) -> None:
    memory.read_through(db)
    sent_copies.copies(db)


def _line_of(
    settings: AgentSettings, keys: DeviceKeys, desk: PinnedDesk | None
) -> "Callable[[], Publisher]":
    """Return what opens a line to the broker, each time with the certificate of that time."""
    # MQTT, TLS and certificates are half of what a device loads. One whose owner allows
    # nothing never opens a line, and never loads them.

    @cache
    def way() -> "tuple[Broker, TlsSource]":
        from agent.identity.tls import tls_of  # noqa: PLC0415

        return tls_of(settings.broker, settings.state_dir, keys=keys, desk=desk)

    def connect() -> "Publisher":
        from agent.delivery.publisher import Publisher  # noqa: PLC0415

        broker, tls = way()
        return Publisher(broker, keys.device_id, tls=tls)

    return connect
