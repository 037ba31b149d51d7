"""What left the house, what came back, what was taken back."""

from collections.abc import Mapping

from wire.messages import Language

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "sent_says": "Word for word, everything that has left the house. Only the desk can "
        "open it on the way.",
        "nothing_sent": "Nothing has ever left the house.",
        "figures": "Every hour, how the machine was: {n} times in the last 30 days. Figure by "
        "figure in your copy, under “All mine”.",
        "sent_at": "{type}, written on {at}",
        "outcome": "The desk signed: {outcome}",
        "outcome_waits": "The desk has not signed for it yet, or it was taken back.",
        "came_back": "What came back",
        "nothing_back": "Nothing yet.",
        "looked": "{reviewer} looked on {at}.",
        "reason": "Reason: {reason}",
        "writes": "{reviewer} writes: “{message}”",
        "note": "The desk writes: “{message}”",
        "erased": "The desk has erased what it had.",
        "reply": "Your reply, or your objection",
        "not_heard": "I was not heard: somebody else shall look",
        "objects": "I object: a guardian reads it, apart from whoever decided",
        "replied": "You replied: “{text}”",
        "taken_back": "What you took back",
        "tb_told": "{purpose}, {at}: the desk was told.",
        "tb_quiet": "{purpose}, {at}: the desk had nothing to forget.",
        "tb_confirmed": "It confirmed on {at} that it is erased.",
        "tb_waits": "Its confirmation has not come yet.",
    },
    Language.FR: {
        "sent_says": "Mot pour mot, tout ce qui a quitté la maison. En route, seule l’équipe "
        "peut l’ouvrir.",
        "nothing_sent": "Rien n’a jamais quitté la maison.",
        "figures": "Chaque heure, l’état de la machine : {n} fois dans les 30 derniers jours. "
        "Chiffre par chiffre dans votre copie, sous « Tout à moi ».",
        "sent_at": "{type}, {at}",
        "outcome": "L’équipe a signé : {outcome}",
        "outcome_waits": "L’équipe n’a pas encore signé, ou cela a été repris.",
        "came_back": "Ce qui est revenu",
        "nothing_back": "Rien encore.",
        "looked": "{reviewer} a regardé {at}.",
        "reason": "Raison : {reason}",
        "writes": "{reviewer} vous écrit : « {message} »",
        "note": "L’équipe vous écrit : « {message} »",
        "erased": "L’équipe a effacé ce qu’elle avait.",
        "reply": "Votre réponse, ou votre objection",
        "not_heard": "On ne m’écoute pas : que quelqu’un d’autre regarde",
        "objects": "Je m’y oppose : la médiation le lit, à part de qui a décidé",
        "replied": "Vous avez répondu : « {text} »",
        "taken_back": "Ce que vous avez repris",
        "tb_told": "{purpose}, {at} : l’équipe a été prévenue.",
        "tb_quiet": "{purpose}, {at} : l’équipe n’avait rien à oublier.",
        "tb_confirmed": "Elle a confirmé {at} que c’est effacé.",
        "tb_waits": "Sa confirmation n’est pas encore arrivée.",
    },
}

TYPES: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "alert": "An alert",
        "service_report": "A report on the machine",
        "resolved": "“All is well again”",
        "withdrawal": "A withdrawal",
        "reply": "Your reply",
        "help": "Your wish for a call",
        "nudge": "A note to yourself",
        "felt": "How it felt",
        "erase": "The wish to be forgotten",
        "give_back": "The wish to see the desk’s part",
    },
    Language.FR: {
        "alert": "Une alerte",
        "service_report": "Un rapport sur la machine",
        "resolved": "« Tout va bien de nouveau »",
        "withdrawal": "Un retrait",
        "reply": "Votre réponse",
        "help": "Votre demande d’appel",
        "nudge": "Un mot à vous-même",
        "felt": "Comment vous l’avez vécu",
        "erase": "Le souhait d’être oublié",
        "give_back": "Le souhait de voir la part de l’équipe",
    },
}
"""What has left the house is called so: every type of message that the owner sees."""
