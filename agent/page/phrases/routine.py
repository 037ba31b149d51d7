"""What is usual here, and what was noticed."""

from collections.abc import Mapping

from wire.messages import Language

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "noticed": "What was noticed, and why",
        "nothing_noticed": "Nothing so far.",
        "statistic": "A statistic in the machine compares this home with itself, and nobody "
        "else. It does not know who, and it does not know why.",
        "held_back": "What was noticed and not asked about",
        "picture_alt": "Chart: usual coffees in each hour of a day. The same in words is "
        "below.",
        "nothing_learned": "Nothing is known yet.",
        "said_welcome": "Being asked was good, you said.",
        "said_all_right": "Being asked was all right, you said.",
        "said_unwelcome": "Being asked was not welcome, you said.",
        "said_own": "You also wrote: “{text}”",
    },
    Language.FR: {
        "noticed": "Ce qui a été remarqué, et pourquoi",
        "nothing_noticed": "Rien jusqu’ici.",
        "statistic": "Une statistique dans la machine compare ce foyer à lui-même, et à "
        "personne d’autre. Elle ne sait pas qui, et elle ne sait pas pourquoi.",
        "held_back": "Ce qui a été remarqué sans être demandé",
        "picture_alt": "Graphique : cafés habituels à chaque heure du jour. En mots "
        "ci-dessous.",
        "nothing_learned": "Rien n’est encore connu.",
        "said_welcome": "Cette question vous a fait du bien, avez-vous dit.",
        "said_all_right": "Cette question ne vous a pas dérangé, avez-vous dit.",
        "said_unwelcome": "Cette question n’était pas bienvenue, avez-vous dit.",
        "said_own": "Vous avez aussi écrit : « {text} »",
    },
}
