"""What ``demitasse status`` and ``demitasse answer`` say, in English and in French.

Plain tables: facts for the owner, kind and short. French spaces are ordinary here;
``wire.words`` sets them.
"""

from collections.abc import Mapping
from enum import StrEnum

from agent.asking.answers import Answer
from agent.asking.concerns import State
from agent.learning.judge import HeldBackReason
from wire.messages import Language

EN, FR = Language.EN, Language.FR


class Say(StrEnum):
    """One sentence, or a heading."""

    NOT_STARTED = "not_started"
    STAYS_QUIET = "stays_quiet"
    BEGINS_AGAIN = "begins_again"
    WAS_NOT_QUIET = "was_not_quiet"
    ALL_OFF = "all_off"
    HOW_TO_ALLOW = "how_to_allow"
    NOT_LEARNING = "not_learning"
    BREW = "brew"
    NO_BREW = "no_brew"
    MACHINE_AT = "machine_at"
    MACHINE_UNCHECKED = "machine_unchecked"
    MACHINE_SCORE = "machine_score"
    LEARNING = "learning"
    LEARNED = "learned"
    NEAREST = "nearest"
    CALM = "calm"
    PAUSED = "paused"
    RETURN = "return"
    BACK = "back"
    WAITING = "waiting"
    NOTHING_WAITS = "nothing_waits"
    HOW_TO_ANSWER = "how_to_answer"
    CONCERNS = "concerns"
    CONCERN = "concern"
    ANSWERED = "answered"
    HELD_BACK = "held_back"
    HELD_BACK_LINE = "held_back_line"
    FAULTS = "faults"
    FAULT = "fault"
    REPORTED = "reported"
    KEPT_HOME = "kept_home"
    PASSED = "passed"
    FROM_DESK = "from_desk"
    DECISION = "decision"
    MESSAGE = "message"
    ACCESS = "access"
    NO_QUESTION = "no_question"
    DESK_IS_TOLD = "desk_is_told"


