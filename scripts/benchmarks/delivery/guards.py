"""Takes one guard away, so that a goal of zero proves to be a measurement.

``without(Guard.DEDUPE)`` is the same system in which the desk no longer recognises what it
has had before; the figure that this guard keeps at zero must then be another. What is
replaced here is always one small function of the product, and nothing of the benchmark.
"""
# What needs Django is imported when a guard of the desk is taken away.
# ruff: noqa: PLC0415

import contextlib
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import replace
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
    NOTICED = "noticed"
    """A commit that the disk refuses counts as done."""
    AGAIN = "again"
    """A disk that has refused once is never tried again."""
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
    RIGHTS = "rights"
    """The broker's rules know no desk."""
    CRL = "crl"
    """The broker does not know which certificates were revoked."""
    CERTIFICATE = "certificate"
    """The broker lets in who shows no certificate."""
    FORGET = "forget"
    """The desk signs that it has forgotten, and does not."""
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


def _noticed() -> Patches:
    @contextlib.contextmanager
    def deaf(self: store.Store) -> Iterator[Any]:
        with contextlib.suppress(sqlite3.Error):
            self.reading().execute("BEGIN IMMEDIATE")
            yield self.reading()
            self.reading().execute("COMMIT")
            return
        self.reading().rollback()

    return (mock.patch.object(store.Store, "transaction", deaf),)


def _again() -> Patches:
    genuine = store.Store.transaction
    given_up: set[store.Store] = set()

    @contextlib.contextmanager
    def offended(self: store.Store) -> Iterator[Any]:
        if self in given_up:
            raise StoreError("it has refused before")
        try:
            with genuine(self) as db:
                yield db
        except StoreError:
            given_up.add(self)
            raise

    return (mock.patch.object(store.Store, "transaction", offended),)


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
    from escalation.broker import outgoing
    from escalation.intake import opening

    acknowledgement = outgoing.acknowledgement
    genuine: dict[str, str] = {}

    def forgetful(*envelope: Any, **ends: Any) -> Any:
        # Every envelope as if it were the first of its kind.
        opened = sealing.open_sealed(*envelope, **ends)
        other = uuid.uuid4().hex
        genuine[other] = opened.header.message_id
        return replace(opened, header=replace(opened.header, message_id=other))

    def honest(device: Any, *, about: str, **rest: Any) -> Any:
        return acknowledgement(device, about=genuine.get(about, about), **rest)

    return (
        mock.patch.object(opening, "open_sealed", forgetful),
        mock.patch.object(outgoing, "acknowledgement", honest),
    )


def _forget() -> Patches:
    from escalation.intake import incoming

    return (mock.patch.object(incoming, "forget", return_value=0),)


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
    Guard.NOTICED: _noticed,
    Guard.AGAIN: _again,
    Guard.SIGNED_ACK: _signed_ack,
    Guard.DEDUPE: _dedupe,
    Guard.SIGNATURE: _signature,
    Guard.REFUSAL: _refusal,
    Guard.GATE: _gate,
    Guard.SEAL: _seal,
    Guard.FORGET: _forget,
}
