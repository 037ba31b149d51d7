"""What stands on every page, and on the doors."""

from collections.abc import Mapping

from wire.messages import Language

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "skip": "To the content",
        "today": "Today",
        "routine": "My routine",
        "sent": "What went out",
        "choices": "My choices",
        "mine": "All mine",
        "other_language": "Français",
        "broken_file": "Your consent file cannot be read, so everything in it means no:",
        "emergency": "This is no emergency service. In an emergency call 112.",
        "not_changed": "That was not changed:",
        "locked": "This page is only for whoever lives here.",
        "locked_says": "Open it with the link that “demitasse page --link” prints.",
        "wrong": "That did not work.",
        "wrong_says": "The page was open for too long, or came from elsewhere. Please try "
        "again.",
        "nothing_here": "There is nothing here.",
    },
    Language.FR: {
        "skip": "Au contenu",
        "today": "Aujourd’hui",
        "routine": "Mes habitudes",
        "sent": "Ce qui est parti",
        "choices": "Mes choix",
        "mine": "Tout à moi",
        "other_language": "English",
        "broken_file": "Votre fichier de consentement est illisible ; tout y vaut donc non :",
        "emergency": "Ce n’est pas un service d’urgence. En cas d’urgence, appelez le 112 ou "
        "le 15.",
        "not_changed": "Cela n’a pas été changé :",
        "locked": "Cette page est réservée à qui habite ici.",
        "locked_says": "Ouvrez-la avec le lien que donne « demitasse page --link ».",
        "wrong": "Cela n’a pas marché.",
        "wrong_says": "La page est restée ouverte trop longtemps, ou venait d’ailleurs. Merci "
        "de réessayer.",
        "nothing_here": "Il n’y a rien ici.",
    },
}
