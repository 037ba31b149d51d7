"""Commits what was opened: every message acts once, whatever is repeated or overtaken.

One ``Committing`` lives as long as one transaction. It reads at once what all its messages
need, lets each act in the order of its arrival, and writes at once what they leave behind.
Devices are locked before anything else (``locks``).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from escalation.broker import outgoing
from escalation.casework import deskwork, finding, naming
from escalation.casework.deskwork import Birth
from escalation.intake import hearing, incoming, tombstones
from escalation.intake.doubts import Doubt
from escalation.intake.matters import NewCase, Withdrawal, judge
from escalation.keeping import locks, rows
from escalation.models import Case, Device, Intake, OutgoingMessage, Withdrawn
from wire import messages
from wire.messages import Outcome
from wire.sealing import Opened

Key = tuple[str, str]
"""Device and message id."""

_NOTED = (
    *("last_heard_at", "ledger_head", "heard_epoch", "heard_sequence", "missing"),
    *("missing_since", "heartbeat_at", "health_at", "call_me", "left_in_peace"),
    "told_desk_epoch",
)

HEALTH_WAITS = timedelta(hours=1)
"""How long health records may wait at home for a slot: their newest is that old at most."""


class Committing:
    """One transaction's worth of messages."""

    def __init__(self, opened: Sequence[Opened], now: datetime) -> None:
        """Lock the senders and read what is known; must run inside the transaction."""
        self._now = now
        senders = list({o.header.device for o in opened})
        keys = [(o.header.device, o.header.message_id) for o in opened]
        # Their keys have done their work by now, and are the largest part of the row.
        locked = locks.homes(senders).defer("public_keys")
        self._devices = {device.device_id: device for device in locked}
        self._called = {pk: device.call_me for pk, device in self._devices.items()}
        self._known: dict[Key, str] = {
            (device, message_id): outcome
            for device, message_id, outcome in rows.known(
                *(Intake, ("device_id", "message_id"), keys),
                *("device_id", "message_id", "outcome"),
            )
        }
        # The broker may deliver out of order: an owner who is back already is not called.
        self._back: set[Key] = set(
            Intake.objects.filter(
                device__in=senders, type="resolved", about__in=[about for _, about in keys]
            ).values_list("device_id", "about")
        )
        self._withdrawals = _withdrawals_of(senders)
        self._births: list[Birth] = []
        self._intakes: list[dict[str, Any]] = []
        self._acks: list[dict[str, Any]] = []

    def take(self, opened: Opened) -> Outcome | Doubt | None:
        """Let one message act; return what is answered, or ``None`` for a sign of life."""
        device = self._devices[opened.header.device]
        match opened.message:
            case messages.Heartbeat() as beat:
                return self._hear_heartbeat(device, opened, beat)
            case messages.Health() as health:
                self._hear_health(device, opened, health)
                return None
        key = (device.device_id, opened.header.message_id)
        if key in self._known:
            outcome = self._repeated(device, opened, self._known[key])
        else:
            outcome = self._act(device, opened)
            self._known[key] = outcome
            self._note_position(device, opened)
        return outcome

    def write(self) -> None:
        """Write what is left; the caller commits."""
        self._write_births()
        rows.insert(Intake, self._intakes)
        rows.insert(OutgoingMessage, self._acks)
        rows.update(Device, self._devices.values(), _NOTED)
        finding.keep_up(self._called, self._devices.values())

    # ------------------------------------------------------------------ what is new

    def _act(self, device: Device, opened: Opened) -> Outcome:
        header, message = opened.header, opened.message
        about = getattr(message, "alert_id", None) or ""
        match message:
            case messages.Alert() | messages.ServiceReport():
                outcome = self._judge(device, opened, message)
            case _:
                # It may speak of a case that is still to be written.
                self._write_births()
                outcome = incoming.act(device, opened, self._now)
                self._withdrawals |= _withdrawals_of([device.device_id])
                if isinstance(message, messages.Resolved):
                    self._back.add((device.device_id, about))
        self._intakes.append(
            {
                "device_id": device.device_id,
                "message_id": header.message_id,
                "type": header.type,
                "about": about,
                "epoch": header.epoch,
                "sequence": header.sequence,
                "envelope_sha256": opened.envelope_sha256,
                "outcome": outcome.value,
                "received_at": self._now,
            }
        )
        self._acknowledge(device, opened, outcome)
        return outcome

    def _judge(
        self,
        device: Device,
        opened: Opened,
        message: messages.Alert | messages.ServiceReport,
    ) -> Outcome:
        header = opened.header
        new = judge(
            message,
            position=(header.epoch, header.sequence),
            withdrawals=self._withdrawals.get(device.device_id, ()),
            now=self._now,
        )
        if new is None:
            return Outcome.REFUSED
        device.call_me = message.owner.call_me
        self._births.append(_birth(device, opened, new))
        return Outcome.ACCEPTED

    def _write_births(self) -> None:
        births, self._births = self._births, []
        numbers = deskwork.open_cases(births, self._now)
        for number, birth in zip(numbers, births, strict=True):
            if (birth.device.device_id, birth.alert_id) in self._back:
                deskwork.owner_resolved(Case.objects.get(pk=number), self._now)

    # -------------------------------------------------------------- what is repeated

    def _repeated(self, device: Device, opened: Opened, before: str) -> Outcome:
        """Answer again; a message of the past is no sign of life."""
        about = opened.header.message_id
        outcome = Outcome.REPEATED
        self._write_births()
        self._follow_newer(device, opened)
        if before in (Outcome.REFUSED, Outcome.CLOSED):
            outcome = Outcome(before)
        elif Case.objects.filter(device=device, alert_id=about, closed_at__isnull=False):
            outcome = Outcome.CLOSED
        waits = outgoing.already_waits(device, about, opened.envelope_sha256, "ack")
        if not waits and not any(
            (ack["about"], ack["about_sha256"]) == (about, opened.envelope_sha256)
            for ack in self._acks
        ):
            self._acknowledge(device, opened, outcome)
        return outcome

    def _follow_newer(self, device: Device, opened: Opened) -> None:
        """An alert that was written anew names whom its owner names now."""
        rows.insert(Intake, self._intakes)
        self._intakes.clear()
        if naming.is_newer(device, opened):
            self._note_position(device, opened)
            taken_back = self._withdrawals.get(device.device_id, ())
            naming.take_up(device, opened, taken_back, self._now)

    def _acknowledge(self, device: Device, opened: Opened, outcome: Outcome) -> None:
        head = getattr(opened.message, "ledger_head", None) or device.ledger_head
        ack = outgoing.acknowledgement(
            device,
            about=opened.header.message_id,
            epoch=opened.header.epoch,
            sha256=opened.envelope_sha256,
            outcome=outcome,
            ledger_head=head,
            now=self._now,
        )
        self._acks.append(ack)
        device.told_desk_epoch = self._desk_epoch

    # ---------------------------------------------------------------- signs of life

    @property
    def _desk_epoch(self) -> int:
        return outgoing.desk_epoch()

    def _hear_heartbeat(
        self, device: Device, opened: Opened, beat: messages.Heartbeat
    ) -> Doubt | None:
        newest = device.heartbeat_at
        if opened.header.epoch < device.heard_epoch or (newest and beat.sent_at < newest):
            return Doubt.REPLAYED
        if beat.sent_at == newest:
            return None  # The broker delivers it again.
        outgoing.confirmed(device, beat.received)
        # A clock that ran ahead must not make every later heartbeat look old.
        device.heartbeat_at = min(beat.sent_at, self._now)
        device.left_in_peace = False
        _alive(device, min(beat.sent_at, self._now))
        self._count(device, opened, beat.ledger_head)
        if device.told_desk_epoch not in (0, self._desk_epoch):
            self._acknowledge(device, opened, Outcome.ACCEPTED)
        return None

    def _hear_health(self, device: Device, opened: Opened, health: messages.Health) -> None:
        records = len(health.machine_scores)
        last = health.first_at + timedelta(seconds=health.every_s * max(records - 1, 0))
        if device.health_at is None or last > device.health_at:
            device.health_at = last
            device.left_in_peace = False
            _alive(device, min(last + HEALTH_WAITS, self._now))
            self._count(device, opened, health.ledger_head)

    def _note_position(self, device: Device, opened: Opened) -> None:
        position = (opened.header.epoch, opened.header.sequence)
        heard = hearing.heard_message(_hearing_of(device), position, self._now)
        newest = position >= (device.heard_epoch, device.heard_sequence)
        match opened.message:
            case messages.Withdrawal(withdrawn_at=at) | messages.Erase(asked_at=at):
                heard = hearing.excused(heard, position)
                if newest:
                    device.left_in_peace = incoming.ends_sending(opened.message)
                    device.heartbeat_at = max(device.heartbeat_at or at, at)
            case messages.GiveBack():
                pass  # Whoever asks what is known of them has not begun to send again.
            case _ if newest:
                device.left_in_peace = False
        _alive(device, self._now)
        _keep_hearing(device, heard)
        if newest:
            head = getattr(opened.message, "ledger_head", None)
            device.ledger_head = head or device.ledger_head

    def _count(self, device: Device, opened: Opened, ledger_head: str) -> None:
        position = (opened.header.epoch, opened.header.sequence)
        if position >= (device.heard_epoch, device.heard_sequence):
            device.ledger_head = ledger_head
        _keep_hearing(device, hearing.heard_count(_hearing_of(device), position, self._now))


