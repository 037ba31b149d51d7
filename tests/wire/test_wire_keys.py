"""Keys survive storage, name themselves the same way for ever, and show no secret."""

from typing import Any

import pytest

from tests.wire.examples import DESK, DEVICE
from wire.keys import DeskKeys, DeviceKeys, KeyFormatError, PublicKeys


def test_private_and_public_keys_survive_storage() -> None:
    keys = DeviceKeys.create()
    assert DeviceKeys.from_json(keys.to_json()) == keys
    assert PublicKeys.from_json(keys.public().to_json()) == keys.public()


def test_new_keys_are_new() -> None:
    first, second = DeskKeys.create(), DeskKeys.create()
    for name in ("identity", "mlkem768", "x25519"):
        assert getattr(first, name) != getattr(second, name)


def test_names_follow_from_the_keys_and_never_change() -> None:
    assert DEVICE.device_id == DEVICE.public().device_id == "56475aa75463474c"
    assert DEVICE.public().key_id.hex() == "ac82caa6a6df8bf3"
    assert DEVICE.public().fingerprint[:8] == DEVICE.public().key_id
    assert DESK.public().key_id != DEVICE.public().key_id


@pytest.mark.parametrize("name", ["identity", "mlkem768", "x25519"])
def test_each_component_key_counts_in_the_fingerprint(name: str) -> None:
    own = DEVICE.public().to_json()
    mixed = PublicKeys.from_json({**own, name: DESK.public().to_json()[name]})
    assert mixed.fingerprint != DEVICE.public().fingerprint


def test_no_secret_is_shown() -> None:
    assert repr(DEVICE) == "DeviceKeys()"
    with pytest.raises(KeyFormatError) as caught:
        DeviceKeys.from_json({**DEVICE.to_json(), "x25519": "c0ffee"})
    assert "c0ffee" not in str(caught.value)


@pytest.mark.parametrize(
    "spoiled",
    [
        None,
        [],
        {},
        {"identity": "00" * 32},
        DEVICE.public().to_json() | {"extra": ""},
        DEVICE.public().to_json() | {"identity": "00" * 31},
        DEVICE.public().to_json() | {"identity": "zz" * 32},
        DEVICE.public().to_json() | {"identity": 7},
        DEVICE.public().to_json() | {"mlkem768": "ff" * 1184},
        DEVICE.public().to_json() | {"x25519": "00" * 32},
        DEVICE.public().to_json() | {"x25519": "01" + "00" * 31},
    ],
)
def test_what_is_no_public_key_is_refused(spoiled: Any) -> None:
    with pytest.raises(KeyFormatError):
        PublicKeys.from_json(spoiled)
