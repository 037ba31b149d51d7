"""A telephone at home, and the page's own process: both without TLS and without a screen.

numbers = counted(house)           # five seconds on the button, and a look at the light
phone.pair(numbers)
assert phone.is_in
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from agent.page import opening
from agent.page.exchange import Request, Response
from agent.page.home_gate import HomeGate
from agent.page.home_site import HomeSite
from tests.agent.house import House
from wire.owner import Light, Press

NAME, HERE, PORT = "demitasse.local", "192.168.1.23", 8443
HOST = f"{NAME}:{PORT}"


def sealed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Yield a device whose owner has allowed nothing."""
    made = House(folder, monkeypatch, granted=())
    yield made
    made.device.close()


class Site:
    """The page's own process, which may be started anew."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.gate = HomeGate(
            house.settings.state_dir,
            key="the key",
            clock=lambda: house.utc + house.clock_error,
            elapsed_s=lambda: house.now.monotonic_s,
        )
        self.site = HomeSite(
            house.settings,
            self.gate,
            names=frozenset({NAME}),
            port=PORT,
            clock=lambda: house.utc + house.clock_error,
        )


class Phone:
    """A browser of the home network: it keeps its cookies and fills in the forms it sees."""

    def __init__(self, site: Site) -> None:
        self.page = site
        self.cookies: dict[str, str] = {}

    def ask(self, method: str = "GET", target: str = "/", **changes: object) -> Response:
        fields: dict[str, object] = {
            "method": method,
            "target": target,
            "host": HOST,
            "here": HERE,
            "cookies": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        answered = self.page.site.answer(Request(**{**fields, **changes}))  # type: ignore[arg-type]
        if found := answered.headers.get("Set-Cookie"):
            name, _, value = found.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answered

    def post(self, path: str, form: dict[str, str], on: str = "/") -> Response:
        """Fill in a form of the page ``on``."""
        found = re.search(r'name="token" value="(\w+)"', self.ask(target=on).body.decode())
        body = urlencode({"token": found[1] if found else "", **form})
        return self.ask("POST", path, body=body.encode())

    def pair(self, numbers: tuple[int, ...]) -> Response:
        return self.post("/pair", {"numbers": " ".join(map(str, numbers))})

    @property
    def is_in(self) -> bool:
        return b"Rosalie" in self.ask().body


def counted(house: House) -> tuple[int, ...]:
    """Press for five seconds, and count the light."""
    house.press(Press.VERY_LONG)
    assert house.shows() is Light.COUNTING
    return house.lamp.numbers


def others(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(1 + number % opening.HIGHEST for number in numbers)
