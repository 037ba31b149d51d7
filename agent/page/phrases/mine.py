"""What can be taken away, what is withheld, being forgotten."""

from collections.abc import Mapping

from wire.messages import Language

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "mine_says": "Everything here is yours: to read, to take away, to have erased.",
        "export": "Take everything away (ZIP)",
        "records": "My consent records (JSON)",
        "desk_part": "The desk’s part",
        "desk_ask": "Ask the desk for its part",
        "desk_asked": "The device asks the desk.",
        "desk_lines": "What the desk did and wrote",
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
    },
    Language.FR: {
        "mine_says": "Tout ici est à vous : à lire, à emporter, à faire effacer.",
        "export": "Tout emporter (ZIP)",
        "records": "Mes preuves de consentement (JSON)",
        "desk_part": "La part de l’équipe",
        "desk_ask": "Demander sa part à l’équipe",
        "desk_asked": "L’appareil demande à l’équipe.",
        "desk_lines": "Ce que l’équipe a fait et écrit",
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
    },
}
