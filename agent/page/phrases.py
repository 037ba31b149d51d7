"""What the owner's page says, in English and in French.

Plain tables; French spaces are ordinary here and are set by ``say``. It never says a score
of a person, a cause or a mood.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.consent import Reason
from agent.consents.consent_file import Purpose
from wire.messages import Language
from wire.words import typeset

EN, FR = Language.EN, Language.FR


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One switch in plain words."""

    title: str
    brings: str
    costs: str


CHOICES: Mapping[Language, Mapping[Purpose, Choice]] = {
    EN: {
        Purpose.LEARN_ROUTINE: Choice(
            title="Learn what is usual here",
            brings="It can ask you when something is very different from usual.",
            costs="It keeps the time of each coffee, here at home, for 400 days.",
        ),
        Purpose.DEVICE_HEALTH: Choice(
            title="Tell a technician when the machine is faulty",
            brings="Somebody takes care of it before you have to ask.",
            costs="Your name and what is wrong with the machine leave the house.",
        ),
        Purpose.CARE_ALERT: Choice(
            title="Tell a trained person when I do not answer",
            brings="Somebody thinks of you if your routine breaks and you stay silent.",
            costs="Your name and what has changed leave the house. Needs “learn”.",
        ),
        Purpose.CONTACT_ME: Choice(
            title="They may call or write to me",
            brings="They can ask you instead of wondering.",
            costs="Your number or address travels with such a message.",
        ),
        Purpose.NUDGE_ME: Choice(
            title="Find me when I am out",
            brings="A note on your own phone: the machine has a question.",
            costs="Your phone or mail provider can read that one line.",
        ),
        Purpose.CONTACT_TRUSTED_PERSON: Choice(
            title="They may call somebody I trust",
            brings="Somebody near you can look in.",
            costs="That person’s name and number travel with an alert. Ask them first.",
        ),
    },
    FR: {
        Purpose.LEARN_ROUTINE: Choice(
            title="Apprendre ce qui est habituel ici",
            brings="Elle peut vous demander quand quelque chose change beaucoup.",
            costs="Elle garde l’heure de chaque café, ici, chez vous, pendant 400 jours.",
        ),
        Purpose.DEVICE_HEALTH: Choice(
            title="Prévenir un technicien quand la machine est en panne",
            brings="Quelqu’un s’en occupe avant que vous ayez à demander.",
            costs="Votre nom et le défaut de la machine quittent la maison.",
        ),
        Purpose.CARE_ALERT: Choice(
            title="Prévenir une personne formée si je ne réponds pas",
            brings="Quelqu’un pense à vous si vos habitudes changent et que vous vous taisez.",
            costs="Votre nom et ce qui a changé quittent la maison. Suppose « apprendre ».",
        ),
        Purpose.CONTACT_ME: Choice(
            title="On peut m’appeler ou m’écrire",
            brings="On peut vous demander au lieu de se demander.",
            costs="Votre numéro ou votre adresse accompagne un tel message.",
        ),
        Purpose.NUDGE_ME: Choice(
            title="Me trouver quand je suis sorti",
            brings="Un mot sur votre propre téléphone : la machine a une question.",
            costs="Votre opérateur ou votre messagerie peut lire cette seule ligne.",
        ),
        Purpose.CONTACT_TRUSTED_PERSON: Choice(
            title="On peut appeler une personne de confiance",
            brings="Quelqu’un près de vous peut passer vous voir.",
            costs="Son nom et son numéro accompagnent une alerte. Demandez-lui d’abord.",
        ),
    },
}

