"""Takes up whom an owner names while their case is open: the alert comes again, written anew.

A device that has sent an alert writes it anew, under the same id and further on in its count,
when its owner names somebody else, or has other quiet hours. Of that only whom to reach, and
when not to call, is taken over; all else stays as it was said first. An older version changes
nothing, whenever it arrives, and neither does one whose consent was taken back at a later
point. What was being asked of somebody else ends.
"""

from collections.abc import Iterable
from datetime import datetime

from escalation.cases import ASKING, UNDECIDED, Event, Matter
from escalation.casework.moves import apply, write_down
from escalation.intake.matters import TRUSTED_PERSON_PURPOSE, Withdrawal, judge
from escalation.models import Case, Device, Intake
from wire import schema
from wire.messages import Alert
from wire.sealing import Opened


def is_newer(device: Device, opened: Opened) -> bool:
    """Return whether this version of a message is the newest, and remember it if it is."""
    header = opened.header
    known = Intake.objects.filter(device=device, message_id=header.message_id).first()
    if known is None or (known.epoch, known.sequence) >= (header.epoch, header.sequence):
        return False
    # The device keeps this envelope now: that the case is closed is said of this one.
    Intake.objects.filter(pk=known.pk).update(
        epoch=header.epoch, sequence=header.sequence, envelope_sha256=opened.envelope_sha256
    )
    return True


def take_up(
    device: Device, opened: Opened, withdrawals: Iterable[Withdrawal], now: datetime
) -> None:
    """Let the open case of this alert name whom its newest version names."""
    alert, header = opened.message, opened.header
    if not isinstance(alert, Alert):
        return
    position = (header.epoch, header.sequence)
    new = judge(alert, position=position, withdrawals=withdrawals, now=now)
    open_cases = Case.objects.select_for_update().filter(
        device=device,
        alert_id=header.message_id,
        matter=Matter.CARE,
        state__in=UNDECIDED,
        erased=False,
    )
    if new is None or not isinstance(new.message, Alert):
        return
    for case in open_cases:
        _name(case, new.message, now)
    _note_quiet_hours(device, new.message)


def _note_quiet_hours(device: Device, alert: Alert) -> None:
    """Let every case of this home that has a contact have these hours beside it."""
    quiet = schema.to_plain(alert.owner.quiet)
    for case in Case.objects.filter(device=device, erased=False, payload__has_key="consent"):
        owner = case.payload["owner"]
        if owner["contact"] is not None and owner.get("quiet") != quiet:
            owner["quiet"] = quiet
            Case.objects.filter(pk=case.pk).update(payload=case.payload)


def _name(case: Case, alert: Alert, now: datetime) -> None:
    owner, consent = case.payload["owner"], case.payload["consent"]
    purposes = [one for one in consent["purposes"] if one != TRUSTED_PERSON_PURPOSE]
    if TRUSTED_PERSON_PURPOSE in alert.consent.purposes:
        purposes.append(TRUSTED_PERSON_PURPOSE)
    named = {
        "trusted_person": schema.to_plain(alert.owner.trusted_person),
        "call_order": list(alert.owner.call_order),
    }
    if set(purposes) == set(consent["purposes"]) and named.items() <= owner.items():
        return
    if case.state in ASKING and named["trusted_person"] != owner["trusted_person"]:
        apply(case, Event.PERSON_END, now=now)
    owner |= named
    consent["purposes"] = purposes
    Case.objects.filter(pk=case.pk).update(payload=case.payload)
    write_down(case, Event.NAMED, now=now, from_state=case.state)
