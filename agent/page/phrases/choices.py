"""The switches, the name and the pause."""

from collections.abc import Mapping

from wire.messages import Language

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "choices_says": "Each by itself. Off is always one press, and counts at once.",
        "brings": "What it brings:",
        "costs": "What it costs:",
        "say_no": "Switch off",
        "read_first": "Read, then decide",
        "say_yes": "I have read this, and I say yes",
        "not_now": "Not now",
        "me": "You",
        "name": "Your name here",
        "contact": "Your phone number or e-mail address",
        "to": "Your own phone number or e-mail address",
        "trusted_name": "Their name",
        "trusted_relation": "Who they are to you",
        "trusted_channel": "Their phone number or address",
        "order": "Whom to try first",
        "offer_read": "Read, then name {name}",
        "offer_taken": "You have named {name}.",
        "offer_says": "{name} is a volunteer whom you do not know, and of whom the desk has "
        "told you. Only your yes lets anybody ask them something for you; it ends as it began, "
        "here.",
        "offer_replaces": "This takes the place of {name}: the desk then asks {name} no more.",
        "order_me": "only me",
        "order_me_them": "me, then them",
        "order_them_me": "them, then me",
        "order_nobody": "nobody: write only",
        "birthday_title": "Your birthday, if you like",
        "birthday_day": "Day",
        "birthday_month": "Month",
        "none": "none",
        "own_line_label": "A line from you to yourself, if you like",
        "stays": "Birthday and line are for this page alone: they never leave this device.",
        "save": "Save",
        "quiet_title": "When not to disturb me",
        "quiet_says": "In these quiet hours nothing glows and no note comes, and nobody from "
        "the desk calls you, unless you ask for it.",
        "quiet_from": "From",
        "quiet_to": "Until",
        "quiet_save": "Keep these hours",
        "pause_title": "Away, or not now",
        "pause_until": "Last day of the pause",
        "pause_start": "Pause until then",
        "pause_return": "Pause until I am back",
    },
    Language.FR: {
        "choices_says": "Chacun séparément. Désactiver, c’est toujours un seul geste, et cela "
        "compte tout de suite.",
        "brings": "Ce que cela apporte :",
        "costs": "Ce que cela coûte :",
        "say_no": "Désactiver",
        "read_first": "Lire, puis décider",
        "say_yes": "J’ai lu ceci, et je dis oui",
        "not_now": "Pas maintenant",
        "me": "Vous",
        "name": "Votre nom ici",
        "contact": "Votre téléphone ou votre adresse électronique",
        "to": "Votre propre téléphone ou adresse électronique",
        "trusted_name": "Son nom",
        "trusted_relation": "Qui c’est pour vous",
        "trusted_channel": "Son téléphone ou son adresse",
        "order": "Qui essayer d’abord",
        "offer_read": "Lire, puis nommer {name}",
        "offer_taken": "Vous avez nommé {name}.",
        "offer_says": "{name} est une personne bénévole que vous ne connaissez pas, et dont "
        "l’équipe vous a parlé. Seul votre oui permet qu’on lui demande quelque chose pour "
        "vous ; il prend fin comme il a commencé, ici.",
        "offer_replaces": "Elle prendrait la place de {name} : l’équipe ne demande alors plus "
        "rien à {name}.",
        "order_me": "moi seulement",
        "order_me_them": "moi, puis cette personne",
        "order_them_me": "cette personne, puis moi",
        "order_nobody": "personne : écrire seulement",
        "birthday_title": "Votre anniversaire, si vous voulez",
        "birthday_day": "Jour",
        "birthday_month": "Mois",
        "none": "aucun",
        "own_line_label": "Une phrase de vous à vous-même, si vous voulez",
        "stays": "L’anniversaire et la phrase sont pour cette page seulement : ils ne quittent "
        "jamais cet appareil.",
        "save": "Enregistrer",
        "quiet_title": "Quand ne pas me déranger",
        "quiet_says": "Pendant ces heures calmes, rien ne s’allume, aucun mot ne vous arrive, "
        "et personne de l’équipe ne vous appelle, sauf si vous le demandez.",
        "quiet_from": "De",
        "quiet_to": "À",
        "quiet_save": "Garder ces heures",
        "pause_title": "Absent, ou pas maintenant",
        "pause_until": "Dernier jour de la pause",
        "pause_start": "Pause jusque-là",
        "pause_return": "Pause jusqu’à mon retour",
    },
}
