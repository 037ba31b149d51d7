"""Takes one guard away, so that a goal of zero proves to be a measurement.

``without(Guard.DEDUPE)`` is the same system in which the desk no longer recognises what it
has had before; the figure that this guard keeps at zero must then be another. What is
replaced here is always one small function of the product, and nothing of the benchmark.
"""
# What needs Django is imported when a guard of the desk is taken away.
# ruff: noqa: PLC0415

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from unittest import mock

from agent import store
from agent.delivery import mailroom, outbox
from agent.errors import StoreError
from wire import keys, sealing
from wire.messages import Outcome


class Guard(StrEnum):
    """What ``--break`` takes away."""

    SYNCHRONOUS = "synchronous"
    """Commits are no longer on the disk before they count."""
    TRANSACTION = "transaction"
    """A concern and its alert are no longer committed together."""
    QUARANTINE = "quarantine"
    """A damaged store is no longer set aside."""
    SIGNED_ACK = "signed-ack"
    """The broker's answer is believed: the desk's signature is not waited for."""
    DEDUPE = "dedupe"
    """The desk takes what is repeated for something new."""
    SIGNATURE = "signature"
    """Nobody checks who has signed."""
    REFUSAL = "refusal"
    """What does not open raises whatever the library raises."""
    GATE = "gate"
    """Consent is not asked again at sending, and nothing is destroyed by a withdrawal."""
    SEAL = "seal"
    """Envelopes are filled up and not sealed."""
    ACL = "acl"
    """The broker lets every device send and hear on every topic."""
    CRL = "crl"
    """The broker does not know which certificates were revoked."""
    CERTIFICATE = "certificate"
    """The broker lets in who shows no certificate."""
    JITTER = "jitter"
    """Devices wait longer and longer, and all of them equally long."""


@contextlib.contextmanager
def without(guard: Guard | None) -> Iterator[None]:
    """Take ``guard`` away until the block ends."""
    with contextlib.ExitStack() as stack:
        for patch in _PATCHES.get(guard, _nothing)() if guard else ():
            stack.enter_context(patch)
        yield


Patches = tuple[Any, ...]


def _nothing() -> Patches:
    # What needs its guard taken away elsewhere, such as on a disk that is only recorded.
    return ()


def _synchronous() -> Patches:
    genuine = store._prepare

    def prepare(db: Any) -> None:
        genuine(db)
        db.execute("PRAGMA synchronous = NORMAL")

    return (mock.patch.object(store, "_prepare", prepare),)


def _quarantine() -> Patches:
    def refuse(_self: store.Store) -> Path:
        raise StoreError("damaged")

    return (mock.patch.object(store.Store, "_move_aside", refuse),)


def _signed_ack() -> Patches:
    genuine = mailroom.Mailroom._taken

    def believed(self: mailroom.Mailroom, token: str, now: Any) -> None:
        genuine(self, token, now)
        for message in outbox.waiting(self._store.reading()):
            if message.message_id == token:
                with self._store.transaction() as db:
                    sha256 = message.envelope_sha256
                    outbox.acknowledge(db, token, sha256, Outcome.ACCEPTED, now.utc)

    return (mock.patch.object(mailroom.Mailroom, "_taken", believed),)


def _dedupe() -> Patches:
    from escalation.intake.committing import Committing

    judge, acknowledge = Committing.__init__, Committing._acknowledge
    genuine: dict[str, str] = {}

    def forgetful(self: Any, opened: Any, now: datetime) -> None:
        # Every envelope as if it were the first of its kind.
        judge(self, opened, now)
        self._known = _Nothing()
        for one in opened:
            other = uuid.uuid4().hex
            genuine[other] = one.header.message_id
            object.__setattr__(one, "header", replace(one.header, message_id=other))

    def honest(self: Any, device: Any, opened: Any, outcome: Any) -> None:
        header = replace(opened.header, message_id=genuine[opened.header.message_id])
        acknowledge(self, device, replace(opened, header=header), outcome)

    return (
        mock.patch.object(Committing, "__init__", forgetful),
        mock.patch.object(Committing, "_acknowledge", honest),
    )


class _Nothing(dict[Any, Any]):
    """Remembers nothing."""

    def __setitem__(self, key: Any, value: Any) -> None:
        return


class _Credulous:
    """Takes every signature for genuine."""

    def verify(self, signature: bytes, data: bytes) -> None:
        """Believe."""


def _signature() -> Patches:
    return (mock.patch.object(keys.PublicKeys, "verifier", return_value=_Credulous()),)


def _refusal() -> Patches:
    def decrypt(sealed: bytes, recipient: Any, info: bytes) -> bytes:
        return sealing._HPKE.decrypt(sealed, recipient.opening_key(), info=info)

    return (mock.patch.object(sealing, "_decrypt", decrypt),)


def _gate() -> Patches:
    def allow_all(_self: mailroom.Mailroom, now_s: float, _gate: Any, *, slot: bool) -> Any:
        del now_s
        return next(iter(outbox.waiting(_self._store.reading())), None) if slot else None

    return (
        mock.patch.object(mailroom.Mailroom, "_next_due", allow_all),
        mock.patch.object(mailroom, "_granted", return_value=True),
        mock.patch.object(outbox, "destroy", return_value=()),
    )


class _Window:
    """Encrypts nothing: what goes in can be read by everybody."""

    def encrypt(self, plaintext: bytes, _key: Any, *, info: bytes) -> bytes:
        del info
        return plaintext + bytes(sealing._HPKE_OVERHEAD_BYTES)

    def decrypt(self, sealed: bytes, _key: Any, *, info: bytes) -> bytes:
        del info
        return sealed[: -sealing._HPKE_OVERHEAD_BYTES]


def _seal() -> Patches:
    return (mock.patch.object(sealing, "_HPKE", _Window()),)


_PATCHES = {
    Guard.SYNCHRONOUS: _synchronous,
    Guard.QUARANTINE: _quarantine,
    Guard.SIGNED_ACK: _signed_ack,
    Guard.DEDUPE: _dedupe,
    Guard.SIGNATURE: _signature,
    Guard.REFUSAL: _refusal,
    Guard.GATE: _gate,
    Guard.SEAL: _seal,
}
