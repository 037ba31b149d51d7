"""The page on the home network: its door, and who was let in."""

from collections.abc import Mapping

from wire.messages import Language

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "door": "Let this browser in",
        "door_says": "This page belongs to whoever lives with the coffee machine. Its light "
        "tells you five numbers.",
        "door_one": "Wait until the light stays on for long. That is the beginning, and it "
        "comes again and again.",
        "door_two": "Then count the flashes: so many, a pause, so many, a pause, five times.",
        "numbers": "The {n} numbers, each from 1 to {high}",
        "numbers_hint": "is 3 1 5 2 4, for example. Take your time: ten minutes from the "
        "press.",
        "let_me_in": "Let me in",
        "not_numbers": "That was not five numbers from 1 to 5. Nothing is lost: please look at "
        "the light again.",
        "wrong_numbers": "Those were other numbers. The light still counts the same ones. "
        "Tries left: {n}.",
        "door_who": "Only one browser is let in. One that was in before is out then.",
        "shut": "The page is closed here.",
        "shut_says": "Hold the button at the machine for five seconds, until the light "
        "flashes, and let go. Then load this page again.",
        "from_home": "From the home network",
        "from_home_says": "A press of five seconds opens this page to the home network: for "
        "ten minutes, and for one browser.",
        "from_home_at": "There it is found at {address}.",
        "from_home_print": "It proves itself with this fingerprint (SHA-256):",
        "nobody_paired": "No browser has been let in.",
        "somebody_paired": "One browser was let in on {at}. Each time it needs the press, and "
        "no numbers.",
        "unpair": "Let it out for good",
        "status_home": "The page on your telephone: hold the button for five seconds, then "
        "open {address}",
        "status_paired": "One browser was let in. To let it out: demitasse page --unpair",
        "unpaired": "It is out. Only the light can let a browser in again.",
    },
    Language.FR: {
        "door": "Faire entrer ce navigateur",
        "door_says": "Cette page est à qui vit avec la machine à café. Sa lumière vous dit "
        "cinq nombres.",
        "door_one": "Attendez qu’elle reste longtemps allumée. C’est le début, et cela "
        "recommence sans cesse.",
        "door_two": "Puis comptez les éclats : tant, une pause, tant, une pause, cinq fois.",
        "numbers": "Les {n} nombres, chacun de 1 à {high}",
        "numbers_hint": "veut dire 3 1 5 2 4, par exemple. Prenez votre temps : dix minutes "
        "depuis la pression.",
        "let_me_in": "Entrer",
        "not_numbers": "Ce n’était pas cinq nombres de 1 à 5. Rien n’est perdu : regardez "
        "encore la lumière.",
        "wrong_numbers": "C’étaient d’autres nombres. La lumière compte toujours les mêmes. "
        "Essais restants : {n}.",
        "door_who": "Un seul navigateur entre ; celui d’avant, s’il y en avait un, sort alors.",
        "shut": "La page est fermée ici.",
        "shut_says": "Tenez le bouton de la machine cinq secondes, jusqu’à ce que la lumière "
        "clignote, et lâchez. Puis rechargez cette page.",
        "from_home": "Depuis le réseau de la maison",
        "from_home_says": "Une pression de cinq secondes ouvre cette page au réseau de la "
        "maison : pour dix minutes, et pour un seul navigateur.",
        "from_home_at": "Elle s’y trouve à {address}.",
        "from_home_print": "Elle fait ses preuves par cette empreinte (SHA-256) :",
        "nobody_paired": "Aucun navigateur n’est entré.",
        "somebody_paired": "Un navigateur est entré {at}. Chaque fois il lui faut la "
        "pression, et pas de nombres.",
        "unpair": "Le faire sortir pour de bon",
        "status_home": "La page sur votre téléphone : tenez le bouton cinq secondes, puis "
        "ouvrez {address}",
        "status_paired": "Un navigateur est entré. Pour le faire sortir : demitasse page "
        "--unpair",
        "unpaired": "Il est dehors. Seule la lumière peut en faire entrer un autre.",
    },
}