REASONS: Mapping[Language, Mapping[Reason, str]] = {
    EN: {
        Reason.GRANTED: "On, until {until}",
        Reason.OFF: "Off",
        Reason.UNREADABLE: "Off: the file cannot be read",
        Reason.NOT_CONFIRMED: "Off: the text has not been confirmed yet",
        Reason.NOTICE_CHANGED: "Off: the text has changed; please read it again",
        Reason.INCOMPLETE: "Off: an address or a name is missing",
        Reason.NOT_RECORDED: "On in a moment: the device is writing it down",
        Reason.EXPIRED: "Off: it has ended; say yes again if you like",
        Reason.CLOCK_IN_DOUBT: "Off: the device does not know what time it is",
        Reason.PAUSED: "Resting: you are in a pause",
        Reason.NEEDS_LEARN_ROUTINE: "Off: it needs “Learn what is usual here”",
    },
    FR: {
        Reason.GRANTED: "Activé, jusqu’au {until}",
        Reason.OFF: "Désactivé",
        Reason.UNREADABLE: "Désactivé : le fichier est illisible",
        Reason.NOT_CONFIRMED: "Désactivé : le texte n’est pas encore confirmé",
        Reason.NOTICE_CHANGED: "Désactivé : le texte a changé ; merci de le relire",
        Reason.INCOMPLETE: "Désactivé : il manque une adresse ou un nom",
        Reason.NOT_RECORDED: "Activé dans un instant : l’appareil l’inscrit",
        Reason.EXPIRED: "Désactivé : c’est arrivé à son terme ; redites oui si vous voulez",
        Reason.CLOCK_IN_DOUBT: "Désactivé : l’appareil ne sait pas l’heure",
        Reason.PAUSED: "En repos : vous êtes en pause",
        Reason.NEEDS_LEARN_ROUTINE: "Désactivé : suppose « Apprendre ce qui est habituel ici »",
    },
}

