"""What the desk has told a household, opened as its device opens it."""

from escalation.models import OutgoingMessage
from tests.escalation.household import Household
from wire.messages import Note


def notes(home: Household) -> list[Note]:
    """Return the words that this household was sent, in their order."""
    rows = OutgoingMessage.objects.filter(type="message", device_id=home.device_id)
    found = [home.open(bytes(row.envelope)).message for row in rows.order_by("pk")]
    return [message for message in found if isinstance(message, Note)]
