"""Consent as a record that others can read: ISO/IEC TS 27560:2023, in DPV 2.3 JSON-LD.

One record a purpose, made from the ledger at the moment it is asked for: what was agreed
to, under which notice, with whom, and every event since. The fields follow the mapping of
the Data Privacy Vocabularies community group; ``consent-record.schema.json`` says which of
them there must be. Pure: values in, plain JSON out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from uuid import UUID, uuid5

from agent import ledger
from agent.consents.consent_file import Purpose
from agent.consents.record_facts import FACTS, Facts
from agent.settings import Operator
from wire.schema import JSON, to_plain

SCHEMA_FILE = "consent-record.schema.json"
PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
NAMESPACE = UUID("5d3bb0a2-4f0d-4dd4-9d0a-6d5b0f1c2ab4")
"""For the identifiers of records that do not exist yet: a name in it never changes."""
SUBJECT = "urn:demitasse:household:"

CONTEXT: Mapping[str, JSON] = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "legal-eu": "https://w3id.org/dpv/legal/eu#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
}

RIGHTS: tuple[tuple[str, str, str], ...] = (
    ("eu-gdpr:A7-3", "withdraw", "demitasse consent withdraw PURPOSE"),
    ("eu-gdpr:A15", "see everything", "demitasse page, demitasse status"),
    ("eu-gdpr:A17", "have it erased", "demitasse forget"),
    ("eu-gdpr:A20", "take it away", "demitasse export FOLDER"),
    ("eu-gdpr:A22", "a human decides, and you may object", "demitasse page"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to one consent."""

    state: str
    """A ``dpv:ConsentStatus``; only the two that say "given" allow anything."""
    at: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All events of one purpose, and the last consent that was given, if ever."""

    given: ledger.ConsentGiven | None
    events: tuple[Event, ...]


def history(rows: Iterable[ledger.Row], purpose: Purpose, now: datetime) -> History:
    """Return what the ledger says of ``purpose``, as of ``now``."""
    given: ledger.ConsentGiven | None = None
    standing = False
    events: list[Event] = []
    for row in rows:
        match row.entry:
            case ledger.ConsentGiven() as entry if entry.purpose is purpose:
                renewed = given is not None
                given, standing = entry, True
                events.append(
                    Event(
                        state="dpv:RenewedConsentGiven" if renewed else "dpv:ConsentGiven",
                        at=datetime.fromisoformat(row.at),
                        valid_until=entry.valid_until,
                    )
                )
            case ledger.ConsentWithdrawn() as entry if entry.purpose is purpose:
                standing = False
                events.append(Event(state="dpv:ConsentWithdrawn", at=entry.withdrawn_at))
    if standing and given is not None and now >= given.valid_until:
        events.append(Event(state="dpv:ConsentExpired", at=given.valid_until))
    if not events:
        events.append(Event(state="dpv:ConsentUnknown", at=now))
    return History(given=given, events=tuple(events))


def record(
    purpose: Purpose, told: History, *, device: str, operator: Operator
) -> dict[str, JSON]:
    """Return the record of one purpose."""
    facts = FACTS[purpose]
    identifier = (
        str(UUID(told.given.record_id))
        if told.given
        else str(uuid5(NAMESPACE, f"{device} {purpose}"))
    )
    return {
        "@context": dict(CONTEXT),
        "@id": f"urn:uuid:{identifier}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": PROFILE,
        "dct:hasVersion": "ISO/IEC TS 27560:2023",
        "dct:identifier": identifier,
        "dpv:hasDataSubject": {
            "@id": f"{SUBJECT}{device}",
            "@type": "dpv:DataSubject",
            "dct:identifier": device,
        },
        "dpv:hasJurisdiction": f"loc:{operator.country}",
        "dpv:hasApplicableLaw": "legal-eu:law-GDPR",
        "dpv:hasLegalBasis": facts.basis,
        "dpv:hasNotice": _notice(told),
        "dpv:hasProcess": _process(purpose, facts, operator),
        "dpv:hasEntity": _entities(device, operator),
        "dpv:hasConsentStatus": [_event(event, device) for event in told.events],
    }


def schema_text() -> str:
    """Return the JSON Schema of these records, as it is shipped."""
    return files("agent.consents").joinpath(SCHEMA_FILE).read_text(encoding="utf-8")


def _notice(told: History) -> JSON:
    if told.given is None:
        return {"@type": "dpv:ConsentNotice", "dct:identifier": "none", "dct:language": "zxx"}
    return {
        "@type": "dpv:ConsentNotice",
        "dct:identifier": told.given.notice_id,
        "dct:language": told.given.language,
        "schema:sha256": told.given.notice_sha256,
    }


def _process(purpose: Purpose, facts: Facts, operator: Operator) -> JSON:
    kinds: list[JSON] = [
        {
            "@type": [term, "dpv:SpecialCategoryPersonalData"] if facts.special else [term],
            "dct:title": words,
            "dpv:hasNecessity": "dpv:Required",
            "dpv:hasDataSource": "dpv:DataSubject",
        }
        for term, words in facts.data
    ]
    return {
        "@type": "dpv:Process",
        "dct:title": facts.title,
        "dct:identifier": str(purpose),
        "dpv:hasPurpose": facts.purpose,
        "dpv:hasPersonalData": kinds,
        "dpv:hasProcessing": [*facts.processing],
        "dpv:hasAutomationLevel": "dpv:Autonomous"
        if purpose is Purpose.LEARN_ROUTINE
        else "dpv:AssistiveAutomation",
        "dpv:hasHumanInvolvement": "dpv:HumanInvolvementForDecision",
        "dpv:hasLocation": facts.location,
        "dpv:hasRule": "no transfer outside the country of the jurisdiction by this device",
        "dpv:hasRecipient": [*facts.recipients],
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": facts.location},
            {
                "@type": "dpv:StorageDuration",
                "dpv:hasDuration": facts.retention,
                "dct:description": facts.retention_words,
            },
        ],
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": f"consent.toml [{purpose}] on = false, or demitasse page",
        },
        "dpv:hasRight": [
            {
                "@type": ["dpv:DataSubjectRight", article],
                "dct:title": words,
                "dpv:isExercisedAt": where,
            }
            for article, words, where in RIGHTS
        ],
        "dpv:hasAuthority": operator.authority,
    }


def _entities(device: str, operator: Operator) -> list[JSON]:
    return [
        {
            "@id": "urn:demitasse:operator",
            "@type": ["dpv:Organisation", "dpv:DataController"],
            "dpv:hasIdentifier": "urn:demitasse:operator",
            "dpv:hasName": operator.name,
            "dpv:hasAddress": operator.address,
            "dpv:hasContact": operator.contact,
        },
        {
            "@id": f"{SUBJECT}{device}",
            "@type": ["dpv:DataSubject"],
            "dpv:hasIdentifier": f"{SUBJECT}{device}",
            "dpv:hasName": "the owner of the device",
            "dpv:hasAddress": "the household of the device",
            "dpv:hasContact": "consent.toml [me] contact",
        },
    ]


def _event(event: Event, device: str) -> JSON:
    until: JSON = (
        {"@type": "dpv:UntilTimeDuration", "rdf:value": to_plain(event.valid_until)}
        if event.valid_until
        else {"@type": "dpv:UntilEventDuration", "rdf:value": "until consent is given anew"}
    )
    return {
        "@type": [event.state, "dpv:ExplicitlyExpressedConsent"],
        "dpv:isIndicatedAtTime": to_plain(event.at),
        "dpv:isIndicatedBy": f"{SUBJECT}{device}",
        "dpv:hasIndicationMethod": "switch and notice id in consent.toml",
        "dpv:hasDuration": until,
    }
