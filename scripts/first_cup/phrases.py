"""Every sentence the demonstration says by itself, in English and in French.

What a change or a check *means* is said by ``wire.words``, as at home and at the desk.
French spaces before ; : ? ! and inside « » are ordinary here; ``wire.words.typeset``
makes them unbreakable.
"""

from collections.abc import Mapping

from scripts.first_cup.resident import Story
from wire.messages import Language

EN, FR = Language.EN, Language.FR

SENTENCES: Mapping[Language, Mapping[str, str]] = {
    EN: {
        "motto": "A coffee machine that notices, a person who calls.",
        "seed": "seed {seed}, today {today}",
        "history": "The history of {subject}.",
        "fault_opening": "Six ordinary weeks, then a machine that is at fault.",
        "console": "The desk’s console",
        "logins": "Sign in there as",
        "login": "{first_name}, {role}: {username} / {password}",
        "weeks": "Week by week",
        "days": "Day by day",
        "coffees_one": "{count} coffee",
        "coffees_many": "{count} coffees",
        "unseen": "The device was off",
        "unseen_until": "until {until}. No coffee then means nothing.",
        "fault": "The machine gets a fault",
        "fault_detail": "{fault}. Nobody tells the device; it has to find out.",
        "device_check": "The machine first",
        "concern_detail": "The device has noticed, and tells nobody.",
        "question": "A question at home",
        "quoted": "“{text}”",
        "waits": "It waits {hours} waking hours for an answer.",
        "kept_at_home": "Nothing leaves the house",
        "kept_at_home_detail": "Nobody answered, and the owner has not allowed an alert.",
        "use_returned": "Coffee is made again",
        "use_returned_detail": "The concern has ended by itself; nothing leaves the house.",
        "alert": "An alert leaves the house",
        "alert_detail": "No answer in {hours} waking hours, and the owner has allowed it. "
        "Signed and sealed, {size} bytes: the broker cannot read it.",
        "service": "A service report leaves the house",
        "service_detail": "Signed and sealed, {size} bytes. It says nothing about the coffee.",
        "acknowledged": "The desk has it",
        "acknowledged_detail": "Committed there and acknowledged with a signature: {outcome}.",
        "your_turn": "Your turn",
        "your_turn_detail": "A case waits. Open {console}, sign in as {username} with "
        "{password}, claim the case and decide. The decision will arrive here, at home. "
        "Ctrl-C ends everything.",
        "claimed": "{reviewer} takes the case",
        "claimed_detail": "By the owner’s name, not by a number.",
        "decided": "{reviewer} decides",
        "home": "Back at home",
        "reason": "Reason: {reason}",
        "summary_decided": "From the sensor to a person, and back",
        "summary_no_concern": "The routine never broke",
        "summary_kept_at_home": "Noticed, asked, and kept at home",
        "summary_use_returned": "Noticed, and mended by itself",
        "summary_service": "A matter for a technician, and for nobody else",
        "alerts": "alerts published: {n}",
        "reports": "service reports: {n}",
        "nothing_left": "the broker carried nothing from this house",
        "only_sealed": "every envelope at the broker was sealed, and of one size",
    },
    FR: {
        "motto": "Une machine à café qui remarque, une personne qui appelle.",
        "seed": "graine {seed}, aujourd’hui {today}",
        "history": "L’histoire de {subject}.",
        "fault_opening": "Six semaines ordinaires, puis une machine en panne.",
        "console": "La console de l’équipe",
        "logins": "S’y connecter comme",
        "login": "{first_name}, {role} : {username} / {password}",
        "weeks": "Semaine après semaine",
        "days": "Jour après jour",
        "coffees_one": "{count} café",
        "coffees_many": "{count} cafés",
        "unseen": "L’appareil était éteint",
        "unseen_until": "jusqu’au {until}. Pas de café alors ne veut rien dire.",
        "fault": "La machine tombe en panne",
        "fault_detail": "{fault}. Personne ne le dit à l’appareil ; à lui de le découvrir.",
        "device_check": "D’abord la machine",
        "concern_detail": "L’appareil l’a remarqué, et n’en parle à personne.",
        "question": "Une question, à la maison",
        "quoted": "« {text} »",
        "waits": "Elle attend une réponse pendant {hours} heures d’éveil.",
        "kept_at_home": "Rien ne quitte la maison",
        "kept_at_home_detail": "Pas de réponse, et le foyer n’a pas autorisé d’alerte.",
        "use_returned": "On refait du café",
        "use_returned_detail": "L’inquiétude s’est dissipée d’elle-même ; rien ne quitte la "
        "maison.",
        "alert": "Une alerte quitte la maison",
        "alert_detail": "Pas de réponse en {hours} heures d’éveil, et le foyer l’a "
        "autorisée. Signée et scellée, {size} octets : le relais ne peut pas la lire.",
        "service": "Un rapport technique quitte la maison",
        "service_detail": "Signé et scellé, {size} octets. Il ne dit rien du café.",
        "acknowledged": "L’équipe l’a reçu",
        "acknowledged_detail": "Enregistré là-bas, et confirmé par une signature : {outcome}.",
        "your_turn": "À vous",
        "your_turn_detail": "Un dossier attend. Ouvrez {console}, connectez-vous comme "
        "{username} avec {password}, prenez le dossier et décidez. La décision arrivera "
        "ici, à la maison. Ctrl-C arrête tout.",
        "claimed": "{reviewer} prend le dossier",
        "claimed_detail": "Avec le nom de la personne, pas avec un numéro.",
        "decided": "{reviewer} décide",
        "home": "De retour à la maison",
        "reason": "Raison : {reason}",
        "summary_decided": "Du capteur à une personne, et retour",
        "summary_no_concern": "Les habitudes n’ont jamais changé",
        "summary_kept_at_home": "Remarqué, demandé, et gardé à la maison",
        "summary_use_returned": "Remarqué, puis rentré dans l’ordre",
        "summary_service": "Une affaire de technicien, et de personne d’autre",
        "alerts": "alertes envoyées : {n}",
        "reports": "rapports techniques : {n}",
        "nothing_left": "le relais n’a rien transporté de cette maison",
        "only_sealed": "chaque enveloppe confiée au relais était scellée, et d’une seule "
        "taille",
    },
}

