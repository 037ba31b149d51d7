"""Every phrase about a device check, in English and in French.

Apart from ``wire.phrases`` because it is long; the same rules hold. What a technician reads
and what the owner reads at home are these sentences. A sentence says what was found, and
what one can look at; it never guesses at what somebody did.
"""

from collections.abc import Mapping

from wire.facts import CheckName, Finding, Verdict
from wire.messages import Language
from wire.phrases import EN, FR, Unit

FINDING_UNITS: Mapping[Finding, Unit] = {
    Finding.LINK_LOSSY: Unit.MESSAGES,
    Finding.LINK_UNSTEADY: Unit.TIMES,
    Finding.CONTROLLER_SWITCHED: Unit.TIMES,
    Finding.CONTROLLER_RESETTING: Unit.TIMES,
    Finding.POWER_INTERRUPTED: Unit.TIMES,
    Finding.TANK_SWITCH_STUCK_EMPTY: Unit.ML,
    Finding.TANK_SWITCH_STUCK_FULL: Unit.ML,
    Finding.TANK_EMPTY_BUT_WATER_FLOWS: Unit.ML,
    Finding.LEVEL_OUT_OF_RANGE: Unit.ML,
    Finding.LEVEL_DROP_WITHOUT_FLOW: Unit.ML,
    Finding.FLOW_WITHOUT_LEVEL_DROP: Unit.ML,
    Finding.PUMP_WITHOUT_FLOW: Unit.COFFEES,
    Finding.FLOW_WITHOUT_PUMP: Unit.ML,
    Finding.FLOW_TOO_SLOW: Unit.ML_PER_S,
    Finding.FLOW_TOO_FAST: Unit.ML_PER_S,
    Finding.HEATING_TOO_SLOW: Unit.SECONDS,
    Finding.HEATING_TOO_LONG: Unit.SECONDS,
    Finding.HEATING_UNCOMMANDED: Unit.CELSIUS,
    Finding.TEMPERATURE_PLAUSIBLE: Unit.CELSIUS,
    Finding.TEMPERATURE_OUT_OF_RANGE: Unit.CELSIUS,
    Finding.TEMPERATURE_STUCK: Unit.CELSIUS,
    Finding.TEMPERATURE_JUMPS: Unit.TIMES,
    Finding.SCALE_GROWING: Unit.PERCENT,
}
"""The unit of ``Evidence.value`` for each finding that quotes one."""

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
        CheckName.WATER: "water balance",
        CheckName.FLOW: "flow",
        CheckName.HEATING: "heating",
        CheckName.TEMPERATURE: "temperature",
        CheckName.SELF_REPORT: "the machine’s own report",
        CheckName.SCALE: "limescale",
    },
    FR: {
        CheckName.LINK: "liaison",
        CheckName.CLOCK: "horloge",
        CheckName.CONTROLLER: "contrôleur",
        CheckName.TANK: "réservoir",
        CheckName.WATER: "bilan d’eau",
        CheckName.FLOW: "débit",
        CheckName.HEATING: "chauffe",
        CheckName.TEMPERATURE: "température",
        CheckName.SELF_REPORT: "ce que la machine dit d’elle-même",
        CheckName.SCALE: "tartre",
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
        Finding.LINK_UNREADABLE: (
            "The machine sends something that cannot be read; wiring, speed or polarity "
            "of the line want a look.",
            "",
        ),
        Finding.LINK_INVERTED: (
            "What the machine sends arrives inverted; the line wants an inverter, or one less.",
            "",
        ),
        Finding.LINK_OTHER_SPEED: (
            "The machine speaks at another speed than the one that was set for it.",
            "",
        ),
        Finding.LINK_UNSTEADY: (
            "The machine falls silent again and again.",
            "In the last hour: {figure}.",
        ),
        Finding.CLOCK_SYNCED: ("The clock agrees with a time source.", ""),
        Finding.CLOCK_UNSYNCED: ("No time source has set the clock yet.", ""),
        Finding.CLOCK_STEPPED: ("The clock has jumped within the last hour.", ""),
        Finding.CONTROLLER_STEADY: ("The controller runs without restarting.", ""),
        Finding.CONTROLLER_SWITCHED: (
            "The machine was switched off and on, and does not restart by itself.",
            "In the last 24 hours: {figure}.",
        ),
        Finding.CONTROLLER_RESETTING: (
            "The controller restarts by itself.",
            "In the last 24 hours: {figure}.",
        ),
        Finding.POWER_INTERRUPTED: (
            "The controller loses its power again and again.",
            "In the last 24 hours: {figure}.",
        ),
        Finding.TANK_PLAUSIBLE: ("Nothing contradicts the tank switch.", ""),
        Finding.TANK_SWITCH_STUCK_EMPTY: (
            "The tank switch says empty although there is water.",
            "Water in the tank: {figure}.",
        ),
        Finding.TANK_SWITCH_STUCK_FULL: (
            "The tank switch says full although there is no water.",
            "Water in the tank: {figure}.",
        ),
        Finding.TANK_EMPTY_BUT_WATER_FLOWS: (
            "The tank switch says empty although water goes on flowing.",
            "Since it says so: {figure}.",
        ),
        Finding.LEVEL_OUT_OF_RANGE: (
            "The level sensor of the tank gives a value that cannot be.",
            "Last value: {figure}.",
        ),
        Finding.WATER_ADDS_UP: ("The tank loses as much water as flows.", ""),
        Finding.LEVEL_DROP_WITHOUT_FLOW: (
            "Water leaves the tank and does not pass the flow meter; a look under the "
            "machine shows whether it leaks.",
            "Missing: {figure}.",
        ),
        Finding.FLOW_WITHOUT_LEVEL_DROP: (
            "The flow meter counts water, and the tank has not become emptier by it.",
            "Too much: {figure}.",
        ),
        Finding.FLOW_PLAUSIBLE: ("Water flows when the pump runs, and only then.", ""),
        Finding.FLOW_UNTRIED: (
            "No water has been drawn since the device was switched on; nothing speaks "
            "against the flow.",
            "",
        ),
        Finding.PUMP_WITHOUT_FLOW: (
            "The pump runs and no water flows.",
            "In a row: {figure}.",
        ),
        Finding.FLOW_WITHOUT_PUMP: (
            "Water flows although the pump is off.",
            "In the last hour: {figure}.",
        ),
        Finding.FLOW_TOO_SLOW: (
            "The water flows too slowly.",
            "In the last coffee: {figure}.",
        ),
        Finding.FLOW_TOO_FAST: (
            "The water flows too fast.",
            "In the last coffee: {figure}.",
        ),
        Finding.HEATING_PLAUSIBLE: ("The boiler heats as it should.", ""),
        Finding.HEATING_UNTRIED: (
            "The heater has not been on since the device was switched on; nothing speaks "
            "against it.",
            "",
        ),
        Finding.HEATING_TOO_SLOW: (
            "The boiler heats too slowly.",
            "Time to warm up: {figure}.",
        ),
        Finding.HEATING_TOO_LONG: (
            "The heater does not switch off.",
            "On without a break for {figure}.",
        ),
        Finding.HEATING_UNCOMMANDED: (
            "The boiler gets hotter although the heater is off.",
            "Last value: {figure}.",
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
        Finding.TEMPERATURE_JUMPS: (
            "The temperature jumps as no water can.",
            "In the last hour: {figure}.",
        ),
        Finding.SELF_REPORT_CLEAR: ("The machine reports no error.", ""),
        Finding.SELF_REPORT_ERROR: ("The machine itself reports an error.", ""),
        Finding.SELF_REPORT_CONTRADICTED: (
            "The machine reports an error and makes coffee all the same.",
            "",
        ),
        Finding.HEATING_TIME_STEADY: ("Warming up takes as long as it always did.", ""),
        Finding.SCALE_GROWING: (
            "Warming up takes longer than some weeks ago; descaling is worth a try.",
            "Longer by {figure}.",
        ),
        Finding.DESCALE_DUE: ("The machine asks to be descaled.", ""),
        Finding.NOT_SEEN_YET: ("Not seen yet, so nothing is claimed: {check}.", ""),
    },
    FR: {
        Finding.LINK_STEADY: ("La machine s’entend sans interruption.", ""),
        Finding.LINK_LOST: ("La machine ne s’entend plus.", ""),
        Finding.LINK_LOSSY: (
            "Une partie de ce que dit la machine se perd en route.",
            "Perdu en une heure : {figure}.",
        ),
        Finding.LINK_UNREADABLE: (
            "La machine envoie quelque chose d’illisible ; le câblage, la vitesse ou la "
            "polarité de la ligne sont à vérifier.",
            "",
        ),
        Finding.LINK_INVERTED: (
            "Ce que la machine envoie arrive inversé ; il faut à la ligne un inverseur, ou un "
            "de moins.",
            "",
        ),
        Finding.LINK_OTHER_SPEED: (
            "La machine parle à une autre vitesse que celle qui a été réglée.",
            "",
        ),
        Finding.LINK_UNSTEADY: (
            "La machine se tait sans cesse, puis s’entend de nouveau.",
            "En une heure : {figure}.",
        ),
        Finding.CLOCK_SYNCED: ("L’horloge est d’accord avec une source de temps.", ""),
        Finding.CLOCK_UNSYNCED: ("Aucune source de temps n’a encore réglé l’horloge.", ""),
        Finding.CLOCK_STEPPED: ("L’horloge a fait un saut il y a moins d’une heure.", ""),
        Finding.CONTROLLER_STEADY: ("Le contrôleur tourne sans redémarrer.", ""),
        Finding.CONTROLLER_SWITCHED: (
            "La machine a été éteinte et rallumée ; elle ne redémarre pas d’elle-même.",
            "Ces dernières 24 heures : {figure}.",
        ),
        Finding.CONTROLLER_RESETTING: (
            "Le contrôleur redémarre de lui-même.",
            "Ces dernières 24 heures : {figure}.",
        ),
        Finding.POWER_INTERRUPTED: (
            "Le contrôleur perd son alimentation à répétition.",
            "Ces dernières 24 heures : {figure}.",
        ),
        Finding.TANK_PLAUSIBLE: ("Rien ne contredit le contact du réservoir.", ""),
        Finding.TANK_SWITCH_STUCK_EMPTY: (
            "Le contact du réservoir indique « vide » alors qu’il y a de l’eau.",
            "Eau dans le réservoir : {figure}.",
        ),
        Finding.TANK_SWITCH_STUCK_FULL: (
            "Le contact du réservoir indique « plein » alors qu’il n’y a pas d’eau.",
            "Eau dans le réservoir : {figure}.",
        ),
        Finding.TANK_EMPTY_BUT_WATER_FLOWS: (
            "Le contact du réservoir indique « vide » alors que l’eau coule toujours.",
            "Depuis qu’il l’indique : {figure}.",
        ),
        Finding.LEVEL_OUT_OF_RANGE: (
            "Le capteur de niveau du réservoir donne une valeur impossible.",
            "Dernière valeur : {figure}.",
        ),
        Finding.WATER_ADDS_UP: ("Le réservoir perd autant d’eau qu’il en coule.", ""),
        Finding.LEVEL_DROP_WITHOUT_FLOW: (
            "De l’eau quitte le réservoir sans passer par le débitmètre ; un coup d’œil "
            "sous la machine montre si elle fuit.",
            "Il manque : {figure}.",
        ),
        Finding.FLOW_WITHOUT_LEVEL_DROP: (
            "Le débitmètre compte de l’eau alors que le réservoir ne s’est pas vidé d’autant.",
            "En trop : {figure}.",
        ),
        Finding.FLOW_PLAUSIBLE: (
            "L’eau coule quand la pompe tourne, et seulement alors.",
            "",
        ),
        Finding.FLOW_UNTRIED: (
            "Aucune eau n’a été tirée depuis l’allumage de l’appareil ; rien n’indique "
            "un défaut du débit.",
            "",
        ),
        Finding.PUMP_WITHOUT_FLOW: (
            "La pompe tourne et l’eau ne coule pas.",
            "D’affilée : {figure}.",
        ),
        Finding.FLOW_WITHOUT_PUMP: (
            "L’eau coule alors que la pompe est arrêtée.",
            "En une heure : {figure}.",
        ),
        Finding.FLOW_TOO_SLOW: (
            "L’eau coule trop lentement.",
            "Au dernier café : {figure}.",
        ),
        Finding.FLOW_TOO_FAST: (
            "L’eau coule trop vite.",
            "Au dernier café : {figure}.",
        ),
        Finding.HEATING_PLAUSIBLE: ("La chaudière chauffe comme il faut.", ""),
        Finding.HEATING_UNTRIED: (
            "La chauffe n’a pas servi depuis l’allumage de l’appareil ; rien n’indique un "
            "défaut.",
            "",
        ),
        Finding.HEATING_TOO_SLOW: (
            "La chaudière chauffe trop lentement.",
            "Temps de chauffe : {figure}.",
        ),
        Finding.HEATING_TOO_LONG: (
            "La chauffe ne s’arrête pas.",
            "Sans interruption depuis {figure}.",
        ),
        Finding.HEATING_UNCOMMANDED: (
            "La chaudière chauffe encore alors que la chauffe est arrêtée.",
            "Dernière valeur : {figure}.",
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
        Finding.TEMPERATURE_JUMPS: (
            "La température fait des sauts dont l’eau n’est pas capable.",
            "En une heure : {figure}.",
        ),
        Finding.SELF_REPORT_CLEAR: ("La machine ne signale aucune erreur.", ""),
        Finding.SELF_REPORT_ERROR: ("La machine signale elle-même une erreur.", ""),
        Finding.SELF_REPORT_CONTRADICTED: (
            "La machine signale une erreur et fait pourtant du café.",
            "",
        ),
        Finding.HEATING_TIME_STEADY: (
            "Le temps de chauffe est le même que d’habitude.",
            "",
        ),
        Finding.SCALE_GROWING: (
            "La machine met plus de temps à chauffer qu’il y a quelques semaines ; un "
            "détartrage vaut la peine d’être essayé.",
            "En plus : {figure}.",
        ),
        Finding.DESCALE_DUE: ("La machine demande un détartrage.", ""),
        Finding.NOT_SEEN_YET: ("Pas encore observé, donc rien n’est affirmé : {check}.", ""),
    },
}
"""A sentence, and what follows it when the evidence carries a figure."""
