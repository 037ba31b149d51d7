"""Every phrase that ``wire.words`` puts together, in English and in French.

Plain tables, so that whoever translates or approves a sentence reads it here in one
place. They state what was counted or measured and nothing of why: no cause, no mood, no
condition of a person.

Apostrophes and quotation marks are typographic. French spaces before ; : ? ! and inside
« » are ordinary here, where they can be seen; ``wire.words`` makes them unbreakable.
"""

from collections.abc import Mapping
from enum import StrEnum

from wire.facts import RoutineKind
from wire.messages import Choice, Language

EN, FR = Language.EN, Language.FR


class Unit(StrEnum):
    """In what a figure is counted."""

    COFFEES = "coffees"
    DAYS = "days"
    HOURS = "hours"
    MINUTES = "minutes"
    SECONDS = "seconds"
    ML = "ml"
    CELSIUS = "celsius"
    MESSAGES = "messages"
    TIMES = "times"
    ML_PER_S = "ml_per_s"
    PERCENT = "percent"


UNITS: Mapping[Language, Mapping[Unit, tuple[str, str]]] = {
    EN: {
        Unit.COFFEES: ("coffee", "coffees"),
        Unit.DAYS: ("day", "days"),
        Unit.HOURS: ("hour", "hours"),
        Unit.MINUTES: ("minute", "minutes"),
        Unit.SECONDS: ("second", "seconds"),
        Unit.ML: ("ml", "ml"),
        Unit.CELSIUS: ("°C", "°C"),
        Unit.MESSAGES: ("message", "messages"),
        Unit.TIMES: ("time", "times"),
        Unit.ML_PER_S: ("ml a second", "ml a second"),
        Unit.PERCENT: ("%", "%"),
    },
    FR: {
        Unit.COFFEES: ("café", "cafés"),
        Unit.DAYS: ("jour", "jours"),
        Unit.HOURS: ("heure", "heures"),
        Unit.MINUTES: ("minute", "minutes"),
        Unit.SECONDS: ("seconde", "secondes"),
        Unit.ML: ("ml", "ml"),
        Unit.CELSIUS: ("°C", "°C"),
        Unit.MESSAGES: ("message", "messages"),
        Unit.TIMES: ("fois", "fois"),
        Unit.ML_PER_S: ("ml par seconde", "ml par seconde"),
        Unit.PERCENT: ("%", "%"),
    },
}
"""One and many; which of them a number takes is each language's own rule."""

WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    EN: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    FR: ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}

MONTHS: Mapping[Language, tuple[str, ...]] = {
    EN: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    FR: (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
}

TITLES: Mapping[Language, Mapping[RoutineKind, str]] = {
    EN: {
        RoutineKind.SILENCE: "A long pause",
        RoutineKind.RISE: "More coffee than usual",
        RoutineKind.FALL: "Less coffee than usual",
        RoutineKind.TIMING: "Coffee at other hours",
        RoutineKind.NIGHT: "Coffee at night",
        RoutineKind.DRIFT: "A slow change",
    },
    FR: {
        RoutineKind.SILENCE: "Une longue pause",
        RoutineKind.RISE: "Plus de café que d’habitude",
        RoutineKind.FALL: "Moins de café que d’habitude",
        RoutineKind.TIMING: "Du café à d’autres heures",
        RoutineKind.NIGHT: "Du café la nuit",
        RoutineKind.DRIFT: "Un lent changement",
    },
}

CHANGES: Mapping[Language, Mapping[str, str]] = {
    EN: {
        "silence": "No coffee since {since}; in the last {days} the longest pause was {usual}.",
        "daily": "About {observed} a day since {since}; usually {usual} (last {days}).",
        "daily_none": "Almost no coffee since {since}; usually {usual} a day (last {days}).",
        "night": "About {observed} a week at night since {since}; usually {usual} "
        "(last {days}).",
        "night_none": "Almost no coffee at night since {since}; usually {usual} a week "
        "(last {days}).",
        "later": "Coffee about {observed} later than usual since {since}; {usual} "
        "(last {days}).",
        "earlier": "Coffee about {observed} earlier than usual since {since}; {usual} "
        "(last {days}).",
        "usual_shift": "usually it varies by {shift}",
        "usually_punctual": "usually it hardly varies",
        "usually_none": "none",
        "drift": "A slow change: {change}",
        "silence_ended": "No coffee since {since}; use returned on {back}.",
        "as_usual_again": "Since {back} it is as usual again.",
    },
    FR: {
        "silence": "Pas de café depuis {since} ; sur les {days} précédents, la plus longue "
        "pause était de {usual}.",
        "daily": "Environ {observed} par jour depuis {since} ; d’habitude {usual} "
        "(sur {days}).",
        "daily_none": "Presque pas de café depuis {since} ; d’habitude {usual} par jour "
        "(sur {days}).",
        "night": "Environ {observed} par semaine la nuit depuis {since} ; d’habitude {usual} "
        "(sur {days}).",
        "night_none": "Presque pas de café la nuit depuis {since} ; d’habitude {usual} par "
        "semaine (sur {days}).",
        "later": "Du café environ {observed} plus tard que d’habitude depuis {since} ; "
        "{usual} (sur {days}).",
        "earlier": "Du café environ {observed} plus tôt que d’habitude depuis {since} ; "
        "{usual} (sur {days}).",
        "usual_shift": "d’ordinaire l’écart est de {shift}",
        "usually_punctual": "d’ordinaire il n’y a guère d’écart",
        "usually_none": "aucun",
        "drift": "Un lent changement : {change}",
        "silence_ended": "Pas de café depuis {since} ; on en fait de nouveau depuis {back}.",
        "as_usual_again": "Depuis {back}, c’est de nouveau comme d’habitude.",
    },
}

QUESTION: Mapping[Language, str] = {
    EN: "A statistic in your coffee machine has noticed a change in your own routine. "
    "{change} Is all well? If you answer “I’m fine”, it ends here and nothing leaves "
    "the house.",
    FR: "Une statistique dans votre machine à café a remarqué un changement dans vos "
    "habitudes. {change} Tout va bien ? Si vous répondez « Je vais bien », cela s’arrête "
    "là et rien ne quitte la maison.",
}

CHOICES: Mapping[Language, Mapping[Choice, str]] = {
    EN: {
        Choice.CALL: "{reviewer} will call you.",
        Choice.WRITE: "{reviewer} has written to you and waits for your reply.",
        Choice.LEAVE_IN_PEACE: "{reviewer} has read this and will not disturb you.",
        Choice.REPAIR: "{reviewer} will have your machine repaired.",
        Choice.MAINTAIN: "{reviewer} says that you can put the machine right yourself.",
    },
    FR: {
        Choice.CALL: "{reviewer} va vous appeler.",
        Choice.WRITE: "{reviewer} vous a écrit et attend votre réponse.",
        Choice.LEAVE_IN_PEACE: "{reviewer} en a pris connaissance et ne vous dérangera pas.",
        Choice.REPAIR: "{reviewer} va faire réparer votre machine.",
        Choice.MAINTAIN: "Selon {reviewer}, vous pouvez remettre la machine en état vous-même.",
    },
}
