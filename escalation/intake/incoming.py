"""What a household's messages do at the desk, besides opening a case.

Each acts once: ``committing`` has looked whether it was here before. None of them reaches
another household, because every look-up goes through the device that signed.
"""

from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _

from escalation.broker import outgoing
from escalation.cases import UNDECIDED, Matter
from escalation.casework import deskwork, making_good, named_persons
from escalation.casework.deskwork import Birth
from escalation.guarding import objections
from escalation.intake import tombstones
from escalation.intake.matters import (
    NUDGE_PURPOSE,
    PURPOSE,
    TRUSTED_PERSON_PURPOSE,
    NewCase,
    Position,
)
from escalation.keeping import giving_back
from escalation.models import (
    Case,
    Device,
    OwnerWishes,
    Quarantine,
    Unheard,
    Withdrawn,
)
from escalation.notices import nudges
from wire import messages
from wire.facts import Verdict
from wire.messages import Message, Outcome
from wire.sealing import Opened
from wire.words import says_not_heard

HELP_LASTS = timedelta(days=3)
"""Asking for a call is consent for that one call, and not for one next week."""


def ends_sending(message: Message) -> bool:
    """Return whether nothing more may come from there, because the owner wishes so.

    A device under any other purpose sends its next heartbeat a moment later, and is then
    heard as before.
    """
    match message:
        case messages.Withdrawal(purposes=purposes):
            return not set(PURPOSE.values()).isdisjoint(purposes)
    return isinstance(message, messages.Erase)


def act(device: Device, opened: Opened, now: datetime) -> Outcome:
    """Do what the message asks for; return how it is answered."""
    match opened.message:
        case messages.Withdrawal() as message:
            _withdraw(device, opened, message, now)
        case messages.Resolved() as message:
            for case in Case.objects.filter(device=device, alert_id=message.alert_id):
                deskwork.owner_resolved(case, now, because=message.reason)
            nudges.call_off(device, message.alert_id, now)
        case messages.Reply() as message:
            _reply(device, opened, message, now)
        case messages.Felt(text=text, felt_at=at) as message:
            for case in Case.objects.filter(device=device, alert_id=message.alert_id):
                deskwork.note_reply(case, text, at, now, felt=True)
        case messages.Help() as message:
            return _help(device, opened, message, now)
        case messages.Erase():
            _erase(device, opened, now)
        case messages.GiveBack():
            giving_back.answer(device, opened.header.message_id, now)
        case messages.Nudge() as message:
            return nudges.accept(device, opened, message, now)
        case _:
            return Outcome.REFUSED
    return Outcome.ACCEPTED


def _reply(device: Device, opened: Opened, reply: messages.Reply, now: datetime) -> None:
    for case in Case.objects.filter(device=device, alert_id=reply.alert_id):
        deskwork.note_reply(case, reply.text, reply.replied_at, now, felt=False)
        objections.listen(case, reply.text, now)
        if says_not_heard(reply.text):
            making_good.not_heard(case, reply_id=opened.header.message_id, now=now)


def _position(opened: Opened) -> Position:
    return (opened.header.epoch, opened.header.sequence)


def _help(device: Device, opened: Opened, message: messages.Help, now: datetime) -> Outcome:
    known = Case.objects.filter(
        device=device,
        alert_id=message.alert_id or "",
        matter=Matter.CARE,
        state__in=UNDECIDED,
        # One whose consent ends in this second would take the call with it.
        consent_until__gt=now,
        payload__has_key="question",
    ).first()
    if known is not None:
        deskwork.asked_to_be_called(known, message, now)
        _say_it_has_arrived(device, opened, message, known, now)
        return Outcome.ACCEPTED
    until = message.asked_at + HELP_LASTS
    if now >= until:
        return Outcome.REFUSED
    device.call_me = message.owner.call_me
    new = NewCase(
        matter=Matter.CARE, message=message, consent_until=until, verdict=Verdict.UNKNOWN
    )
    birth = Birth(
        device=device, new=new, alert_id=opened.header.message_id, position=_position(opened)
    )
    (number,) = deskwork.open_cases([birth], now)
    _say_it_has_arrived(device, opened, message, Case.objects.get(pk=number), now)
    return Outcome.ACCEPTED


