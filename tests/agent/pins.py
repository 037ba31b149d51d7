"""A device that belongs to the example desk: its pin, and the files in its state folder."""

import json
from pathlib import Path

from agent.durable_file import write_durably
from agent.identity.desk_pin import DeskPin, PinnedDesk, write_pin
from tests.wire.examples import DESK, DEVICE

PIN = DeskPin(
    serial=1,
    keys=DESK.public().to_text(),
    broker_host="broker.example",
    broker_port=8883,
    enrol_url="https://desk.example/enrol/certificate",
    authorities="none",
)


def pinned() -> PinnedDesk:
    """Return the example desk, pinned in memory alone."""
    return PinnedDesk(None, PIN)


def write_keys(state_dir: Path) -> None:
    """Let the example device live in ``state_dir``, enrolled at the example desk."""
    keys = state_dir / "keys"
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(keys / "device.json", json.dumps(DEVICE.to_json()))
    write_pin(state_dir, PIN)
