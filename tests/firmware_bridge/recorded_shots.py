"""Real espresso shots, as a DE1 and other controllers have recorded them.

From the folder of recordings (miharekar/visualizer, MIT), which is not part of this tree:
where it is missing, the tests that need it are skipped and say so.
"""

import json
from dataclasses import dataclass

from tests.firmware_bridge.machine_lines import recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One sample of a shot."""

    at_s: float
    bar: float
    ml_per_s: float
    temp_c: float


def de1_shot(name: str) -> list[Moment]:
    """Return a shot from a file of the DE1's own: names and lists in braces."""
    text = recording(f"captures/shots/{name}").read_bytes().decode("latin-1")
    columns = {}
    for line in text.splitlines():
        key, brace, rest = line.partition(" {")
        if brace and rest.endswith("}"):
            columns[key] = rest[:-1].split()
    names = ("elapsed", "pressure", "flow", "temperature_basket")
    rows = zip(*(map(float, columns[f"espresso_{name}"]) for name in names), strict=False)
    return [Moment(at_s=t, bar=bar, ml_per_s=flow, temp_c=c) for t, bar, flow, c in rows]


def gaggimate_shot(name: str) -> list[Moment]:
    """Return a shot from a file of a GaggiMate."""
    samples = json.loads(recording(f"captures/shots/{name}").read_text())["samples"]
    return [
        Moment(at_s=s["t"] / 1000, bar=s["cp"], ml_per_s=max(s["fl"], 0), temp_c=s["ct"])
        for s in samples
    ]
