"""A million envelopes that somebody has tampered with: does any open, does any crash?

From the outside: bits and bytes changed, blocks cut out, two envelopes spliced, the clear
header replaced, the end cut off or made longer. From the inside: everybody who knows the
desk's public keys can seal, so one envelope in ten is altered within its seal, where the
signature alone protects it.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from scripts.benchmarks.delivery.household import START, House, resolved
from wire import sealing
from wire.messages import Direction, Heartbeat, Message
from wire.sealing import SLOT_BYTES, SealError, open_sealed

INSIDE_EVERY = 10
CLEAR_BYTES = sealing._CLEAR.size


@dataclass(slots=True)
class Mutations:
    """What became of the altered envelopes."""

    mutated: int = 0
    accepted: int = 0
    uncaught: int = 0


def mutations(*, count: int, seed: int) -> Mutations:
    """Alter ``count`` envelopes and try to open each."""
    chance, house, found = random.Random(seed), House(), Mutations()
    genuine = [house.sealed(message, "cd" * 16) for message in _messages(house)]
    inside = [_unsealed(house, envelope) for envelope in genuine]
    for number in range(count):
        if number % INSIDE_EVERY == 0:
            altered = _reseal(house, _flipped(chance.choice(inside), chance))
        else:
            altered = chance.choice(_OUTSIDE)(genuine, chance)
        if altered in genuine:
            continue  # Some alterations change nothing, such as cutting a block of zeros.
        found.mutated += 1
        try:
            _open(house, altered)
            found.accepted += 1
        except SealError:
            pass
        except Exception:
            found.uncaught += 1
    return found


def _messages(house: House) -> list[Message]:
    beat = Heartbeat(sent_at=START, ledger_head="5e" * 32)
    return [house.alert(), resolved("ab" * 16), beat]


def _open(house: House, envelope: bytes) -> None:
    open_sealed(
        envelope,
        direction=Direction.UP,
        device=house.device.device_id,
        recipient=house.desk,
        sender=house.device.public(),
    )


def _unsealed(house: House, envelope: bytes) -> bytes:
    info = sealing._info(Direction.UP, house.device.device_id)
    return sealing._decrypt(envelope[CLEAR_BYTES:], house.desk, info)


def _reseal(house: House, plaintext: bytes) -> bytes:
    public = house.desk.public()
    info = sealing._info(Direction.UP, house.device.device_id)
    sealed = sealing._HPKE.encrypt(plaintext, public.sealing_key(), info=info)
    return sealing._CLEAR.pack(sealing.SUITE, public.key_id) + sealed


def _flipped(envelope: bytes, chance: random.Random) -> bytes:
    changed = bytearray(envelope)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _flip(genuine: list[bytes], chance: random.Random) -> bytes:
    return _flipped(chance.choice(genuine), chance)


def _several(genuine: list[bytes], chance: random.Random) -> bytes:
    changed = bytearray(chance.choice(genuine))
    for _ in range(chance.randrange(2, 9)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _spliced(genuine: list[bytes], chance: random.Random) -> bytes:
    first, second = chance.sample(genuine, 2)
    at = chance.randrange(CLEAR_BYTES + 1, SLOT_BYTES)
    return first[:at] + second[at:]


def _moved_block(genuine: list[bytes], chance: random.Random) -> bytes:
    envelope = chance.choice(genuine)
    start, size = chance.randrange(SLOT_BYTES - 64), chance.randrange(1, 64)
    return envelope[:start] + envelope[start + size :] + envelope[start : start + size]


def _other_length(genuine: list[bytes], chance: random.Random) -> bytes:
    envelope = chance.choice(genuine)
    if chance.random() < 0.5:
        return envelope[: chance.randrange(SLOT_BYTES)]
    return envelope + chance.randbytes(chance.randrange(1, 64))


def _other_header(genuine: list[bytes], chance: random.Random) -> bytes:
    return chance.randbytes(CLEAR_BYTES) + chance.choice(genuine)[CLEAR_BYTES:]


_OUTSIDE: tuple[Callable[[list[bytes], random.Random], bytes], ...] = (
    _flip,
    _several,
    _spliced,
    _moved_block,
    _other_length,
    _other_header,
)