SAYINGS: Mapping[Language, Mapping[Say, str]] = {
    EN: {
        Say.NOT_STARTED: "This device has not run yet: “demitasse run” starts it.",
        Say.STAYS_QUIET: "Everything was forgotten, and this device stays quiet. To begin "
        "again, as new: “demitasse begin”.",
        Say.BEGINS_AGAIN: "This device begins again, as new. Everything is off, and it belongs "
        "to no desk.",
        Say.WAS_NOT_QUIET: "This device was not quiet; nothing has changed.",
        Say.ALL_OFF: "Everything is off, as it came: nothing is learned and nothing is sent.",
        Say.HOW_TO_ALLOW: "What you can allow, and what it would mean: "
        "“demitasse notice learn_routine”, or on a page, “demitasse page”.",
        Say.NOT_LEARNING: "It learns nothing about your coffees: that is switched off.",
        Say.BREW: "Last coffee: {at}.",
        Say.NO_BREW: "No coffee seen yet.",
        Say.MACHINE_AT: "{check} Looked at on {at}.",
        Say.MACHINE_UNCHECKED: "The machine has not been looked at yet.",
        Say.MACHINE_SCORE: "Score: {score}; from 1 on it is a service matter.",
        Say.LEARNING: "Still learning what is usual here: {days} more to see.",
        Say.LEARNED: "Knows what is usual here; “demitasse routine” shows it.",
        Say.NEAREST: "Nearest to a question: {kind}, {score} of 1.",
        Say.CALM: "Nothing is on the way to a question.",
        Say.PAUSED: "You are in a pause until {until}: nothing is asked.",
        Say.RETURN: "your return",
        Say.BACK: "Coffee has been made since {since} ({brews}), although the pause goes on. "
        "If you are back, empty “until” under [pause] in consent.toml.",
        Say.WAITING: "Waiting to be sent: {messages}.",
        Say.NOTHING_WAITS: "Nothing waits to be sent.",
        Say.HOW_TO_ANSWER: "To answer, press the button briefly, or write one of:",
        Say.CONCERNS: "What a statistic in the machine has noticed",
        Say.CONCERN: "{at}: {text} ({state})",
        Say.ANSWERED: "{state}: “{answer}”",
        Say.HELD_BACK: "What it noticed and did not ask about",
        Say.HELD_BACK_LINE: "{at}: {text} Evidence: {score} of 1. {reason}",
        Say.FAULTS: "The machine",
        Say.FAULT: "Since {at}: {text} {state}",
        Say.REPORTED: "A technician has been told.",
        Say.KEPT_HOME: "Nobody has been told: device_health is not allowed, or there is no "
        "desk.",
        Say.PASSED: "It has passed, and is watched.",
        Say.FROM_DESK: "From the desk",
        Say.DECISION: "{text} {reason}",
        Say.MESSAGE: "{reviewer} writes: “{message}”",
        Say.ACCESS: "{reviewer} looked on {at}.",
        Say.NO_QUESTION: "No question is waiting.",
        Say.DESK_IS_TOLD: "The desk is told that you have answered.",
    },
    FR: {
        Say.NOT_STARTED: "Cet appareil n’a pas encore fonctionné : « demitasse run » le lance.",
        Say.STAYS_QUIET: "Tout a été oublié, et cet appareil reste silencieux. Pour "
        "recommencer à neuf : « demitasse begin ».",
        Say.BEGINS_AGAIN: "Cet appareil recommence à neuf. Tout est éteint, et aucune équipe "
        "ne le connaît.",
        Say.WAS_NOT_QUIET: "Cet appareil n’était pas silencieux ; rien n’a changé.",
        Say.ALL_OFF: "Tout est éteint, comme à la livraison : rien n’est appris, rien n’est "
        "envoyé.",
        Say.HOW_TO_ALLOW: "Ce que vous pouvez permettre, et ce que cela voudrait dire : "
        "« demitasse notice learn_routine --lang fr », ou sur une page, « demitasse page ».",
        Say.NOT_LEARNING: "Il n’apprend rien de vos cafés : c’est éteint.",
        Say.BREW: "Dernier café : {at}.",
        Say.NO_BREW: "Aucun café vu pour l’instant.",
        Say.MACHINE_AT: "{check} Examiné {at}.",
        Say.MACHINE_UNCHECKED: "La machine n’a pas encore été examinée.",
        Say.MACHINE_SCORE: "Indice : {score} ; à partir de 1, c’est une intervention.",
        Say.LEARNING: "Apprend encore ce qui est habituel ici : encore {days} à observer.",
        Say.LEARNED: "Sait ce qui est habituel ici ; « demitasse routine » le montre.",
        Say.NEAREST: "Le plus près d’une question : {kind}, {score} sur 1.",
        Say.CALM: "Rien n’est en chemin vers une question.",
        Say.PAUSED: "Vous êtes en pause jusqu’au {until} : rien n’est demandé.",
        Say.RETURN: "retour",
        Say.BACK: "On fait du café depuis {since} ({brews}) alors que la pause continue. Si "
        "vous êtes de retour, videz « until » sous [pause] dans consent.toml.",
        Say.WAITING: "En attente d’envoi : {messages}.",
        Say.NOTHING_WAITS: "Rien n’attend d’être envoyé.",
        Say.HOW_TO_ANSWER: "Pour répondre, appuyez brièvement sur le bouton, ou écrivez :",
        Say.CONCERNS: "Ce qu’une statistique dans la machine a remarqué",
        Say.CONCERN: "{at} : {text} ({state})",
        Say.ANSWERED: "{state} : « {answer} »",
        Say.HELD_BACK: "Ce qu’elle a remarqué sans vous le demander",
        Say.HELD_BACK_LINE: "{at} : {text} Indices : {score} sur 1. {reason}",
        Say.FAULTS: "La machine",
        Say.FAULT: "Depuis {at} : {text} {state}",
        Say.REPORTED: "Un technicien a été prévenu.",
        Say.KEPT_HOME: "Personne n’a été prévenu : device_health n’est pas autorisé, ou il "
        "n’y a pas d’équipe.",
        Say.PASSED: "Le défaut a disparu et reste surveillé.",
        Say.FROM_DESK: "De la part de l’équipe",
        Say.DECISION: "{text} {reason}",
        Say.MESSAGE: "{reviewer} vous écrit : « {message} »",
        Say.ACCESS: "{reviewer} a regardé {at}.",
        Say.NO_QUESTION: "Aucune question n’attend.",
        Say.DESK_IS_TOLD: "L’équipe apprend que vous avez répondu.",
    },
}

