"""Puts a device together: settings in, a ``Device`` out.

The ``demitasse run`` command and the demonstration both come through here, so that what
the demonstration shows is the device that ships; it differs in clock, port and broker.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agent.consent_keeper import ConsentKeeper
from agent.device import Device, Home
from agent.device_check import MachineHealth, MachineLimits
from agent.journal import Journal
from agent.key_files import device_keys, pinned_desk
from agent.mailroom import Mailroom
from agent.publisher import Publisher
from agent.settings import AgentSettings
from agent.store import Store
from wire.owner import OwnerLight
from wire.readings import Source


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


def build_device(settings: AgentSettings, machine: Machine, journal: Journal) -> Device:
    """Open the store and the keys, and wire everything to everything."""
    keys = device_keys(settings.state_dir)
    store = Store(store_file(settings))
    return Device(
        home=Home(timezone=settings.timezone, machine_model=machine.model),
        source=machine.source,
        health=MachineHealth(limits=machine.limits),
        store=store,
        consent=ConsentKeeper(store, settings.consent_file, settings.timezone, keys.signer()),
        mailroom=Mailroom(
            store,
            keys=keys,
            desk=pinned_desk(settings.state_dir),
            connect=partial(Publisher, settings.broker, keys.device_id),
            slot_s=settings.slot_s,
            journal=journal,
        ),
        light=machine.light,
        journal=journal,
    )
