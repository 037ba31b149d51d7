"""How the payloads of the reference protocol travel: ``COBS(payload ‖ CRC-16) ‖ 00``.

``FrameDecoder`` turns any bytes into payloads whose checksum is right: damage is dropped
and counted, never raised. What stands in a payload is for ``reference_frames`` to say.

    decoder = FrameDecoder()
    for payload in decoder.receive(port.read()):
        frame = decode_payload(payload)
"""

import binascii
import struct

from firmware_bridge.reference import cobs

MAX_PAYLOAD_BYTES = 48
CRC_BYTES = 2
MAX_ENCODED_BYTES = MAX_PAYLOAD_BYTES + CRC_BYTES + 1
"""What can stand between two zeros; the receiver's buffer is no longer than this."""

_CRC = struct.Struct("<H")


def crc16(payload: bytes) -> int:
    """Return the CRC-16/CCITT-FALSE of ``payload`` (0x29B1 for ``b"123456789"``)."""
    return binascii.crc_hqx(payload, 0xFFFF)


def frame_bytes(payload: bytes) -> bytes:
    """Return ``payload`` as it travels: checksum added, stuffed, ended by a zero."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a payload has at most {MAX_PAYLOAD_BYTES} bytes")
    return cobs.encode(payload + _CRC.pack(crc16(payload))) + b"\0"


class FrameDecoder:
    """Finds the payloads in a stream that may begin, break or lie anywhere.

    Never raises and never holds more than one frame. Two zeros in a row are no frame and
    no damage: a sender may begin with a zero to end whatever noise came before.
    """

    def __init__(self) -> None:
        self.bytes_received = 0
        self.frames_ok = 0
        self.frames_bad = 0
        self.resyncs = 0
        """How often a good frame came after bad ones."""
        self._held = bytearray()
        self._overlong = False
        self._lost = False

    def receive(self, data: bytes) -> list[bytes]:
        """Take what has arrived; return the payloads that are now complete."""
        self.bytes_received += len(data)
        *ended, rest = data.split(b"\0")
        payloads = []
        for piece in ended:
            self._hold(piece)
            payload = self._finish()
            if payload is not None:
                payloads.append(payload)
        self._hold(rest)
        return payloads

    def _hold(self, piece: bytes) -> None:
        if self._overlong:
            return
        if len(self._held) + len(piece) <= MAX_ENCODED_BYTES:
            self._held += piece
        else:
            # Counted here and not at the next zero: a stream at the wrong baud rate may
            # never have one.
            self._held.clear()
            self._overlong = True
            self._count_bad()

    def _finish(self) -> bytes | None:
        encoded = bytes(self._held)
        self._held.clear()
        if self._overlong or not encoded:
            self._overlong = False
            return None
        try:
            data = cobs.decode(encoded)
        except cobs.CobsError:
            self._count_bad()
            return None
        payload, crc = data[:-CRC_BYTES], data[-CRC_BYTES:]
        if len(payload) == 0 or crc != _CRC.pack(crc16(payload)):
            self._count_bad()
            return None
        self.frames_ok += 1
        self.resyncs += self._lost
        self._lost = False
        return payload

    def _count_bad(self) -> None:
        self.frames_bad += 1
        self._lost = True