STORIES: Mapping[Language, Mapping[str, str]] = {
    EN: {
        Story.SURGE: "Six ordinary weeks, then twice the coffee, day after day.",
        Story.STOP: "Six ordinary weeks, then one last coffee.",
        Story.NIGHT: "Six ordinary weeks, then coffee in the small hours.",
    },
    FR: {
        Story.SURGE: "Six semaines ordinaires, puis deux fois plus de café, jour après jour.",
        Story.STOP: "Six semaines ordinaires, puis un dernier café.",
        Story.NIGHT: "Six semaines ordinaires, puis du café au cœur de la nuit.",
    },
}

FAULTS: Mapping[Language, Mapping[str, str]] = {
    EN: {
        "tank-stuck": "The tank’s switch says empty although the tank is full",
        "pump-dry": "The pump runs and moves no water",
        "heater-weak": "The heater has a quarter of its power",
    },
    FR: {
        "tank-stuck": "Le contact du réservoir dit « vide » alors qu’il est plein",
        "pump-dry": "La pompe tourne et ne déplace pas d’eau",
        "heater-weak": "La résistance n’a plus qu’un quart de sa puissance",
    },
}

ROLES: Mapping[Language, Mapping[str, str]] = {
    EN: {"reviewer": "reviewer", "technician": "technician", "supervisor": "supervisor"},
    FR: {"reviewer": "accompagnement", "technician": "technique", "supervisor": "supervision"},
}

OUTCOMES: Mapping[Language, Mapping[str, str]] = {
    EN: {
        "accepted": "accepted",
        "repeated": "known already",
        "refused": "refused",
        "closed": "closed",
    },
    FR: {
        "accepted": "accepté",
        "repeated": "déjà connu",
        "refused": "refusé",
        "closed": "clos",
    },
}

WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    EN: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    FR: ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
}
WEEKDAY_INITIALS: Mapping[Language, str] = {EN: "M T W T F S S", FR: "L M M J V S D"}

MONTHS: Mapping[Language, tuple[str, ...]] = {
    EN: (
        *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
        *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ),
    FR: (
        *("janv.", "févr.", "mars", "avril", "mai", "juin"),
        *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
    ),
}

SCRIPT: Mapping[Language, Mapping[str, str]] = {
    EN: {
        "care_reason": "A change this clear is worth a friendly word.",
        "care_message": "Hello, this is a word from the desk. May I ring you this afternoon?",
        "service_reason": "The machine’s own readings do not fit together.",
        "service_message": "A technician will look at it. You need not do anything.",
    },
    FR: {
        "care_reason": "Un changement aussi net mérite un petit mot.",
        "care_message": "Bonjour, un petit mot de l’équipe. Puis-je vous appeler cet "
        "après-midi ?",
        "service_reason": "Les mesures de la machine ne concordent pas.",
        "service_message": "Un technicien va s’en occuper. Vous n’avez rien à faire.",
    },
}
"""What the scripted reviewer writes, where no viewer decides."""
