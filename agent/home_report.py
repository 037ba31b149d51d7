"""``demitasse status``: what this device knows, in a glance, in the owner's language."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from agent import memory, outbox
from agent.assembly import store_file
from agent.concerns import Concern
from agent.consent_file import ConsentFile, Unreadable, budget_of, read_consent_file
from agent.routine import Routine
from agent.settings import AgentSettings
from agent.store import Store
from wire.messages import Access, Decision, Language
from wire.schema import JSON, to_plain
from wire.words import describe_change, describe_choice

_TEXTS = {
    Language.EN: {
        "brew": "last coffee: {at}",
        "no_brew": "no coffee seen yet",
        "learning": "still learning what is usual here",
        "learned": "knows what is usual here",
        "waiting": "waiting to be sent: {n}",
        "concern": "{text} ({state})",
        "decision": "{reviewer}: {text} “{reason}”",
        "access": "{reviewer} looked on {at}",
    },
    Language.FR: {
        "brew": "dernier café : {at}",
        "no_brew": "aucun café vu pour l’instant",
        "learning": "apprend encore ce qui est habituel ici",
        "learned": "sait ce qui est habituel ici",
        "waiting": "en attente d’envoi : {n}",
        "concern": "{text} ({state})",
        "decision": "{reviewer} : {text} « {reason} »",
        "access": "{reviewer} a regardé le {at}",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeReport:
    """The glance, as values and as lines."""

    plain: dict[str, JSON]
    lines: tuple[str, ...]


def report(settings: AgentSettings) -> HomeReport:
    """Read the store of ``settings`` and report what is in it."""
    file = read_consent_file(settings.consent_file)
    store = Store(store_file(settings))
    try:
        return _report(store, settings.timezone, file)
    finally:
        store.close()


def _report(store: Store, timezone: str, file: ConsentFile | Unreadable) -> HomeReport:
    language = file.language if isinstance(file, ConsentFile) else Language.EN
    db, zone, texts = store.reading(), ZoneInfo(timezone), _TEXTS[language]
    last = next(iter(memory.last_brews(db, 1)), None)
    scores = _scores(memory.meta(db, "routine"), timezone, budget_of(file))
    concerns = memory.concerns(db)
    came_back = list(memory.received(db))
    waiting = len(outbox.waiting(db))
    lines = [
        texts["brew"].format(at=f"{last[0].astimezone(zone):%Y-%m-%d %H:%M}")
        if last
        else texts["no_brew"],
        texts["learning"] if scores is None else texts["learned"],
        texts["waiting"].format(n=waiting),
        *(_concern_line(concern, language) for concern in concerns[:5]),
        *(_received_line(message, zone, language) for message in came_back[:10]),
    ]
    plain: dict[str, JSON] = {
        "last_brew_at": to_plain(last[0]) if last else None,
        "learning": scores is None,
        "scores": scores or {},
        "waiting": waiting,
        "concerns": [to_plain(concern) for concern in concerns],
        "received": [to_plain(message) for message in came_back],
    }
    return HomeReport(plain=plain, lines=tuple(lines))


def _scores(state: object, timezone: str, budget_per_year: float) -> dict[str, JSON] | None:
    """Return the scores, or ``None`` while the routine is being learned."""
    if not isinstance(state, dict):
        return None
    routine = Routine.from_json(state, timezone=timezone, budget_per_year=budget_per_year)
    now = datetime.now(UTC)
    if routine.learning(now):
        return None
    return {str(kind): score for kind, score in routine.scores(now).items()}


def _concern_line(concern: Concern, language: Language) -> str:
    text = describe_change(concern.change, language)
    return _TEXTS[language]["concern"].format(text=text, state=concern.state)


def _received_line(message: Decision | Access, zone: ZoneInfo, language: Language) -> str:
    texts = _TEXTS[language]
    if isinstance(message, Decision):
        text = describe_choice(message.choice, message.reviewer, language)
        return texts["decision"].format(
            reviewer=message.reviewer, text=text, reason=message.reason
        )
    at = f"{message.looked_at.astimezone(zone):%Y-%m-%d %H:%M}"
    return texts["access"].format(reviewer=message.reviewer, at=at)
