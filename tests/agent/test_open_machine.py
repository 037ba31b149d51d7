"""The composition root opens whatever a profile describes, and passes on what it promises."""

import os
import pty
import re
import tty
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import gpiozero  # type: ignore[import-untyped]
import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin  # type: ignore[import-untyped]

from agent.main import open_machine
from agent.settings import AgentSettings, load_settings
from firmware_bridge.pins.gpio_source import GpioSource
from firmware_bridge.profile import MACHINES_FOLDER
from wire.options import ConfigError
from wire.readings import FlagName, Quantity
from wire.stamps import Stamp

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def port() -> Iterator[str]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield os.ttyname(slave)
    os.close(slave)
    os.close(master)


def settings(folder: Path, profile: str, port: str = "") -> AgentSettings:
    (folder / "mine.toml").write_text(profile)
    (folder / "agent.toml").write_text(
        f'[machine]\nprofile = "mine.toml"\nport = "{port}"\n[broker]\nhost = "127.0.0.1"\n'
    )
    return load_settings(folder / "agent.toml")


def shipped(name: str) -> str:
    return (MACHINES_FOLDER / f"{name}.toml").read_text()


def test_the_device_check_learns_what_the_driver_promises(tmp_path: Path, port: str) -> None:
    machine = open_machine(settings(tmp_path, shipped("lelit-marax"), port))

    assert machine.limits.tells == {
        Quantity.BOILER_TEMP_C,
        FlagName.HEATER_ON,
        FlagName.PUMP_ON,
    }
    assert machine.limits.flow_ml_per_s == (0.1, 50.0)
    machine.source.close()


def test_a_machine_of_bare_sensors_is_opened_with_light_and_button(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a converter here: gpiozero's mock has no chip on its SPI bus."""
    profile = re.sub(
        r"\[bare-sensors\.(converter|boiler|pressure|level)\].*?(?=\n\[)",
        "",
        shipped("bare-sensors"),
        flags=re.DOTALL,
    )
    for pin in ("light_gpio", "button_gpio"):
        profile = profile.replace(f"# {pin} =", f"{pin} =")
    monkeypatch.setattr(gpiozero.Device, "pin_factory", MockFactory(pin_class=MockPWMPin))

    machine = open_machine(settings(tmp_path, profile))

    assert isinstance(machine.source, GpioSource)
    assert machine.light is not None
    assert machine.limits.tells == {
        Quantity.FLOW_ML_PER_S,
        Quantity.WATER_DRAWN_ML,
        FlagName.TANK_EMPTY,
    }
    machine.source.close()


def test_a_port_for_bare_sensors_is_a_mistake_that_is_said(tmp_path: Path, port: str) -> None:
    with pytest.raises(ConfigError, match="has sensors on pins and no serial port"):
        open_machine(settings(tmp_path, shipped("bare-sensors"), port))


def test_a_device_waits_for_a_port_that_is_not_there_yet(
    tmp_path: Path, port: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A unit that starts before its adapter is plugged in must not need a visit."""
    name = tmp_path / "adapter"
    machine = open_machine(settings(tmp_path, shipped("lelit-marax"), str(name)))
    assert "mine.toml [serial] port" in caplog.text
    assert "no such port; plug the machine in" in caplog.text
    machine.source.read(Stamp(utc=NOW, monotonic_s=0.0, boot_id="b", synced=True))

    name.symlink_to(port)
    machine.source.read(Stamp(utc=NOW, monotonic_s=5.0, boot_id="b", synced=True))

    assert machine.source.fileno() is not None
    machine.source.close()