TEXTS: Mapping[Language, Mapping[str, str]] = {
    EN: {
        "skip": "To the content",
        "today": "Today",
        "routine": "My routine",
        "sent": "What went out",
        "choices": "My choices",
        "mine": "All mine",
        "other_language": "Français",
        "hello": "Hello {name}.",
        "hello_nobody": "Hello.",
        "milestone": "Coffee number {n} was a round one. Here is to the next hundred.",
        "warm": "There is always time for a coffee.",
        "last_brew": "Last coffee: {at}.",
        "no_brew": "No coffee seen yet.",
        "not_learning": "Nothing is being learned: that is off.",
        "paused": "You are in a pause until {until}. Nothing is asked, nothing is sent.",
        "back": "Coffee has been made again since {since}. Welcome back?",
        "end_pause": "End the pause",
        "return": "your return",
        "pause_return": "Pause until I am back",
        "asleep": "The device has not started yet. Start it, and this page fills up.",
        "broken_file": "Your consent file cannot be read, so everything in it means no:",
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
        "thanks": "Thank you.",
        "noticed": "What was noticed, and why",
        "nothing_noticed": "Nothing so far.",
        "statistic": "A statistic in the machine compares this home with itself, and nobody "
        "else. It does not know who, and it does not know why.",
        "held_back": "What was noticed and not asked about",
        "picture_alt": "Chart: usual coffees in each hour of a day. The same in words is "
        "below.",
        "nothing_learned": "Nothing is known yet.",
        "sent_says": "Word for word, everything that has left the house. Only the desk can "
        "open it on the way.",
        "nothing_sent": "Nothing has ever left the house.",
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
        "replied": "You replied: “{text}”",
        "taken_back": "What you took back",
        "tb_told": "{purpose}, {at}: the desk was told.",
        "tb_quiet": "{purpose}, {at}: the desk had nothing to forget.",
        "tb_confirmed": "It confirmed on {at} that it is erased.",
        "tb_waits": "Its confirmation has not come yet.",
        "choices_says": "Each by itself. Off is always one press, and counts at once.",
        "brings": "What it brings:",
        "costs": "What it costs:",
        "say_no": "Switch off",
        "read_first": "Read, then decide",
        "say_yes": "I have read this, and I say yes",
        "not_now": "Not now",
        "me": "How you like to be called",
        "name": "Your name here",
        "contact": "Your phone number or e-mail address",
        "to": "Your own phone number or e-mail address",
        "trusted_name": "Their name",
        "trusted_relation": "Who they are to you",
        "trusted_channel": "Their phone number or address",
        "order": "Whom to try first",
        "order_me": "only me",
        "order_me_them": "me, then them",
        "order_them_me": "them, then me",
        "order_nobody": "nobody: write only",
        "save": "Save",
        "pause_title": "Away, or not now",
        "pause_until": "Last day of the pause",
        "pause_start": "Pause until then",
        "not_changed": "That was not changed:",
        "mine_says": "Everything here is yours: to read, to take away, to have erased.",
        "export": "Take everything away (ZIP)",
        "records": "My consent records (JSON)",
        "withheld": "What is not shown, and why",
        "object": "To object:",
        "forget": "Have everything forgotten",
        "forget_says": "Erases, for ever: every coffee, what was learned, noticed, sent and "
        "received, your choices and your name. The desk is asked to erase its part; once it "
        "has signed that it did, the device destroys its keys.",
        "forget_label": "Write the word {word} to make sure",
        "forget_word": "forget",
        "forget_do": "Forget everything",
        "forget_begun": "Everything here is being erased. The desk is asked to erase its part.",
        "locked": "This page is only for whoever lives here.",
        "locked_says": "Open it with the link that “demitasse page --link” prints.",
        "wrong": "That did not work.",
        "wrong_says": "The page was open for too long, or came from elsewhere. Please try "
        "again.",
        "nothing_here": "There is nothing here.",
        "emergency": "This is no emergency service. In an emergency call 112.",
        "no_desk": "If nobody answers, call somebody you trust, or 112 in an emergency.",
    },
    FR: {
        "skip": "Au contenu",
        "today": "Aujourd’hui",
        "routine": "Mes habitudes",
        "sent": "Ce qui est parti",
        "choices": "Mes choix",
        "mine": "Tout à moi",
        "other_language": "English",
        "hello": "Bonjour {name}.",
        "hello_nobody": "Bonjour.",
        "milestone": "Le café numéro {n} était un compte rond. À la prochaine centaine.",
        "warm": "Il est toujours temps pour un café.",
        "last_brew": "Dernier café : {at}.",
        "no_brew": "Aucun café vu pour l’instant.",
        "not_learning": "Rien n’est appris : c’est désactivé.",
        "paused": "Vous êtes en pause jusqu’au {until}. Rien n’est demandé, rien n’est envoyé.",
        "back": "On refait du café depuis {since}. Vous voilà de retour ?",
        "end_pause": "Finir la pause",
        "return": "retour",
        "pause_return": "Pause jusqu’à mon retour",
        "asleep": "L’appareil n’a pas encore démarré. Démarrez-le, et cette page se remplit.",
        "broken_file": "Votre fichier de consentement est illisible ; tout y vaut donc non :",
        "question": "Une question",
        "your_answer": "Votre réponse",
        "own_words": "Ou avec vos mots (ils restent à la maison)",
        "answer": "Répondre",
        "answered": "Merci, c’est noté.",
        "no_question": "Aucune question n’attend.",
        "call_me": "Appelez-moi",
        "call_title": "Voulez-vous qu’on vous appelle ?",
        "call_says": "Cela part tout de suite vers l’équipe, quels que soient vos choix : "
        "votre "
        "nom et le numéro que vous avez écrit. Ce n’est pas un service d’urgence : en cas "
        "d’urgence, appelez le 112 ou le 15 maintenant.",
        "call_waits": "Votre demande d’appel est en route.",
        "felt": "Comment l’avez-vous vécu ?",
        "felt_says": "{reviewer} a décidé quelque chose pour vous l’autre jour. Si vous "
        "voulez, "
        "dites avec vos mots comment vous l’avez vécu. Cela ne va à l’équipe que si « "
        "{choice} » est activé. Vous pouvez aussi laisser.",
        "felt_label": "Comment je l’ai vécu",
        "send": "Envoyer",
        "thanks": "Merci.",
        "noticed": "Ce qui a été remarqué, et pourquoi",
        "nothing_noticed": "Rien jusqu’ici.",
        "statistic": "Une statistique dans la machine compare ce foyer à lui-même, et à "
        "personne "
        "d’autre. Elle ne sait pas qui, et elle ne sait pas pourquoi.",
        "held_back": "Ce qui a été remarqué sans être demandé",
        "picture_alt": "Graphique : cafés habituels à chaque heure du jour. En mots "
        "ci-dessous.",
        "nothing_learned": "Rien n’est encore connu.",
        "sent_says": "Mot pour mot, tout ce qui a quitté la maison. En route, seule "
        "l’équipe peut l’ouvrir.",
        "nothing_sent": "Rien n’a jamais quitté la maison.",
        "sent_at": "{type}, écrit le {at}",
        "outcome": "L’équipe a signé : {outcome}",
        "outcome_waits": "L’équipe n’a pas encore signé, ou cela a été repris.",
        "came_back": "Ce qui est revenu",
        "nothing_back": "Rien encore.",
        "looked": "{reviewer} a regardé le {at}.",
        "reason": "Raison : {reason}",
        "writes": "{reviewer} vous écrit : « {message} »",
        "note": "L’équipe vous écrit : « {message} »",
        "erased": "L’équipe a effacé ce qu’elle avait.",
        "reply": "Votre réponse, ou votre objection",
        "replied": "Vous avez répondu : « {text} »",
        "taken_back": "Ce que vous avez repris",
        "tb_told": "{purpose}, le {at} : l’équipe a été prévenue.",
        "tb_quiet": "{purpose}, le {at} : l’équipe n’avait rien à oublier.",
        "tb_confirmed": "Elle a confirmé le {at} que c’est effacé.",
        "tb_waits": "Sa confirmation n’est pas encore arrivée.",
        "choices_says": "Chacun séparément. Désactiver, c’est toujours un seul geste, et cela "
        "compte tout de suite.",
        "brings": "Ce que cela apporte :",
        "costs": "Ce que cela coûte :",
        "say_no": "Désactiver",
        "read_first": "Lire, puis décider",
        "say_yes": "J’ai lu ceci, et je dis oui",
        "not_now": "Pas maintenant",
        "me": "Comment vous aimez qu’on vous appelle",
        "name": "Votre nom ici",
        "contact": "Votre téléphone ou votre adresse électronique",
        "to": "Votre propre téléphone ou adresse électronique",
        "trusted_name": "Son nom",
        "trusted_relation": "Qui c’est pour vous",
        "trusted_channel": "Son téléphone ou son adresse",
        "order": "Qui essayer d’abord",
        "order_me": "moi seulement",
        "order_me_them": "moi, puis cette personne",
        "order_them_me": "cette personne, puis moi",
        "order_nobody": "personne : écrire seulement",
        "save": "Enregistrer",
        "pause_title": "Absent, ou pas maintenant",
        "pause_until": "Dernier jour de la pause",
        "pause_start": "Pause jusque-là",
        "not_changed": "Cela n’a pas été changé :",
        "mine_says": "Tout ici est à vous : à lire, à emporter, à faire effacer.",
        "export": "Tout emporter (ZIP)",
        "records": "Mes preuves de consentement (JSON)",
        "withheld": "Ce qui n’est pas montré, et pourquoi",
        "object": "Pour contester :",
        "forget": "Faire tout oublier",
        "forget_says": "Efface pour toujours : chaque café, ce qui a été appris, remarqué, "
        "envoyé et reçu, vos choix et votre nom. L’équipe est priée d’effacer sa part ; dès "
        "qu’elle l’a signé, l’appareil détruit ses clés.",
        "forget_label": "Écrivez le mot {word} pour être sûr",
        "forget_word": "oublier",
        "forget_do": "Tout oublier",
        "forget_begun": "Tout est en train d’être effacé ici. L’équipe est priée d’effacer sa "
        "part.",
        "locked": "Cette page est réservée à qui habite ici.",
        "locked_says": "Ouvrez-la avec le lien que donne « demitasse page --link ».",
        "wrong": "Cela n’a pas marché.",
        "wrong_says": "La page est restée ouverte trop longtemps, ou venait d’ailleurs. "
        "Merci de "
        "réessayer.",
        "nothing_here": "Il n’y a rien ici.",
        "emergency": "Ce n’est pas un service d’urgence. En cas d’urgence, appelez le 112 "
        "ou le "
        "15.",
        "no_desk": "Si personne ne répond, appelez une personne de confiance, ou le 112 en cas "
        "d’urgence.",
    },
}

TYPES: Mapping[Language, Mapping[str, str]] = {
    EN: {
        "alert": "An alert",
        "service_report": "A report on the machine",
        "resolved": "“All is well again”",
        "withdrawal": "A withdrawal",
        "reply": "Your reply",
        "help": "Your wish for a call",
        "nudge": "A note to yourself",
        "felt": "How it felt",
        "erase": "The wish to be forgotten",
    },
    FR: {
        "alert": "Une alerte",
        "service_report": "Un rapport sur la machine",
        "resolved": "« Tout va bien de nouveau »",
        "withdrawal": "Un retrait",
        "reply": "Votre réponse",
        "help": "Votre demande d’appel",
        "nudge": "Un mot à vous-même",
        "felt": "Comment vous l’avez vécu",
        "erase": "Le souhait d’être oublié",
    },
}


def say(key: str, language: Language, **values: object) -> str:
    """Return one sentence; what people wrote is put in after the spaces are set."""
    return typeset(TEXTS[language][key], language).format(**values)
