"""What a consent record says of each purpose: which data, where, how long, for whom.

The words of the Data Privacy Vocabulary (DPV 2.3) for what the notices say in ordinary
ones. Whoever changes what a purpose means changes both.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.consents.consent_file import Purpose

HERE, DESK = "the device in the household", "the desk and this device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One purpose in the words of the vocabulary."""

    title: str
    purpose: str
    basis: str
    data: tuple[tuple[str, str], ...]
    """DPV term and plain words."""
    special: bool
    """Whether it may reveal health, so that GDPR article 9 applies."""
    processing: tuple[str, ...]
    location: str
    recipients: tuple[str, ...]
    retention: str
    retention_words: str


_EXPLICIT = "eu-gdpr:A9-2-a"
_ORDINARY = "eu-gdpr:A6-1-a"
_CASE = "until the case is erased, or the withdrawal"

FACTS: Mapping[Purpose, Facts] = {
    Purpose.LEARN_ROUTINE: Facts(
        title="Learn at home what is usual here",
        purpose="dpv:ServicePersonalisation",
        basis=_EXPLICIT,
        data=(("pd:Behavioral", "time and water of each coffee; what follows from them"),),
        special=True,
        processing=("dpv:Collect", "dpv:Store", "dpv:Analyse", "dpv:Profiling"),
        location=HERE,
        recipients=(),
        retention="P400D",
        retention_words="400 days on the device",
    ),
    Purpose.DEVICE_HEALTH: Facts(
        title="Tell a technician when the machine is faulty",
        purpose="dpv:RepairImpairments",
        basis=_ORDINARY,
        data=(
            ("pd:Name", "the name the owner chose, and the language"),
            ("pd:DeviceBased", "which check failed and by how much; model and firmware"),
        ),
        special=False,
        processing=("dpv:Collect", "dpv:Transmit", "dpv:Consult"),
        location=DESK,
        recipients=("technicians of the desk",),
        retention="P400D",
        retention_words=_CASE,
    ),
    Purpose.CARE_ALERT: Facts(
        title="Tell a trained person when the routine changes and nobody answers",
        purpose="dpv:PersonalisedBenefits",
        basis=_EXPLICIT,
        data=(
            ("pd:Name", "the name the owner chose, and the language"),
            ("pd:Behavioral", "what changed, since when, and what is usual"),
        ),
        special=True,
        processing=("dpv:Transmit", "dpv:Consult", "dpv:Store"),
        location=DESK,
        recipients=("reviewers with a care skill",),
        retention="P400D",
        retention_words=_CASE,
    ),
    Purpose.CONTACT_ME: Facts(
        title="The owner may be called or written to",
        purpose="dpv:CommunicationManagement",
        basis=_ORDINARY,
        data=(
            ("pd:Contact", "the one line the owner wrote"),
            ("pd:Preference", "the hours in which they want no call"),
        ),
        special=False,
        processing=("dpv:Transmit", "dpv:Use"),
        location=DESK,
        recipients=("whoever takes the case at the desk",),
        retention="P400D",
        retention_words=_CASE,
    ),
    Purpose.NUDGE_ME: Facts(
        title="A note without content finds the owner who is out",
        purpose="dpv:CommunicationManagement",
        basis=_ORDINARY,
        data=(("pd:Contact", "the owner’s own phone or e-mail address"),),
        special=False,
        processing=("dpv:Transmit", "dpv:Use"),
        location=DESK,
        recipients=("the desk’s computer", "the owner’s own phone or mail provider"),
        retention="P1D",
        retention_words="until the note is sent",
    ),
    Purpose.CONTACT_TRUSTED_PERSON: Facts(
        title="A person at the desk may call somebody the owner trusts",
        purpose="dpv:CommunicationManagement",
        basis=_EXPLICIT,
        data=(("pd:Contact", "name, relation and number of the person the owner named"),),
        special=True,
        processing=("dpv:Transmit", "dpv:Use"),
        location=DESK,
        recipients=("the reviewer who takes the case", "the person the owner named"),
        retention="P400D",
        retention_words=_CASE,
    ),
}
