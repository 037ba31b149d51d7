"""Every phrase that ``wire.words`` puts together, in English and in French.

Plain tables, so that whoever translates or approves a sentence reads it here in one
place. They state what was counted or measured and nothing of why: no cause, no mood, no
condition of a person.

Apostrophes and quotation marks are typographic. French spaces before ; : ? ! and inside
« » are ordinary here, where they can be seen; ``wire.words`` makes them unbreakable.
"""

from collections.abc import Mapping
from enum import StrEnum

from wire.facts import CheckName, Finding, RoutineKind, Verdict
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
    },
}
"""One and many; which of them a number takes is each language's own rule."""

FINDING_UNITS: Mapping[Finding, Unit] = {
    Finding.LINK_LOSSY: Unit.MESSAGES,
    Finding.CONTROLLER_RESETTING: Unit.TIMES,
    Finding.TANK_SWITCH_STUCK_EMPTY: Unit.ML,
    Finding.TANK_SWITCH_STUCK_FULL: Unit.ML,
    Finding.PUMP_WITHOUT_FLOW: Unit.COFFEES,
    Finding.HEATING_TOO_SLOW: Unit.SECONDS,
    Finding.TEMPERATURE_PLAUSIBLE: Unit.CELSIUS,
    Finding.TEMPERATURE_OUT_OF_RANGE: Unit.CELSIUS,
    Finding.TEMPERATURE_STUCK: Unit.CELSIUS,
}
"""The unit of ``Evidence.value`` for each finding that quotes one."""

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

VERDICTS: Mapping[Language, Mapping[Verdict, tuple[str, str]]] = {
    EN: {
        Verdict.SOUND: ("The machine is sound.", "Looked at: {checks}."),
        Verdict.FAULTY: ("The machine has a fault.", "{lines}"),
        Verdict.UNKNOWN: ("It is not certain that the machine is sound.", "{lines}"),
    },
    FR: {
        Verdict.SOUND: ("La machine est en bon état.", "Vérifié : {checks}."),
        Verdict.FAULTY: ("La machine a un défaut.", "{lines}"),
        Verdict.UNKNOWN: (
            "Il n’est pas certain que la machine soit en bon état.",
            "{lines}",
        ),
    },
}
"""The verdict, and what follows it when there is evidence for it."""

CHECKS: Mapping[Language, Mapping[CheckName, str]] = {
    EN: {
        CheckName.LINK: "link",
        CheckName.CLOCK: "clock",
        CheckName.CONTROLLER: "controller",
        CheckName.TANK: "tank",
        CheckName.FLOW: "flow",
        CheckName.HEATING: "heating",
        CheckName.TEMPERATURE: "temperature",
    },
    FR: {
        CheckName.LINK: "liaison",
        CheckName.CLOCK: "horloge",
        CheckName.CONTROLLER: "contrôleur",
        CheckName.TANK: "réservoir",
        CheckName.FLOW: "débit",
        CheckName.HEATING: "chauffe",
        CheckName.TEMPERATURE: "température",
    },
}

