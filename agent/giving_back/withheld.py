"""What is not shown to the owner, by category: why, and how to object.

A promise to show everything is only worth something with the list of what it leaves out.
Every way of looking (the page, the export) ends with this list. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wire.messages import Language
from wire.words import typeset


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """One category."""

    category: str
    """The word by which the desk says that it left something of this out."""
    what: str
    why: str
    object_how: str


_ASK_OPERATOR = {
    Language.EN: "Write to whoever runs the desk ([operator] contact in agent.toml), or "
    "reply to a decision; a person must answer you within a month (GDPR art. 12 and 15).",
    Language.FR: "Écrivez à l’organisme qui tient l’équipe ([operator] contact dans "
    "agent.toml), ou répondez à une décision ; une personne doit vous répondre dans le mois "
    "(RGPD art. 12 et 15).",
}
_NOTHING_TO_SHOW = {
    Language.EN: "There is nothing to object to: it does not exist any more, or never did.",
    Language.FR: "Il n’y a rien à contester : cela n’existe plus, ou n’a jamais existé.",
}

_REGISTER: Mapping[Language, tuple[Withheld, ...]] = {
    Language.EN: (
        Withheld(
            category="work",
            what="How the desk works: which person had which page open for how long, who was "
            "there, how hard a case was for them",
            why="They are about the people who work there. Who looked, who decided what, "
            "and why, is told to you each time.",
            object_how=_ASK_OPERATOR[Language.EN],
        ),
        Withheld(
            category="staff",
            what="Family names and numbers of the people at the desk",
            why="You learn their first name; the rest protects them.",
            object_how=_ASK_OPERATOR[Language.EN],
        ),
        Withheld(
            category="keys",
            what="The secret keys of this device",
            why="Whoever has them could speak in your name. What they sealed is shown to "
            "you word for word instead.",
            object_how="demitasse forget destroys them.",
        ),
        Withheld(
            category="readings",
            what="Readings of the sensors, second by second",
            why="They are not kept: demitasse live shows them as they come. Coffees are "
            "kept, and are in the export.",
            object_how=_NOTHING_TO_SHOW[Language.EN],
        ),
        Withheld(
            category="network",
            what="What the telephone or the network operator may have noted",
            why="This device cannot see it. They can see that it is on, and that something "
            "of one size leaves every few minutes.",
            object_how="Ask your network operator.",
        ),
    ),
    Language.FR: (
        Withheld(
            category="work",
            what="Le travail de l’équipe : qui a eu quelle page ouverte combien de temps, qui "
            "était là, l’effort qu’a demandé un dossier",
            why="Elles parlent des personnes qui y travaillent. Qui a regardé, qui a décidé "
            "quoi et pourquoi, vous l’apprenez à chaque fois.",
            object_how=_ASK_OPERATOR[Language.FR],
        ),
        Withheld(
            category="staff",
            what="Le nom de famille et le numéro des personnes de l’équipe",
            why="Vous apprenez leur prénom ; le reste les protège.",
            object_how=_ASK_OPERATOR[Language.FR],
        ),
        Withheld(
            category="keys",
            what="Les clés secrètes de cet appareil",
            why="Qui les aurait pourrait parler en votre nom. Ce qu’elles ont scellé vous "
            "est montré mot pour mot.",
            object_how="demitasse forget les détruit.",
        ),
        Withheld(
            category="readings",
            what="Les mesures des capteurs, seconde par seconde",
            why="Elles ne sont pas gardées : demitasse live les montre quand elles "
            "arrivent. Les cafés sont gardés, et sont dans la copie.",
            object_how=_NOTHING_TO_SHOW[Language.FR],
        ),
        Withheld(
            category="network",
            what="Ce que l’opérateur du réseau a pu noter",
            why="Cet appareil ne peut pas le voir. Il voit que l’appareil est allumé, et "
            "que quelque chose de toujours la même taille part toutes les quelques minutes.",
            object_how="Demandez à votre opérateur.",
        ),
    ),
}


def register(language: Language) -> tuple[Withheld, ...]:
    """Return what is withheld, in the words of ``language``."""
    return tuple(
        Withheld(
            category=one.category,
            what=typeset(one.what, language),
            why=typeset(one.why, language),
            object_how=typeset(one.object_how, language),
        )
        for one in _REGISTER[language]
    )
