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
        "disk_full": "The memory card is full. Nothing new is kept, so nothing new is learned, "
        "asked or sent, not even a wish for a call: telephone yourself. Make room on the card, "
        "or ask whoever set the device up; then it goes on by itself.",
        "disk_read_only": "The memory card takes nothing any more, as one does that is worn "
        "out. Nothing new is learned, asked or sent, not even a wish for a call: telephone "
        "yourself. Switch the device off and on once; if this comes back, the card has to be "
        "replaced.",
        "disk_refuses": "The device can keep nothing at the moment. Nothing new is learned, "
        "asked or sent, not even a wish for a call: telephone yourself. Often it passes by "
        "itself. If not, switch the device off and on once, or have the card replaced.",
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
        "disk_full": "La carte mémoire est pleine. Rien de nouveau n’est gardé, donc rien de "
        "nouveau n’est appris, demandé ou envoyé, pas même une demande d’appel : téléphonez "
        "vous-même. Faites de la place sur la carte, ou demandez à qui a installé l’appareil ; "
        "ensuite il reprend tout seul.",
        "disk_read_only": "La carte mémoire n’accepte plus rien, comme une carte usée. Rien de "
        "nouveau n’est appris, demandé ou envoyé, pas même une demande d’appel : téléphonez "
        "vous-même. Éteignez et rallumez l’appareil une fois ; si cela revient, la carte est à "
        "remplacer.",
        "disk_refuses": "L’appareil ne peut rien garder en ce moment. Rien de nouveau n’est "
        "appris, demandé ou envoyé, pas même une demande d’appel : téléphonez vous-même. "
        "Souvent cela passe tout seul. Sinon, éteignez et rallumez l’appareil une fois, ou "
        "faites remplacer la carte.",
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
