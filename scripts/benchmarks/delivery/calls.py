"""From the owner's button to a case at the desk: what goes at once, and how fast that is.

The whole device, a real broker and a real intake. An observer looks into the desk's database
from outside. Everything else waits for a question's hours and for a slot; a call does not.
"""

import json
import statistics
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

from scripts.benchmarks.delivery import desk as desks
from scripts.benchmarks.delivery.day_process import Household
from scripts.benchmarks.delivery.household import House, now
from scripts.benchmarks.delivery.kills import Desk
from scripts.benchmarks.delivery.mosquitto import Mosquitto
from wire.keys import DeskKeys, DeviceKeys
from wire.owner import Light, Press, Pressed

WITHIN_S = 60.0


def sensor_to_case_ms(*, calls: int) -> dict[str, float]:
    """Return median and 99th percentile of the way from a press to a committed case."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        device = DeviceKeys.create()
        (folder / "house.json").write_text(json.dumps({"device": device.to_json()}))
        broker = stack.enter_context(closing(Mosquitto(folder / "broker")))
        stack.enter_context(closing(Desk(folder, broker.port)))
        plain = json.loads((folder / "house.json").read_text())
        house = House(device=device, desk=DeskKeys.from_json(plain["desk"]))
        button = Button()
        home = Household(
            folder / "home", house=house, broker_port=broker.port, light=button
        ).device
        stack.enter_context(closing(home))
        times_ms = []
        for number in range(calls):
            began_s = time.monotonic()
            button.is_pressed = True
            while desks.cases(folder / "desk.sqlite3") == number:
                home.step(now())
                assert time.monotonic() < began_s + WITHIN_S, "a call did not arrive"
            times_ms.append((time.monotonic() - began_s) * 1000)
            while home.unanswered:
                home.step(now())
    cuts = statistics.quantiles(times_ms, n=100)
    return {
        "sensor_to_case_p50_ms": round(cuts[49], 1),
        "sensor_to_case_p99_ms": round(cuts[98], 1),
    }


class Button:
    """Is pressed for a call when it is told to be."""

    is_pressed = False

    def show(self, light: Light, numbers: tuple[int, ...] = ()) -> None:
        """Show nothing."""

    def presses(self) -> list[Pressed]:
        """Return the press, once."""
        pressed, self.is_pressed = self.is_pressed, False
        return [Pressed(press=Press.LONG, light=Light.OFF)] if pressed else []

    def close(self) -> None:
        """Let go of nothing."""
