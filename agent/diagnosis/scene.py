"""What every look needs: the configuration, the time, and how a machine is opened.

The agent does not know the bridge. The composition root hands in ``OpenParts``, which says of
a configuration what the machine's parts are and how each is opened; nothing is open yet then.
"""

import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.held import is_held
from agent.running import LOCK_FILE
from agent.settings import AgentSettings
from wire.owner import OwnerLight
from wire.readings import Source
from wire.stamps import Clock

ANOTHER = "another"


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineParts:
    """A machine that is not open: each part is opened by itself, or raises ``ConfigError``."""

    model: str
    driver: str
    """The name of one of our own drivers, or ``ANOTHER``."""
    ports: tuple[str, ...]
    """Empty for a machine whose sensors are on pins."""
    listen_s: float
    """After so long without a word nothing more is to be expected."""
    open_source: Callable[[], Source]
    open_light: Callable[[], OwnerLight] | None
    """``None`` where the profile names neither light nor button."""


OpenParts = Callable[[AgentSettings], MachineParts]
"""Raises ``ConfigError`` for a profile that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where to look, and when."""

    settings: AgentSettings
    open_parts: OpenParts
    clock: Clock
    connect: bool
    """Whether to call the broker although nothing is allowed to leave the house."""


def is_awake(state_dir: Path) -> bool:
    """Tell whether a device runs on ``state_dir``, as far as this user can see."""
    return is_held(state_dir / LOCK_FILE)


def may_look_into(folder: Path) -> bool:
    """Tell whether this user sees what is in ``folder``, or that it is not there."""
    try:
        return not folder.exists() or os.access(folder, os.R_OK | os.X_OK)
    except PermissionError:
        return False


def look_as(folder: Path) -> str:
    """Return how to look as the user to whom ``folder`` belongs."""
    for place in (folder, *folder.parents):
        try:
            owner = pwd.getpwuid(place.stat().st_uid).pw_name
        except (OSError, KeyError):
            continue
        return f"look as the device's user: sudo -u {owner} demitasse check"
    return "look as the device's user"
