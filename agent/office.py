"""What every matter of a household passes through on its way to somebody else."""

from dataclasses import dataclass

from agent.consents.consent_keeper import ConsentKeeper
from agent.delivery.letters import Letters
from agent.delivery.mailroom import Mailroom
from agent.journal import Journal
from agent.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What is known, what is allowed, how it is written, how it leaves, and who is told."""

    store: Store
    consent: ConsentKeeper
    letters: Letters
    mailroom: Mailroom
    tell: Journal
