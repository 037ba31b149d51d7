"""The first page: a greeting, the question, a call, how something felt."""

from collections.abc import Mapping

from wire.messages import Language

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "hello": "Hello {name}.",
        "hello_nobody": "Hello.",
        "milestone": "Coffee number {n} was a round one. Here is to the next hundred.",
        "birthday": "Happy birthday! Today the coffee tastes of cake.",
        "own_line": "“{line}”",
        "warm": "There is always time for a coffee.",
        "last_brew": "Last coffee: {at}.",
        "no_brew": "No coffee seen yet.",
        "not_learning": "Nothing is being learned: that is off.",
        "paused": "You are in a pause until {until}. Nothing is asked, nothing is sent.",
        "back": "Coffee has been made again since {since}. Welcome back?",
        "end_pause": "End the pause",
        "return": "your return",
        "asleep": "The device has not started yet. Start it, and this page fills up.",
        "quiet": "Everything was forgotten. The device stays quiet: it looks at nothing, "
        "keeps nothing and belongs to nobody, until you want it to begin again, as new.",
        "begin": "Begin again, as new",
        "begins": "The device begins again.",
        "question": "A question",
        "your_answer": "Your answer",
        "own_words": "Or in your own words (they stay at home)",
        "answer": "Answer",
        "answered": "Thank you, noted.",
        "no_question": "No question is waiting.",
        "call_me": "Call me",
        "call_title": "Would you like a call?",
        "call_says": "This goes to the desk at once, whatever your choices are: your name and "
        "the number you wrote down. It is no emergency service: in an emergency call 112 now.",
        "call_waits": "Your wish for a call is on its way.",
        "felt": "How did that feel?",
        "felt_says": "{reviewer} decided something for you the other day. If you like, say in "
        "your own words how that felt. It goes to the desk only while “{choice}” is on. You "
        "may also just leave it.",
        "felt_label": "How it felt",
        "send": "Send",
        "welcome": "Was that question welcome?",
        "welcome_says": "The other day you were asked about this: {noticed} What you say now "
        "stays at home.",
        "welcome_legend": "Being asked",
        "welcome_welcome": "was good",
        "welcome_all_right": "was all right",
        "welcome_unwelcome": "was not welcome",
        "welcome_own": "Anything else, in your own words",
        "welcome_keep": "Keep this",
        "welcome_skip": "Skip",
        "fewer": "Shall I ask less often?",
        "fewer_says": "Some questions were not welcome. So many needless ones are all right "
        "for you up to now: {now}. It could be {fewer}; a real change would then be noticed "
        "later.",
        "a_year": "{n} a year",
        "in_years": "one in {n} years",
        "fewer_do": "Ask less often",
        "fewer_keep": "Leave it as it is",
        "thanks": "Thank you.",
        "no_desk": "If nobody answers, call somebody you trust, or 112 in an emergency.",
    },
    Language.FR: {
        "hello": "Bonjour {name}.",
        "hello_nobody": "Bonjour.",
        "milestone": "Le café numéro {n} était un compte rond. À la prochaine centaine.",
        "birthday": "Joyeux anniversaire ! Aujourd’hui, le café a un goût de gâteau.",
        "own_line": "« {line} »",
        "warm": "Il est toujours temps pour un café.",
        "last_brew": "Dernier café : {at}.",
        "no_brew": "Aucun café vu pour l’instant.",
        "not_learning": "Rien n’est appris : c’est désactivé.",
        "paused": "Vous êtes en pause jusqu’au {until}. Rien n’est demandé, rien n’est envoyé.",
        "back": "On refait du café depuis {since}. Vous voilà de retour ?",
        "end_pause": "Finir la pause",
        "return": "retour",
        "asleep": "L’appareil n’a pas encore démarré. Démarrez-le, et cette page se remplit.",
        "quiet": "Tout a été oublié. L’appareil reste silencieux : il ne regarde rien, ne "
        "garde rien et n’appartient à personne, jusqu’à ce que vous vouliez qu’il recommence à "
        "neuf.",
        "begin": "Recommencer à neuf",
        "begins": "L’appareil recommence.",
        "question": "Une question",
        "your_answer": "Votre réponse",
        "own_words": "Ou avec vos mots (ils restent à la maison)",
        "answer": "Répondre",
        "answered": "Merci, c’est noté.",
        "no_question": "Aucune question n’attend.",
        "call_me": "Appelez-moi",
        "call_title": "Voulez-vous qu’on vous appelle ?",
        "call_says": "Cela part tout de suite vers l’équipe, quels que soient vos choix : "
        "votre nom et le numéro que vous avez écrit. Ce n’est pas un service d’urgence : en "
        "cas d’urgence, appelez le 112 ou le 15 maintenant.",
        "call_waits": "Votre demande d’appel est en route.",
        "felt": "Comment l’avez-vous vécu ?",
        "felt_says": "{reviewer} a décidé quelque chose pour vous l’autre jour. Si vous "
        "voulez, dites avec vos mots comment vous l’avez vécu. Cela ne va à l’équipe que si "
        "« {choice} » est activé. Vous pouvez aussi laisser.",
        "felt_label": "Comment je l’ai vécu",
        "send": "Envoyer",
        "welcome": "Cette question était-elle bienvenue ?",
        "welcome_says": "L’autre jour, on vous a posé une question à ce sujet : {noticed} Ce "
        "que vous dites maintenant reste à la maison.",
        "welcome_legend": "Cette question",
        "welcome_welcome": "m’a fait du bien",
        "welcome_all_right": "ne m’a pas dérangé",
        "welcome_unwelcome": "n’était pas bienvenue",
        "welcome_own": "Autre chose, avec vos mots",
        "welcome_keep": "Garder cela",
        "welcome_skip": "Passer",
        "fewer": "Dois-je demander moins souvent ?",
        "fewer_says": "Certaines questions n’étaient pas bienvenues. Voici combien de "
        "questions inutiles vous conviennent jusqu’ici : {now}. Cela pourrait être {fewer} ; "
        "un vrai changement serait alors remarqué plus tard.",
        "a_year": "{n} par an",
        "in_years": "une en {n} ans",
        "fewer_do": "Demander moins souvent",
        "fewer_keep": "Laisser ainsi",
        "thanks": "Merci.",
        "no_desk": "Si personne ne répond, appelez une personne de confiance, ou le 112 en "
        "cas d’urgence.",
    },
}
