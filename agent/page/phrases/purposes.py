"""Each purpose in plain words: what it brings, what it costs, and why it is off."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.consent import Reason
from agent.consents.consent_file import Purpose
from wire.messages import Language

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
            costs="Your number or address, and your quiet hours, travel with such a message.",
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
            costs="Votre numéro ou adresse et vos heures calmes accompagnent un tel message.",
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
