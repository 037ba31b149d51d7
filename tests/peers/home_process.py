"""A device in a process of its own, whose machine is well and whose clock is moved by hand.

    python -m tests.peers.home_process AGENT_TOML

A line on standard input is so many seconds to live on; the answer, a line of JSON, is how the
concern then stands. Store, keys, consent file, mailroom and the line to the broker are real.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.assembly import Machine, build_device
from agent.settings import load_settings
from tests.agent.house import Readings, well
from tests.agent.machine_says import LIMITS
from wire.schema import to_plain
from wire.stamps import Stamp


def main() -> int:
    """Live as long as somebody says for how long."""
    source, utc = Readings(), datetime.now(UTC)
    machine = Machine(model="a machine", limits=LIMITS, source=source, light=None)
    device = build_device(load_settings(Path(sys.argv[1])), machine, lambda _happening: None)
    source.waiting += well(_stamp(utc))
    for line in sys.stdin:
        utc += timedelta(seconds=float(line))
        device.step(_stamp(utc))
        concern = device.concern
        said = {
            "at": to_plain(utc),
            "concern": to_plain(concern) if concern else None,
            "unanswered": device.unanswered,
        }
        print(json.dumps(said), flush=True)
    device.close()
    return 0


def _stamp(utc: datetime) -> Stamp:
    return Stamp(utc=utc, monotonic_s=utc.timestamp(), boot_id="boot", synced=True)


if __name__ == "__main__":
    sys.exit(main())
