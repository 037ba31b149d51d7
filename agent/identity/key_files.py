"""The device's keys on disk: ``keys/`` in the state folder, readable by nobody else.

``device.json`` is the device's identity. It is made on the first start and never leaves;
the device's name follows from it. The other files there have owners of their own:
``desk_pin`` (whose desk it is) and ``certificates`` (how it is let in at the broker).
"""

import json
from pathlib import Path

from agent.durable_file import write_durably
from wire.keys import DeviceKeys
from wire.options import ConfigError


def keys_folder(state_dir: Path) -> Path:
    """Return where the keys are."""
    return state_dir / "keys"


def device_keys(state_dir: Path) -> DeviceKeys:
    """Return this device's keys; make them on the first start."""
    file = keys_folder(state_dir) / "device.json"
    try:
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_durably(file, json.dumps(DeviceKeys.create().to_json()))
        refuse_if_others_may_read(file)
        return DeviceKeys.from_json(json.loads(file.read_text(encoding="ascii")))
    except OSError as error:
        raise unusable(file, error) from None
    except ConfigError:
        raise
    except (ValueError, RecursionError) as error:
        # Made anew, it would be another device: that is for a person to decide.
        raise ConfigError(
            f"{file}: {error}; restore it, or remove it to begin as a new device"
        ) from None


def refuse_if_others_may_read(file: Path) -> None:
    """Raise ``ConfigError`` where a private key lies open: it may be known already."""
    if file.stat().st_mode & 0o077:
        raise ConfigError(f"{file}: others may read it; run `chmod 600 {file}`")


def unusable(file: Path, error: OSError) -> ConfigError:
    """Return the complaint about a file of keys that the system does not give us."""
    return ConfigError(
        f"{file}: {error.strerror or error}; let the user that runs Demitasse read and write "
        "its folder"
    )
