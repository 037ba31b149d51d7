"""Tells a device, signed, how its note to the owner ended, and forgets the address.

``closed``: the owner's channel has taken it. ``refused``: it cannot be delivered. Both go in
the transaction that ends the note, and a device that sends its note again hears the same.
"""

from datetime import datetime

from escalation.broker import outgoing
from escalation.keeping import rows
from escalation.models import Intake, OutgoingMessage
from escalation.notices.models import Nudge
from wire.messages import Outcome


def tell_device(number: int, *, delivered: bool, now: datetime) -> None:
    """Answer the note of this number and forget where it went."""
    nudge = Nudge.objects.select_related("device").get(pk=number)
    outcome = Outcome.CLOSED if delivered else Outcome.REFUSED
    Nudge.objects.filter(pk=number).update(sealed_to=b"")
    Intake.objects.filter(device=nudge.device_id, message_id=nudge.message_id).update(
        outcome=outcome
    )
    row = outgoing.acknowledgement(
        nudge.device,
        about=nudge.message_id,
        epoch=nudge.epoch,
        sha256=nudge.envelope_sha256,
        outcome=outcome,
        ledger_head=nudge.device.ledger_head,
        now=now,
    )
    rows.insert(OutgoingMessage, [row])
