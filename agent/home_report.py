"""``demitasse status``: what this device knows, in a glance, in the owner's language."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from agent import memory, outbox
from agent.assembly import store_file
from agent.concerns import Concern, State
from agent.consent_file import ConsentFile, Unreadable, budget_of, read_consent_file
from agent.routine import Routine
from agent.settings import AgentSettings
from agent.store import Store
from wire.messages import Access, Decision, Language
from wire.schema import JSON, to_plain
from wire.words import describe_change, describe_choice, typeset

_TEXTS = {
    Language.EN: {
        "brew": "last coffee: {at}",
        "no_brew": "no coffee seen yet",
        "learning": "still learning what is usual here",
        "learned": "knows what is usual here",
        "waiting": "waiting to be sent: {n}",
        "concern": "{text} ({state})",
        "decision": "{text} {reason}",
        "message": "{reviewer} writes: “{message}”",
        "access": "{reviewer} looked on {at}",
    },
    Language.FR: {
        "brew": "dernier café : {at}",
        "no_brew": "aucun café vu pour l’instant",
        "learning": "apprend encore ce qui est habituel ici",
        "learned": "sait ce qui est habituel ici",
        "waiting": "en attente d’envoi : {n}",
        "concern": "{text} ({state})",
        "decision": "{text} {reason}",
        "message": "{reviewer} vous écrit : « {message} »",
        "access": "{reviewer} a regardé le {at}",
    },
}

_STATES = {
    Language.EN: {
        State.NOTICED: "noticed, nobody has been told",
        State.ASKED: "you are being asked",
        State.ALERTED: "an alert is on its way",
        State.ACKNOWLEDGED: "a person has it",
        State.MACHINE: "it was the machine",
        State.ANSWERED: "you have answered",
        State.RETURNED: "it has passed by itself",
        State.KEPT_HOME: "kept at home",
        State.REFUSED: "not taken: consent had ended",
        State.DECIDED: "a person has decided",
    },
    Language.FR: {
        State.NOTICED: "remarqué, personne n’a été prévenu",
        State.ASKED: "la question vous est posée",
        State.ALERTED: "une alerte est en route",
        State.ACKNOWLEDGED: "une personne l’a reçue",
        State.MACHINE: "c’était la machine",
        State.ANSWERED: "vous avez répondu",
        State.RETURNED: "c’est passé tout seul",
        State.KEPT_HOME: "gardé à la maison",
        State.REFUSED: "non reçue : le consentement avait pris fin",
        State.DECIDED: "une personne a décidé",
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
    store = Store(store_file(settings), mend=False)
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
        *(line for m in came_back[:10] for line in _received_lines(m, zone, language)),
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
    state = typeset(_STATES[language][concern.state], language)
    return _TEXTS[language]["concern"].format(text=text, state=state)


def _received_lines(
    message: Decision | Access, zone: ZoneInfo, language: Language
) -> Iterator[str]:
    texts, name = _TEXTS[language], message.reviewer
    if isinstance(message, Access):
        at = f"{message.looked_at.astimezone(zone):%Y-%m-%d %H:%M}"
        yield texts["access"].format(reviewer=name, at=at)
        return
    text = describe_choice(message.choice, name, language)
    yield texts["decision"].format(text=text, reason=message.reason)
    if message.message:
        said = texts["message"].format(reviewer=name, message=message.message)
        yield typeset(said, language)
