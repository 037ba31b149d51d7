"""Claims a pin of the Raspberry Pi, or says in words why that cannot be.

gpiozero can drive pins through several libraries, and each has errors of its own. Whoever
claims pins does it here, so that the operator always reads file, option, value and fix.
"""

import warnings
from collections.abc import Callable
from typing import TypeVar

from gpiozero.exc import (  # type: ignore[import-untyped]
    BadPinFactory,
    GPIOPinInUse,
    PinFactoryFallback,
    PinFixedPull,
    PinInvalidPin,
    PinPWMUnsupported,
    PinUnknownPi,
    SPIBadChannel,
    SPISoftwareFallback,
)

from wire.options import ConfigError

Claimed = TypeVar("Claimed")


def claim(place: str, make: Callable[[], Claimed]) -> Claimed:
    """Return what ``make`` claims, or raise ``ConfigError`` that begins with ``place``."""
    try:
        with warnings.catch_warnings():
            # gpiozero tries four pin libraries and warns of each; the error below says it.
            warnings.simplefilter("ignore", PinFactoryFallback)
            # Without the kernel's SPI it would toggle four pins by hand, for ever.
            warnings.simplefilter("error", SPISoftwareFallback)
            return make()
    except Exception as error:
        # Each pin library has its own root of errors (lgpio.error, OSError, and others),
        # and which one is installed is not known here.
        raise ConfigError(f"{place}: {_advice(error)}") from None


def _advice(error: Exception) -> str:
    match error:
        case BadPinFactory() | PinUnknownPi():
            return (
                "no GPIO chip can be opened here; on a Raspberry Pi install python3-lgpio and "
                "start in a folder that this user may write to, because lgpio keeps a file "
                "there; anywhere else leave the option out"
            )
        case SPISoftwareFallback():
            return (
                f"the SPI bus cannot be opened ({error}); switch it on with: sudo raspi-config "
                f"nonint do_spi 0, and restart; no other program may use GPIO 7 to 11"
            )
        case SPIBadChannel():
            return f"{error}; choose one that the chip has"
        case GPIOPinInUse():
            return f"{error}; choose another pin"
        case PinInvalidPin() | PinPWMUnsupported() | PinFixedPull():
            return f"this pin cannot do it ({error}); choose another from 0 to 27, such as 18"
    return (
        f"the pin cannot be claimed ({error}); end the program that holds it, or choose another"
    )