def _say_it_has_arrived(
    device: Device, opened: Opened, message: messages.Help, case: Case, now: datetime
) -> None:
    """Tell whoever called what happens now, and whom to call if it cannot wait."""
    with translation.override(message.owner.language):
        text = _(
            "Your call has arrived, and a person will read it. This desk is no emergency "
            "service: if you cannot wait, call 112."
        )
    note = messages.Note(alert_id=opened.header.message_id, sender="", text=text, sent_at=now)
    outgoing.queue(note, device=device, about=case.alert_id, case=case, now=now)


def _withdraw(
    device: Device, opened: Opened, message: messages.Withdrawal, now: datetime
) -> None:
    position = _position(opened)
    for purpose in message.purposes:
        note_withdrawn(device, purpose, position, message.withdrawn_at)
    tombstones.remember(device.device_id, message.purposes, position, message.withdrawn_at)
    take_back(device, frozenset(message.purposes), position, now)


def take_back(
    device: Device, purposes: frozenset[str], position: Position, now: datetime
) -> None:
    """Close and empty what was sent under ``purposes`` before ``position``."""
    if NUDGE_PURPOSE in purposes:
        nudges.forget(device)
    # Locked: what the owner takes back is taken back before whatever staff do next.
    for case in Case.objects.select_for_update().filter(device=device):
        if (case.epoch, case.sequence) > position:
            continue  # Sent under a consent that was given anew afterwards.
        if PURPOSE[Matter(case.matter)] in purposes:
            deskwork.withdraw(case, now)
        else:
            deskwork.forget_contact(case, purposes, now)
    if TRUSTED_PERSON_PURPOSE in purposes:
        named_persons.forget(device)
    if not Case.objects.filter(device=device, erased=False).exists():
        _forget_household(device)


def note_withdrawn(
    device: Device, purpose: str, position: Position, withdrawn_at: datetime
) -> None:
    """Remember that what was counted before ``position`` has no consent any more."""
    row = Withdrawn.objects.filter(device=device, purpose=purpose).first()
    if row is not None and (row.epoch, row.sequence) >= position:
        return
    Withdrawn.objects.update_or_create(
        device=device,
        purpose=purpose,
        defaults={
            "epoch": position[0],
            "sequence": position[1],
            "withdrawn_at": withdrawn_at,
        },
    )


def _erase(device: Device, opened: Opened, now: datetime) -> None:
    position = _position(opened)
    tombstones.remember(device.device_id, None, position, now)
    erased = forget(device, position, now)
    receipt = messages.Erased(cases=erased, erased_at=now)
    about = opened.header.message_id
    outgoing.queue(receipt, device=device, about=about, case=None, now=now)


def forget(device: Device, position: Position, now: datetime) -> int:
    """Erase all that was known of the household before ``position``; return how many cases.

    The device stays enrolled by its keys alone, so that its owner may begin anew.
    """
    tombstones.set_up(device.device_id, position, now)
    cases = [
        case
        for case in Case.objects.filter(device=device, erased=False)
        if (case.epoch, case.sequence) <= position
    ]
    for case in cases:
        deskwork.withdraw(case, now)
    nudges.forget(device)
    outgoing.drop_personal(device, now)
    Quarantine.objects.filter(device_id=device.device_id).delete()
    Unheard.objects.filter(device=device).delete()
    _forget_household(device)
    return len(cases)


def _forget_household(device: Device) -> None:
    """Drop what the desk knows beside the cases: name, wishes, whom the owner named."""
    device.call_me = ""
    named_persons.forget(device)
    OwnerWishes.objects.filter(device=device).delete()
