"""The clock of a real device: the kernel's, with its word on whether time is synchronised."""

import ctypes
import time
from datetime import UTC, datetime
from pathlib import Path

from wire.stamps import Stamp

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIME_ERROR = 5
"""adjtimex(2) returns TIME_ERROR while no time source has set the clock."""


class _Timex(ctypes.Structure):
    # adjtimex(2) fills a struct of about 208 bytes; only its return value is needed here,
    # and modes = 0 asks without changing anything.
    _fields_ = (("modes", ctypes.c_uint), ("rest", ctypes.c_byte * 508))


class SystemClock:
    """Reads wall time, ``CLOCK_BOOTTIME`` and the kernel's synchronisation state."""

    def __init__(self) -> None:
        self._boot_id = _BOOT_ID.read_text().strip()
        self._libc = ctypes.CDLL(None, use_errno=True)

    def now(self) -> Stamp:
        return Stamp(
            utc=datetime.now(UTC),
            monotonic_s=time.clock_gettime(time.CLOCK_BOOTTIME),
            boot_id=self._boot_id,
            synced=self._libc.adjtimex(ctypes.byref(_Timex())) != _TIME_ERROR,
        )