def _birth(device: Device, opened: Opened, new: NewCase) -> Birth:
    header = opened.header
    return Birth(
        device=device,
        new=new,
        alert_id=header.message_id,
        position=(header.epoch, header.sequence),
        as_sent=opened.payload if new.message is opened.message else b"",
    )


def _alive(device: Device, at: datetime) -> None:
    device.last_heard_at = max(device.last_heard_at or at, at)


def _hearing_of(device: Device) -> hearing.Hearing:
    return hearing.Hearing(
        epoch=device.heard_epoch,
        highest=device.heard_sequence,
        holes=hearing.from_plain(device.missing),
    )


def _keep_hearing(device: Device, heard: hearing.Hearing) -> None:
    device.heard_epoch, device.heard_sequence = heard.epoch, heard.highest
    device.missing = hearing.to_plain(heard.holes)
    device.missing_since = heard.missing_since


def _withdrawals_of(devices: Sequence[str]) -> dict[str, tuple[Withdrawal, ...]]:
    found: dict[str, tuple[Withdrawal, ...]] = {}
    for row in Withdrawn.objects.filter(device__in=devices):
        one = Withdrawal(purpose=row.purpose, position=(row.epoch, row.sequence))
        found[row.device_id] = (*found.get(row.device_id, ()), one)
    for device, position in tombstones.positions(devices).items():
        erased = Withdrawal(purpose=None, position=position)
        found[device] = (*found.get(device, ()), erased)
    return found