STATES: Mapping[Language, Mapping[State, str]] = {
    EN: {
        State.NOTICED: "nobody has been told",
        State.ASKED: "you are being asked",
        State.ALERTED: "an alert is on its way",
        State.ACKNOWLEDGED: "a person has it",
        State.MACHINE: "it was the machine",
        State.ANSWERED: "you have answered",
        State.RETURNED: "it has passed by itself",
        State.KEPT_HOME: "kept at home",
        State.REFUSED: "not taken: consent had ended",
        State.DECIDED: "a person has decided",
        State.CLOSED: "closed at the desk, nobody had to decide",
    },
    FR: {
        State.NOTICED: "personne n’a été prévenu",
        State.ASKED: "la question vous est posée",
        State.ALERTED: "une alerte est en route",
        State.ACKNOWLEDGED: "une personne l’a reçue",
        State.MACHINE: "c’était la machine",
        State.ANSWERED: "vous avez répondu",
        State.RETURNED: "c’est passé de soi-même",
        State.KEPT_HOME: "gardé à la maison",
        State.REFUSED: "non reçue : le consentement avait pris fin",
        State.DECIDED: "une personne a décidé",
        State.CLOSED: "clos par l’équipe, sans décision à prendre",
    },
}

ANSWERS: Mapping[Language, Mapping[str, str]] = {
    EN: {
        Answer.FINE: "I’m fine",
        Answer.KNEW: "I know, it is on purpose",
        Answer.NOT_NOTICED: "I had not noticed",
        Answer.NOT_ME: "it was not me, or we have guests",
        Answer.NEW_NORMAL: "that is how it is now",
    },
    FR: {
        Answer.FINE: "je vais bien",
        Answer.KNEW: "je sais, c’est voulu",
        Answer.NOT_NOTICED: "je ne l’avais pas remarqué",
        Answer.NOT_ME: "ce n’était pas moi, ou j’ai des invités",
        Answer.NEW_NORMAL: "c’est comme ça maintenant",
    },
}
"""What the owner has said, in the owner's own mouth."""

THANKS: Mapping[Language, Mapping[str, str]] = {
    EN: {
        Answer.FINE: "Thank you. The question is over. What is usual here stays as it was.",
        Answer.KNEW: "Thank you. The question is over. What is usual here stays as it was.",
        Answer.NOT_NOTICED: "Thank you. The question is over. What is usual here stays as it "
        "was; “demitasse routine” shows it.",
        Answer.NOT_ME: "Thank you. The question is over. Those days are set aside: they do not "
        "count as yours.",
        Answer.NEW_NORMAL: "Thank you. The question is over. From now on this is what is usual "
        "here; the first days of it are learned anew.",
    },
    FR: {
        Answer.FINE: "Merci. La question est close. Ce qui est habituel ici reste inchangé.",
        Answer.KNEW: "Merci. La question est close. Ce qui est habituel ici reste inchangé.",
        Answer.NOT_NOTICED: "Merci. La question est close. Ce qui est habituel ici reste "
        "inchangé ; « demitasse routine » le montre.",
        Answer.NOT_ME: "Merci. La question est close. Ces jours sont mis de côté : ils ne "
        "comptent pas comme les vôtres.",
        Answer.NEW_NORMAL: "Merci. La question est close. C’est désormais ce qui est habituel "
        "ici ; ses premiers jours s’apprennent de nouveau.",
    },
}
"""What the device says back, and what it has learned from the answer."""

HELD_BACK: Mapping[Language, Mapping[HeldBackReason, str]] = {
    EN: {
        HeldBackReason.RESTING: "Not asked: another question had been put not long before.",
        HeldBackReason.STRONGER: "Not asked: something else was clearer at that hour.",
        HeldBackReason.BUDGET: "Not asked: it would have been with a larger number of needless "
        "questions a year.",
    },
    FR: {
        HeldBackReason.RESTING: "Non demandé : une autre question avait été posée peu avant.",
        HeldBackReason.STRONGER: "Non demandé : autre chose était plus net à cette heure-là.",
        HeldBackReason.BUDGET: "Non demandé : cela l’aurait été avec davantage de questions "
        "inutiles par an.",
    },
}
