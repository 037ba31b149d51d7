"""A case as the words of a page: what the templates show, and nothing else of it.

Sentences about the household and the machine come from ``wire.words``, so that staff read
what the owner was asked; the words around them are translated by gettext. A device id is
in ``TechnicalSheet`` alone, which a service page folds away for technicians.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from escalation.cases import Event, Matter, State
from escalation.casework.acts import choices_of, message_of
from escalation.casework.cohorts import Cohort
from escalation.console import clock_words
from escalation.guarding.objections import RESOLVED_BECAUSE
from escalation.intake.hearing import UnheardKind
from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import Case, OwnerReply, PracticeAnswer, Staff, Unheard
from wire import words
from wire.facts import DeviceCheck, RoutineKind, Verdict
from wire.messages import Alert, Asked, Choice, Help, Language, Question, ServiceReport

PURPOSES = {
    "learn_routine": gettext_lazy(
        "The device may learn this household’s own routine, at home."
    ),
    "device_health": gettext_lazy("The desk may hear of a fault of the machine."),
    "care_alert": gettext_lazy("The desk may hear when the routine breaks."),
    "contact_me": gettext_lazy("The desk may get in touch."),
    "nudge_me": gettext_lazy("The device may send a small sign to the owner’s own telephone."),
    "contact_trusted_person": gettext_lazy("The desk may speak with a person the owner named."),
}

CHANNELS = {
    "page": gettext_lazy("on the page at home"),
    "light": gettext_lazy("by the light and the button"),
    "light_and_button": gettext_lazy("by the light and the button"),
    "nudge": gettext_lazy("by a sign to their own telephone"),
}

CHOICE_LABELS = {
    Choice.CALL: gettext_lazy("Call"),
    Choice.WRITE: gettext_lazy("Write"),
    Choice.LEAVE_IN_PEACE: gettext_lazy("Leave in peace"),
    Choice.REPAIR: gettext_lazy("Repair"),
    Choice.MAINTAIN: gettext_lazy("Maintain"),
}

CHOICE_HELP = {
    Choice.CALL: gettext_lazy("You will call, and say who you are and why."),
    Choice.WRITE: gettext_lazy("Your message waits on the page at home, for an answer."),
    Choice.LEAVE_IN_PEACE: gettext_lazy(
        "Nothing kind and useful to do now. That is an answer."
    ),
    Choice.REPAIR: gettext_lazy("A technician takes care of the machine."),
    Choice.MAINTAIN: gettext_lazy("The owner can do it: say how, in simple steps."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case in the list."""

    number: int
    call_me: str
    matter: str
    title: str
    summary: str
    since: str
    waited: str
    holder: str
    until: str
    outcome: str
    has_reply: bool
    unstaffed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """One sentence of the machine check."""

    verdict: str
    mark: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicalSheet:
    """What a technician can unfold."""

    device: str
    model: str
    firmware: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSheet:
    """A case on its own page, in the order in which it is read."""

    number: int
    call_me: str
    speaks: str
    since: str
    waited: str
    verdict: str
    verdict_sentence: str
    checked: str
    evidence: tuple[EvidenceLine, ...]
    not_heard: str
    called: str
    change_title: str
    change: str
    asked: str
    purposes: tuple[str, ...]
    consent_until: str
    contact: str | None
    technical: TechnicalSheet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionSheet:
    """What was decided, as the page shows it afterwards."""

    label: str
    told_owner: str
    reason: str
    message: str
    by: str
    at: str
    gone_home: bool
    replies: tuple[OwnerReply, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeSheet:
    """What somebody would have done about an invented household."""

    label: str
    reason: str
    message: str
    on: str


def practised(answer: PracticeAnswer | None) -> PracticeSheet | None:
    """Return the answer as a page shows it."""
    if answer is None:
        return None
    return PracticeSheet(
        label=str(CHOICE_LABELS[Choice(answer.choice)]),
        reason=answer.reason,
        message=answer.message,
        on=clock_words.day(answer.answered_at),
    )


def cohort(which: Cohort) -> str:
    """Return in a few words which machines are meant, and what they report."""
    batch = which.batch and _("batch %(batch)s") % {"batch": which.batch}
    machines = " · ".join(part for part in (which.model, which.firmware, batch) if part)
    return f"{machines or _('All machines')} · {_noticed(which.noticed)}"


def _noticed(noticed: str) -> str:
    if noticed in set(RoutineKind):
        return words.kind_title(RoutineKind(noticed), language())
    return _("whatever they report")


def language() -> Language:
    """Return the language that is active, as ``wire.words`` names it."""
    return Language((get_language() or "en")[:2])


def line_of(case: Case, now: datetime) -> CaseLine:
    """Return ``case`` as a line of the list."""
    title, summary = _headline(case)
    return CaseLine(
        number=case.pk,
        call_me=case.call_me,
        matter=case.matter,
        title=title,
        summary=summary,
        since=clock_words.moment(case.opened_at, now),
        waited=clock_words.span(case.opened_at, now),
        holder=case.holder.first_name if case.holder and case.held_at(now) else "",
        until=clock_words.moment(case.lease_until, now) if case.lease_until else "",
        outcome=outcome_of(case),
        has_reply=bool(case.replies.all()),
        unstaffed=case.state == State.UNSTAFFED,
    )


def outcome_of(case: Case) -> str:
    """Return in a few words how the case ended, or nothing while it has not."""
    if case.choice and case.decided_by:
        label = CHOICE_LABELS[Choice(case.choice)]
        return f"{label} · {case.decided_by.first_name}"
    if case.resolved_because == RESOLVED_BECAUSE:
        return _("The owner objected")
    endings = {
        Event.OWNER_RESOLVE: _("The owner is back"),
        Event.WITHDRAW: _("Consent taken back"),
        Event.CONSENT_END: _("The consent has ended"),
    }
    return endings.get(Event(case.closed_by_event), "") if case.closed_by_event else ""


def sheet_of(case: Case, staff: Staff, now: datetime) -> CaseSheet:
    """Return ``case`` as its page shows it to ``staff``."""
    message, lang = message_of(case), language()
    alert = message if isinstance(message, Alert) else None
    # Whoever asks for a call is called: there is no check to read first.
    check = None if isinstance(message, Help) else message.device_check
    purposes = () if isinstance(message, Help) else message.consent.purposes
    return CaseSheet(
        number=case.pk,
        call_me=case.call_me,
        speaks=_("Speaks French") if case.owner_language == "fr" else _("Speaks English"),
        since=clock_words.moment(case.opened_at, now),
        waited=clock_words.span(case.opened_at, now),
        verdict=check.verdict if check else "",
        # Without its lines, the check is told as the verdict alone: they follow in full.
        verdict_sentence=words.describe_check(replace(check, evidence=()), lang)
        if check
        else "",
        checked=clock_words.moment(check.checked_at, now) if check else "",
        evidence=_evidence(check, lang) if check else (),
        not_heard=_not_heard(case, now),
        called=_called(message, now),
        change_title=words.kind_title(alert.change.kind, lang) if alert else "",
        change=words.describe_change(alert.change, lang) if alert else "",
        asked=_asked(alert.question, case.call_me, now) if alert else "",
        purposes=tuple(_purpose(name) for name in purposes),
        consent_until=clock_words.day(case.consent_until),
        contact=_contact(case, message, staff, now),
        technical=_technical(case, message),
    )


def decision_of(case: Case, now: datetime) -> DecisionSheet | None:
    """Return the decision on ``case``, or ``None`` while there is none."""
    if not (case.choice and case.decided_by and case.decided_at):
        return None
    choice, by = Choice(case.choice), case.decided_by.first_name
    return DecisionSheet(
        label=str(CHOICE_LABELS[choice]),
        told_owner=words.describe_choice(choice, by, Language(case.owner_language)),
        reason=case.reason,
        message=case.message,
        by=by,
        at=clock_words.moment(case.decided_at, now),
        gone_home=case.state == State.CLOSED and case.closed_by_event == Event.SENT_HOME,
        replies=tuple(case.replies.all()),
    )


def choices_for_form(case: Case) -> list[tuple[str, str]]:
    """Return value and label of each decision that the case allows."""
    return [(choice.value, str(CHOICE_LABELS[choice])) for choice in choices_of(case)]


def _headline(case: Case) -> tuple[str, str]:
    if case.erased:
        return "", ""
    message, lang = message_of(case), language()
    if isinstance(message, Help):
        return _("A call"), _asked_to_be_called(case.call_me)
    if isinstance(message, Alert):
        return (
            words.kind_title(message.change.kind, lang),
            words.describe_change(message.change, lang),
        )
    return _("The machine"), words.describe_check(message.device_check, lang)


def _evidence(check: DeviceCheck, lang: Language) -> tuple[EvidenceLine, ...]:
    """Return every line, what is wrong first."""
    marks = {Verdict.FAULTY: "!", Verdict.UNKNOWN: "?", Verdict.SOUND: "✓"}
    worst_first = sorted(check.evidence, key=lambda line: list(marks).index(line.verdict))
    return tuple(
        EvidenceLine(
            verdict=line.verdict,
            mark=marks[line.verdict],
            sentence=words.describe_evidence(line, lang),
        )
        for line in worst_first
    )


def _asked(question: Question, call_me: str, now: datetime) -> str:
    match question.outcome:
        case Asked.OWNER_CALLED:
            return _asked_to_be_called(call_me)
        case Asked.OWNER_NOT_ASKED:
            return _("The question could not be put at home: asking is your first step.")
        case Asked.NO_ANSWER:
            hours = max(1, round(question.waited_h))
            return " ".join(
                (
                    _("Asked %(channels)s (%(when)s).")
                    % {
                        "channels": ", ".join(map(_channel, question.channels)) or _("at home"),
                        "when": clock_words.moment(question.asked_at or now, now),
                    },
                    ngettext(
                        "No answer for %(hours)d waking hour.",
                        "No answer for %(hours)d waking hours.",
                        hours,
                    )
                    % {"hours": hours},
                )
            )


def _asked_to_be_called(call_me: str) -> str:
    return _("%(name)s asked to be called.") % {"name": call_me}


def _called(message: Alert | ServiceReport | Help, now: datetime) -> str:
    return clock_words.moment(message.asked_at, now) if isinstance(message, Help) else ""


def _not_heard(case: Case, now: datetime) -> str:
    """Return since when the machine is not heard, if it is not."""
    silent = _SILENT.fetch(home=case.device_id)
    return clock_words.moment(silent[0].since, now) if silent else ""


_SILENT = PreparedQuery(
    lambda: Unheard.objects.filter(
        device=Given("home"), ended_at=None, kind=UnheardKind.SILENT
    ),
    keeps_plan=True,
)


def _channel(name: str) -> str:
    return str(CHANNELS.get(name, name.replace("_", " ")))


def _purpose(name: str) -> str:
    return str(PURPOSES.get(name, name.replace("_", " ")))


def _contact(
    case: Case, message: Alert | ServiceReport | Help, staff: Staff, now: datetime
) -> str | None:
    # How to reach a person is for whoever has taken the case, not for whoever looks.
    holds = case.held_at(now) and case.holder_id == staff.pk
    return message.owner.contact if holds else None


def _technical(case: Case, message: Alert | ServiceReport | Help) -> TechnicalSheet | None:
    if case.matter != Matter.SERVICE:
        return None
    return TechnicalSheet(
        device=case.device_id,
        model=message.machine.model,
        firmware=message.machine.firmware or "",
    )
