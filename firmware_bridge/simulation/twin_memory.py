"""What the controller keeps through power cuts (twin of ``firmware/core/memory.c``).

Sixteen slots, written in turn: a cut while one is written leaves the others whole. A slot
counts when its mark and its checksum are right; the latest generation wins. ``memory.h``
says how long the cells last.
"""

import struct

from firmware_bridge.reference.line import CRC_BYTES, crc16

_RECORD = struct.Struct("<2sHHII")
_MARK = b"D\x01"
SLOT_BYTES = _RECORD.size + CRC_BYTES
SLOTS = 16
EEPROM_BYTES = SLOTS * SLOT_BYTES


def blank_eeprom() -> bytearray:
    """Return the memory of a controller that has never started."""
    return bytearray(b"\xff" * EEPROM_BYTES)


class Memory:
    """The counters, and the EEPROM that they are written to in place."""

    def __init__(self, eeprom: bytearray) -> None:
        if len(eeprom) != EEPROM_BYTES:
            raise ValueError(f"the EEPROM has {EEPROM_BYTES} bytes, not {len(eeprom)}")
        self._eeprom = eeprom
        # An empty memory behaves as if the last slot were the newest: slot 0 is written first.
        self._newest = SLOTS - 1
        newest = None
        for slot in range(SLOTS):
            record = self._read(slot)
            if record and (newest is None or _later(record[0], newest[0])):
                self._newest, newest = slot, record
        self._generation, self.boot_count, self.brews_total, self.flow_pulses_total = (
            newest or (0, 0, 0, 0)
        )

    def _read(self, slot: int) -> tuple[int, int, int, int] | None:
        raw = bytes(self._eeprom[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES])
        body, crc = raw[: _RECORD.size], raw[_RECORD.size :]
        mark, generation, boots, brews, pulses = _RECORD.unpack(body)
        if mark != _MARK or int.from_bytes(crc, "little") != crc16(body):
            return None
        return generation, boots, brews, pulses

    def save(self) -> None:
        """Write the counters into the slot after the newest."""
        self._newest = (self._newest + 1) % SLOTS
        self._generation = (self._generation + 1) & 0xFFFF
        counters = (self.boot_count, self.brews_total, self.flow_pulses_total)
        body = _RECORD.pack(_MARK, self._generation, *counters)
        raw = body + crc16(body).to_bytes(CRC_BYTES, "little")
        self._eeprom[self._newest * SLOT_BYTES : (self._newest + 1) * SLOT_BYTES] = raw


def _later(generation: int, other: int) -> bool:
    # Sixteen bits wrap: later means less than half a turn ahead.
    return 0 < (generation - other) & 0xFFFF < 0x8000