FINDINGS: Mapping[Language, Mapping[Finding, tuple[str, str]]] = {
    EN: {
        Finding.LINK_STEADY: ("The machine can be heard steadily.", ""),
        Finding.LINK_LOST: ("The machine cannot be heard.", ""),
        Finding.LINK_LOSSY: (
            "A part of what the machine says is lost on the way.",
            "Lost in the last hour: {figure}.",
        ),
        Finding.CLOCK_SYNCED: ("The clock agrees with a time source.", ""),
        Finding.CLOCK_UNSYNCED: ("No time source has set the clock yet.", ""),
        Finding.CONTROLLER_STEADY: ("The controller runs without restarting.", ""),
        Finding.CONTROLLER_RESETTING: (
            "The controller restarts by itself.",
            "In the last 24 hours: {figure}.",
        ),
        Finding.TANK_PLAUSIBLE: ("The tank switch agrees with the other sensors.", ""),
        Finding.TANK_SWITCH_STUCK_EMPTY: (
            "The tank switch says empty although there is water.",
            "Water in the tank: {figure}.",
        ),
        Finding.TANK_SWITCH_STUCK_FULL: (
            "The tank switch says full although there is no water.",
            "Water in the tank: {figure}.",
        ),
        Finding.FLOW_PLAUSIBLE: ("Water flows when the pump runs, and only then.", ""),
        Finding.PUMP_WITHOUT_FLOW: (
            "The pump runs and no water flows.",
            "In a row: {figure}.",
        ),
        Finding.FLOW_WITHOUT_PUMP: ("Water flows although the pump is off.", ""),
        Finding.HEATING_PLAUSIBLE: ("The boiler heats as it should.", ""),
        Finding.HEATING_TOO_SLOW: (
            "The boiler heats too slowly.",
            "Time to warm up: {figure}.",
        ),
        Finding.TEMPERATURE_PLAUSIBLE: (
            "The temperature sensor gives plausible values.",
            "Last value: {figure}.",
        ),
        Finding.TEMPERATURE_OUT_OF_RANGE: (
            "The temperature sensor gives a value that cannot be.",
            "Last value: {figure}.",
        ),
        Finding.TEMPERATURE_STUCK: (
            "The temperature sensor always gives the same value.",
            "Value: {figure}.",
        ),
        Finding.NOT_SEEN_YET: ("Not seen yet, so nothing is claimed: {check}.", ""),
    },
    FR: {
        Finding.LINK_STEADY: ("La machine s’entend sans interruption.", ""),
        Finding.LINK_LOST: ("La machine ne s’entend plus.", ""),
        Finding.LINK_LOSSY: (
            "Une partie de ce que dit la machine se perd en route.",
            "Perdu en une heure : {figure}.",
        ),
        Finding.CLOCK_SYNCED: ("L’horloge est d’accord avec une source de temps.", ""),
        Finding.CLOCK_UNSYNCED: ("Aucune source de temps n’a encore réglé l’horloge.", ""),
        Finding.CONTROLLER_STEADY: ("Le contrôleur tourne sans redémarrer.", ""),
        Finding.CONTROLLER_RESETTING: (
            "Le contrôleur redémarre de lui-même.",
            "Ces dernières 24 heures : {figure}.",
        ),
        Finding.TANK_PLAUSIBLE: (
            "Le contact du réservoir s’accorde avec les autres capteurs.",
            "",
        ),
        Finding.TANK_SWITCH_STUCK_EMPTY: (
            "Le contact du réservoir indique « vide » alors qu’il y a de l’eau.",
            "Eau dans le réservoir : {figure}.",
        ),
        Finding.TANK_SWITCH_STUCK_FULL: (
            "Le contact du réservoir indique « plein » alors qu’il n’y a pas d’eau.",
            "Eau dans le réservoir : {figure}.",
        ),
        Finding.FLOW_PLAUSIBLE: (
            "L’eau coule quand la pompe tourne, et seulement alors.",
            "",
        ),
        Finding.PUMP_WITHOUT_FLOW: (
            "La pompe tourne et l’eau ne coule pas.",
            "D’affilée : {figure}.",
        ),
        Finding.FLOW_WITHOUT_PUMP: ("L’eau coule alors que la pompe est arrêtée.", ""),
        Finding.HEATING_PLAUSIBLE: ("La chaudière chauffe comme il faut.", ""),
        Finding.HEATING_TOO_SLOW: (
            "La chaudière chauffe trop lentement.",
            "Temps de chauffe : {figure}.",
        ),
        Finding.TEMPERATURE_PLAUSIBLE: (
            "Le capteur de température donne des valeurs plausibles.",
            "Dernière valeur : {figure}.",
        ),
        Finding.TEMPERATURE_OUT_OF_RANGE: (
            "Le capteur de température donne une valeur impossible.",
            "Dernière valeur : {figure}.",
        ),
        Finding.TEMPERATURE_STUCK: (
            "Le capteur de température donne toujours la même valeur.",
            "Valeur : {figure}.",
        ),
        Finding.NOT_SEEN_YET: ("Pas encore observé, donc rien n’est affirmé : {check}.", ""),
    },
}
"""A sentence, and what follows it when the evidence carries a figure."""

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
