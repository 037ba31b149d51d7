"""What ``demitasse routine`` says, in English and in French. Plain tables.

Facts about a household's own hours, for the household itself: what was counted, how sure
that is, and what a choice costs. French spaces are ordinary here; ``wire.words`` sets them.
"""

from collections.abc import Mapping
from enum import StrEnum

from agent.learning.routine_picture import Steadiness
from wire.messages import Language

EN, FR = Language.EN, Language.FR


class Say(StrEnum):
    """One sentence, or a part of one."""

    TITLE = "title"
    OFF = "off"
    NOTHING_YET = "nothing_yet"
    LEARNING = "learning"
    LEARNED = "learned"
    A_DAY = "a_day"
    NEVER_MORE_THAN = "never_more_than"
    CHART = "chart"
    EVERY_DAY = "every_day"
    WEEKDAYS = "weekdays"
    WEEKENDS = "weekends"
    MOSTLY = "mostly"
    NEVER = "never"
    SPAN = "span"
    HOUR = "hour"
    AND = "and"
    SLEEPS = "sleeps"
    NO_SLEEP = "no_sleep"
    REGULAR = "regular"
    TRADE_OFF = "trade_off"
    BUDGET = "budget"
    BUDGET_UNPROMISED = "budget_unpromised"
    YOURS = "yours"
    CHOOSE = "choose"
    CANNOT_PROMISE = "cannot_promise"
    HOW_COUNTED = "how_counted"


SAYINGS: Mapping[Language, Mapping[Say, str]] = {
    EN: {
        Say.TITLE: "What is usual here",
        Say.OFF: "Nothing is learned here: learn_routine is not allowed. "
        "“demitasse notice learn_routine” says what it would mean.",
        Say.NOTHING_YET: "Nothing has been learned yet; the device begins when it runs.",
        Say.LEARNING: "Still learning: {seen} seen of {needed}. About {more} more, if the "
        "device sees every day. Until then nothing is judged and nothing is asked.",
        Say.LEARNED: "Learned from the {seen} that were seen.",
        Say.A_DAY: "Usually {coffees} a day.",
        Say.NEVER_MORE_THAN: "The longest pause was {pause}.",
        Say.CHART: "Usual coffees in each hour of the day ({tallest} in the tallest bar):",
        Say.EVERY_DAY: "Every day",
        Say.WEEKDAYS: "Monday to Friday",
        Say.WEEKENDS: "Saturday and Sunday",
        Say.MOSTLY: "{days}: most coffee is made {spans}.",
        Say.NEVER: "{days}: no coffee so far.",
        Say.SPAN: "from {first} to {last}",
        Say.HOUR: "{hour}:00",
        Say.AND: "and",
        Say.SLEEPS: "Hardly ever a coffee {spans}: these count as the night.",
        Say.NO_SLEEP: "There are no hours in which coffee is hardly ever made, so that coffee "
        "at night cannot stand out here.",
        Say.REGULAR: "How regular this home is",
        Say.TRADE_OFF: "How soon a stop would be noticed, for each number of needless "
        "questions that you accept",
        Say.BUDGET: "At most {budget} a year: after about {after}.",
        Say.BUDGET_UNPROMISED: "At most {budget} a year: cannot be promised.",
        Say.YOURS: "This is your choice now.",
        Say.CHOOSE: "To choose another, change false_alarms_per_year in {file}.",
        Say.CANNOT_PROMISE: "Long pauses are ordinary in this home. That is neither good nor "
        "bad; it only means that a pause says little here.",
        Say.HOW_COUNTED: "Counted from this home’s own past, after the last coffee. The answer "
        "time and quiet hours come on top.",
    },
    FR: {
        Say.TITLE: "Ce qui est habituel ici",
        Say.OFF: "Rien n’est appris ici : learn_routine n’est pas autorisé. "
        "« demitasse notice learn_routine --lang fr » dit ce que cela signifierait.",
        Say.NOTHING_YET: "Rien n’a encore été appris ; l’appareil commence dès qu’il tourne.",
        Say.LEARNING: "Apprentissage en cours : {seen} sur {needed}. Encore {more} environ, si "
        "l’appareil voit chaque jour. D’ici là, rien n’est jugé et rien n’est demandé.",
        Say.LEARNED: "Appris sur {seen} observés.",
        Say.A_DAY: "D’habitude {coffees} par jour.",
        Say.NEVER_MORE_THAN: "La plus longue pause était de {pause}.",
        Say.CHART: "Cafés habituels à chaque heure du jour ({tallest} pour la plus haute "
        "barre) :",
        Say.EVERY_DAY: "Tous les jours",
        Say.WEEKDAYS: "Du lundi au vendredi",
        Say.WEEKENDS: "Samedi et dimanche",
        Say.MOSTLY: "{days} : on fait du café surtout {spans}.",
        Say.NEVER: "{days} : pas de café jusqu’ici.",
        Say.SPAN: "de {first} à {last}",
        Say.HOUR: "{hour} h",
        Say.AND: "et",
        Say.SLEEPS: "Presque jamais de café {spans} : ces heures comptent comme la nuit.",
        Say.NO_SLEEP: "Il n’y a pas d’heures où l’on ne fait presque jamais de café ; du café "
        "la nuit ne peut donc pas se remarquer ici.",
        Say.REGULAR: "À quel point ce foyer est régulier",
        Say.TRADE_OFF: "Quand un arrêt serait remarqué, selon le nombre de questions inutiles "
        "que vous acceptez",
        Say.BUDGET: "{budget} par an au plus : au bout de {after} environ.",
        Say.BUDGET_UNPROMISED: "{budget} par an au plus : on ne peut pas le promettre.",
        Say.YOURS: "C’est votre choix actuel.",
        Say.CHOOSE: "Pour en choisir un autre, changez false_alarms_per_year dans {file}.",
        Say.CANNOT_PROMISE: "De longues pauses sont ordinaires dans ce foyer. Ce n’est ni bien "
        "ni mal ; cela veut seulement dire qu’une pause en dit peu ici.",
        Say.HOW_COUNTED: "Compté sur le passé de ce foyer, après le dernier café. Le délai de "
        "réponse et les heures calmes s’y ajoutent.",
    },
}

STEADINESS: Mapping[Language, Mapping[Steadiness, str]] = {
    EN: {
        Steadiness.STEADY: "{kinds}: regular enough to notice a change as soon as in other "
        "homes.",
        Steadiness.VARIED: "{kinds}: this home varies by itself, so a change has to be clearer "
        "before it is noticed.",
        Steadiness.CANNOT_SAY: "{kinds}: this cannot be said here.",
        Steadiness.LEARNING: "{kinds}: more days are needed to say anything.",
    },
    FR: {
        Steadiness.STEADY: "{kinds} : assez régulier pour remarquer un changement aussi vite "
        "que dans d’autres foyers.",
        Steadiness.VARIED: "{kinds} : ce foyer varie de lui-même ; un changement doit être "
        "plus net pour être remarqué.",
        Steadiness.CANNOT_SAY: "{kinds} : on ne peut pas le dire ici.",
        Steadiness.LEARNING: "{kinds} : il faut plus de jours pour en dire quoi que ce soit.",
    },
}
