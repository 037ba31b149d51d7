"""Looks at the machine: its profile, its port, what its controller says, its pins.

A device that runs holds port and pins, and that is how it should be: then nothing is opened,
and what the machine says is heard over the device's own stream.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from agent.diagnosis.findings import (
    Found,
    Reason,
    Subject,
    not_looked_at,
    ok,
    refused,
    wrong,
)
from agent.diagnosis.heard import Heard, listen, overhear
from agent.diagnosis.scene import MachineParts, Scene, is_awake, look_as, may_look_into
from agent.giving_back.live_stream import socket_file
from wire.options import ConfigError
from wire.readings import LinkLoss, LinkLost, Misread

_HELD = "the running device holds it"


def look(scene: Scene) -> Iterator[Found]:
    """Yield what there is to say about profile, port, controller and pins."""
    try:
        parts = scene.open_parts(scene.settings)
    except ConfigError as error:
        yield refused(Subject.PROFILE, Reason.PROFILE_WRONG, error)
        for subject in (Subject.PORT, Subject.CONTROLLER, Subject.PINS):
            yield not_looked_at(subject, Reason.NEEDS_PROFILE, "The profile comes first.")
        return
    yield ok(Subject.PROFILE, f"The machine is a {parts.model}.")
    state_dir = scene.settings.state_dir
    if not may_look_into(state_dir):
        # Whether a device runs cannot be seen, and one that runs must not be disturbed.
        yield next(_missing_ports(parts), None) or _port_is_there(parts)
        for subject in (Subject.CONTROLLER, Subject.PINS):
            text = "Whether the device runs cannot be seen by this user."
            yield not_looked_at(subject, Reason.NOT_PERMITTED, text, look_as(state_dir))
    elif is_awake(state_dir):
        yield from _awake(scene, parts)
    else:
        yield from _asleep(scene, parts)


def _awake(scene: Scene, parts: MachineParts) -> Iterator[Found]:
    missing = next(_missing_ports(parts), None)
    yield missing or _held_port(parts)
    heard = overhear(socket_file(scene.settings))
    if heard is None:
        yield not_looked_at(
            Subject.CONTROLLER,
            Reason.HELD_BY_DEVICE,
            "The device runs and has told nothing of the machine just now.",
            "see how the machine is with: demitasse status",
        )
    else:
        yield _controller(heard, parts)
    if parts.ports and parts.open_light is None:
        yield _no_pins()
    else:
        yield ok(Subject.PINS, f"The pins are in use: {_HELD}.", reason=Reason.HELD_BY_DEVICE)


def _port_is_there(parts: MachineParts) -> Found:
    return ok(Subject.PORT, f"{_shown(parts)} is there.") if parts.ports else _no_port()


def _held_port(parts: MachineParts) -> Found:
    if not parts.ports:
        return _no_port()
    held = f"{_shown(parts)} is there, and {_HELD}."
    return ok(Subject.PORT, held, reason=Reason.HELD_BY_DEVICE)


def _asleep(scene: Scene, parts: MachineParts) -> Iterator[Found]:
    if missing := next(_missing_ports(parts), None):
        yield missing
        yield not_looked_at(
            Subject.CONTROLLER, missing.reason, "Without its port nothing can be heard."
        )
        yield _light(parts)
        return
    try:
        source = parts.open_source()
    except ConfigError as error:
        yield from _not_opened(parts, error)
        return
    try:
        heard = listen(source, scene.clock, parts.listen_s)
    finally:
        source.close()
    yield ok(Subject.PORT, f"{_shown(parts)} can be opened.") if parts.ports else _no_port()
    yield _controller(heard, parts)
    yield _light(parts)


def _not_opened(parts: MachineParts, error: ConfigError) -> Iterator[Found]:
    nothing = "Nothing could be opened to listen to."
    if parts.ports:
        yield refused(Subject.PORT, Reason.PORT_UNUSABLE, error)
        yield not_looked_at(Subject.CONTROLLER, Reason.PORT_UNUSABLE, nothing)
        yield _light(parts)
    else:
        yield _no_port()
        yield not_looked_at(Subject.CONTROLLER, Reason.PINS_UNUSABLE, nothing)
        yield refused(Subject.PINS, Reason.PINS_UNUSABLE, error)


def _missing_ports(parts: MachineParts) -> Iterator[Found]:
    for port in parts.ports:
        if not Path(port).exists():
            yield wrong(
                Subject.PORT,
                Reason.PORT_MISSING,
                f"There is no port {port}.",
                "plug the machine in, or name another port in agent.toml [machine] port; "
                "those that are there: ls /dev/serial/by-id/",
            )
        elif not os.access(port, os.R_OK | os.W_OK):
            yield wrong(
                Subject.PORT,
                Reason.PORT_FORBIDDEN,
                f"This user may not open {port}.",
                "run: sudo usermod -aG dialout $USER, log in anew; the service's own user "
                "is in that group already",
            )


def _controller(heard: Heard, parts: MachineParts) -> Found:
    if heard.understood:
        return ok(Subject.CONTROLLER, "The machine is heard and understood.")
    match heard.lost:
        case LinkLost(because=Misread.INVERTED):
            return wrong(
                Subject.CONTROLLER,
                Reason.LINE_INVERTED,
                "Bytes arrive upside down: the line is low when it rests.",
                "put an inverter into the line, or take the adapter's inverted output",
            )
        case LinkLost(because=Misread.OTHER_BAUD, baud_rate=int(baud_rate)):
            return wrong(
                Subject.CONTROLLER,
                Reason.OTHER_BAUD,
                f"The machine speaks at {baud_rate} baud, and the profile says otherwise.",
                f"write baud_rate = {baud_rate} into the profile's section [serial]",
            )
        case LinkLost(because=Misread.OTHER_BAUD):
            return wrong(
                Subject.CONTROLLER,
                Reason.OTHER_BAUD,
                "The machine speaks at another speed than the profile says.",
                "try another baud_rate in the profile's section [serial], slower ones first",
            )
        case LinkLost(reason=LinkLoss.UNREADABLE):
            return wrong(
                Subject.CONTROLLER,
                Reason.CONTROLLER_UNREADABLE,
                "Bytes arrive, and this driver understands none of them.",
                "see whether the profile names the right driver and speed, and look at the "
                "bytes: demitasse decode --live",
            )
    return wrong(
        Subject.CONTROLLER,
        Reason.CONTROLLER_SILENT,
        f"The machine was not heard, in {parts.listen_s:.0f} s of listening.",
        "switch it on, and see whether its TX goes to our RX and both share a ground",
    )


def _light(parts: MachineParts) -> Found:
    if parts.open_light is None:
        if parts.ports:
            return _no_pins()
        return ok(Subject.PINS, "The sensors answer on their pins.")
    try:
        parts.open_light().close()
    except ConfigError as error:
        return refused(Subject.PINS, Reason.PINS_UNUSABLE, error)
    return ok(Subject.PINS, "Light and button can be used.")


def _no_pins() -> Found:
    return ok(
        Subject.PINS,
        "The profile names no pins: the question is asked on the page alone.",
        reason=Reason.NONE_USED,
    )


def _no_port() -> Found:
    return ok(
        Subject.PORT, "This machine is on pins and needs no port.", reason=Reason.NONE_USED
    )


def _shown(parts: MachineParts) -> str:
    return " and ".join(parts.ports)
