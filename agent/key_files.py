"""The device's keys on disk: ``keys/`` in the state folder, readable by nobody else.

``keys/device.json`` is made on the first start and never leaves. ``keys/desk.json`` is the
desk that this device writes to, pinned by ``demitasse enroll``.
"""

import json
from pathlib import Path

from agent.durable_file import write_durably
from wire.keys import DeviceKeys, KeyFormatError, PublicKeys
from wire.options import ConfigError


def device_keys(state_dir: Path) -> DeviceKeys:
    """Return this device's keys; make them on the first start."""
    file = state_dir / "keys" / "device.json"
    try:
        if not file.exists():
            _write(file, DeviceKeys.create().to_json())
        return DeviceKeys.from_json(json.loads(file.read_text(encoding="ascii")))
    except OSError as error:
        raise _unusable(file, error) from None
    except (ValueError, RecursionError) as error:
        # Made anew, it would be another device: that is for a person to decide.
        raise ConfigError(
            f"{file}: {error}; restore it, or remove it to begin as a new device"
        ) from None


def public_bundle(keys: DeviceKeys) -> str:
    """Return what a desk needs to know of this device, as JSON."""
    return json.dumps({"device": keys.device_id, "keys": keys.public().to_json()})


def pinned_desk(state_dir: Path) -> PublicKeys | None:
    """Return the desk this device writes to, or ``None`` before it is enrolled."""
    file = state_dir / "keys" / "desk.json"
    try:
        return _desk_of(file) if file.exists() else None
    except OSError as error:
        raise _unusable(file, error) from None


def pin_desk(state_dir: Path, bundle: Path) -> PublicKeys:
    """Pin the desk that ``bundle`` (what ``demitasse-desk enroll`` printed) names."""
    desk = _desk_of(bundle)
    file = state_dir / "keys" / "desk.json"
    try:
        _write(file, {"desk": desk.to_json()})
    except OSError as error:
        raise _unusable(file, error) from None
    return desk


def _desk_of(file: Path) -> PublicKeys:
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(plain, dict) or plain.keys() != {"desk"}:
            raise KeyFormatError('a bundle is an object with exactly "desk"')
        return PublicKeys.from_json(plain["desk"])
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"{file}: {_why(error)}; use the file that `demitasse-desk enroll` printed"
        ) from None


def _write(file: Path, plain: object) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(file, json.dumps(plain))


def _unusable(file: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"{file}: {_why(error)}; let the user that runs Demitasse read and write its folder"
    )


def _why(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
