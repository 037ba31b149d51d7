"""Signs and seals for the one desk that this device knows, and opens what that desk sends."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.identity.desk_pin import PinnedDesk
from wire.keys import DeviceKeys, PublicKeys
from wire.messages import Direction, Message
from wire.sealing import Opened, Unverifiable, open_sealed, seal


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSeal:
    """The keys of both ends, and the epoch of this device's store."""

    keys: DeviceKeys
    desk: PinnedDesk
    epoch: int

    def signer(self) -> Ed25519PrivateKey:
        """Return what signs for this device."""
        return self.keys.signer()

    def seal(self, message: Message, message_id: str, sequence: int) -> bytes:
        """Return ``message`` as an envelope that the desk alone can open."""
        return seal(
            message,
            direction=Direction.UP,
            device=self.keys.device_id,
            message_id=message_id,
            epoch=self.epoch,
            sequence=sequence,
            sender=self.keys,
            recipient=self.desk.pin.desk,
        )

    def open(self, envelope: bytes, now: datetime) -> Opened:
        """Return what the desk has sent, or raise ``SealError``."""
        old = self.desk.pin.old(now)
        try:
            return self._open(envelope, self.desk.pin.desk)
        except Unverifiable:
            if old is None:
                raise
            # Signed before the desk's keys were followed by new ones, and long under way.
            return self._open(envelope, old)

    def _open(self, envelope: bytes, sender: PublicKeys) -> Opened:
        return open_sealed(
            envelope,
            direction=Direction.DOWN,
            device=self.keys.device_id,
            recipient=self.keys,
            sender=sender,
        )
