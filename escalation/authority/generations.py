"""Which generation of the desk's keys a device has pinned, as far as the desk knows.

The desk signs with the newest keys that the device is known to have. It is known by the
keys to which the device's own genuine envelopes are sealed, and by nothing else.
"""

from escalation import desk
from escalation.authority.models import Enrolment
from escalation.models import Device
from wire.keys import DeskKeys


def signing_keys(device: Device) -> DeskKeys:
    """Return the keys whose signature this device believes."""
    identity = desk.identity()
    if not identity.previous:
        return identity.keys
    known = Enrolment.objects.filter(pk=device.pk).values_list("desk_serial", flat=True).first()
    return identity.generation(identity.serial if known is None else known)


def note_known(device_id: str, serial: int) -> None:
    """Remember that a genuine envelope of this device was sealed to generation ``serial``."""
    Enrolment.objects.filter(pk=device_id, desk_serial__lt=serial).update(desk_serial=serial)
