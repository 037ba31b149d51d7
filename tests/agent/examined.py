"""A device to be looked at with ``demitasse check``, and a machine that is only pretended."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.assembly import STORE_FILE
from agent.diagnosis.scene import MachineParts
from agent.main import main
from agent.settings import AgentSettings, load_settings
from agent.store import Store
from tests.agent.consents import owner_text
from wire.owner import OwnerLight
from wire.readings import Reading, Source
from wire.schema import JSON
from wire.stamps import Stamp

PROFILES = Path(__file__).parents[2] / "config" / "machines"
PROFILE = PROFILES / "reference.toml"

Capture = pytest.CaptureFixture[str]


class Unit:
    """A device with its configuration and nothing else yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "agent.toml"
        self.consent = folder / "consent.toml"
        self.state = folder / "state"
        self.store = self.state / STORE_FILE
        self.configure()
        self.consent.write_text(owner_text(()), encoding="utf-8")

    def configure(self, *, port: str = "/dev/not-there", more: str = "") -> None:
        """Write ``agent.toml``, with the machine at ``port``."""
        self.config.write_text(
            f'[device]\nstate_dir = "state"\n[machine]\nprofile = "{PROFILE}"\n'
            f'port = "{port}"\n{more}',
            encoding="utf-8",
        )

    @property
    def settings(self) -> AgentSettings:
        return load_settings(self.config)

    def start(self) -> Store:
        """Make what the first start makes, as far as the store goes."""
        self.state.mkdir(mode=0o700, exist_ok=True)
        return Store(self.store)

    def __call__(self, *words: str) -> int:
        return main(["--config", str(self.config), *words])

    def check(self, capsys: Capture, *words: str) -> dict[str, dict[str, str]]:
        """Return what ``demitasse check --json`` says, by subject."""
        status = self("check", "--json", *words)
        said = capsys.readouterr()
        assert said.err == ""
        [line] = said.out.splitlines()
        plain = json.loads(line)
        found = {one["subject"]: one for one in plain["checks"]}
        wrong = any(one["verdict"] == "wrong" for one in found.values())
        assert (status, plain["verdict"] == "wrong") == (int(wrong), wrong)
        return found


@dataclass
class Words:
    """A source that says, look after look, what it was given."""

    looks: list[Sequence[Reading]]
    closed: bool = False

    def read(self, now: Stamp) -> Sequence[Reading]:
        return self.looks.pop(0) if self.looks else []

    def next_due_s(self, now: Stamp) -> float | None:
        return 0.0

    def fileno(self) -> int | None:
        return None

    def close(self) -> None:
        self.closed = True


@dataclass
class SteppingClock:
    """A clock on which each look takes a second."""

    at: Stamp
    looks: int = field(default=0)

    def now(self) -> Stamp:
        self.looks += 1
        return Stamp(
            utc=self.at.utc,
            monotonic_s=self.at.monotonic_s + self.looks,
            boot_id=self.at.boot_id,
            synced=self.at.synced,
        )


def parts(
    open_source: Callable[[], Source],
    *,
    ports: tuple[str, ...] = ("/dev/null",),
    open_light: Callable[[], OwnerLight] | None = None,
) -> MachineParts:
    """Return a machine that is opened with ``open_source``."""
    return MachineParts(
        model="Pretended machine",
        driver="reference",
        ports=ports,
        listen_s=5.0,
        open_source=open_source,
        open_light=open_light,
    )


def verdicts(found: dict[str, dict[str, str]]) -> dict[str, JSON]:
    """Return the reasons by subject, without those that are fine."""
    return {name: one["reason"] for name, one in found.items() if one["reason"] != "fine"}
