"""Says in words what the desk did and wrote, and how far the question for it has come.

The desk names each event by one word of its own table; a word that a newer desk has and this
device does not know is shown as it is. Plain tables; French spaces are set by ``typeset``.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from agent.giving_back.desk_part import DeskPart, Standing
from wire.messages import Choice, DeskLine, Language
from wire.words import describe_choice, typeset

HAPPENED: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "receive": "The case was opened.",
        "check": "The desk read your consent and the device check.",
        "queue": "It waited for a person.",
        "nobody": "Nobody trained was there in time.",
        "claim": "{by} took it.",
        "give_back": "{by} gave it to somebody else.",
        "lease_end": "It waited for a person again.",
        "decide": "{by} decided.",
        "sent_home": "The decision was sent to you, and the case closed.",
        "owner_resolve": "You were back or had answered, and the case was closed.",
        "withdraw": "You had taken back your consent: closed and emptied.",
        "consent_end": "Your consent had reached its last day: closed.",
        "look": "{by} looked.",
        "reply": "Your words arrived.",
        "reason": "{by} gave this reason: “{text}”",
        "message": "{by} wrote to you: “{text}”",
        "hand_over": "{by} wrote for whoever comes next: “{text}”",
        "owner_reply": "You wrote: “{text}”",
        "owner_felt": "How it felt, in your words: “{text}”",
        "kept": "The desk still has what was sent to it.",
        "emptied": "The desk has emptied this case: what was said is gone.",
        "enrolled": "The desk came to know this device.",
        "heard": "The desk last heard from this device.",
        "unheard": "The desk noticed that it did not hear from this device.",
        "withdrawn": "You took this back: {text}.",
        "name": "The desk knows you by this name: {text}.",
        "hold": "It was held: many machines reported the same.",
        "speak_up": "You had said something: a person listens.",
        "release": "What many machines had reported was over.",
        "hold_end": "It had been held long enough: it waited for a person, first in line.",
        "talk": "{by} spoke with you.",
        "hang_up": "{by} ended the call.",
        "take_over": "{by} took the call over.",
        "ask_person": "{by} wished to speak with the person you named.",
        "approve": "{by} agreed that the person you named be asked.",
        "refuse": "{by} did not agree that the person you named be asked.",
        "contact": "{by} was shown how to reach the person you named.",
        "person_end": "The wish to speak with the person you named ended.",
        "inform": "You were told what it was.",
        "ask_helped": "You were asked whether it helped.",
        "offer": "{by} asked a colleague to take the call over.",
        "emergency": "{by} thought that somebody might be in danger.",
        "step": "{by} went one step further, or left it out for a reason.",
        "not_heard": "{by} did not hear you: somebody else looks again.",
        "object": "You objected: a guardian, outside their line, reads it.",
        "objection_end": "{by}, a guardian, answered your objection.",
        "objection_done": "What {by} did about your objection: “{text}”",
        "objection_answer": "{by} wrote about your objection: “{text}”",
        "apologise": "{by} said that we were wrong.",
        "service_note": "{by} told you how it goes on with the machine.",
        "service_words": "{by} wrote to you about the machine: “{text}”",
        "service_part": "A part was on its way to you: {text}.",
        "wish": "{by} noted how you like to be spoken with.",
        "called_us": "You called, and {by} opened the case for it.",
        "invite": "You were given an invitation for the person you named.",
        "accept": "The person you named accepted.",
        "resign": "The person you named does not wish to any more.",
        "answer": "The person you named answered.",
        "read": "The person you named read what was asked of them.",
        "propose": "{by} told you of a volunteer whom you could name.",
        "named": "The desk read whom you name now.",
        "emergency_step": "{by} did, or left out, this step: {text}.",
        "left_out": "{by} left it out because: “{text}”",
        "apology": "{by} wrote to you: “{text}”",
        "repair": "What is put right: “{text}”",
        "contact_why": "{by} wished to speak with the person you named, because: “{text}”",
        "contact_request": "{by} would ask them: “{text}”",
        "contact_answer": "They answered: {text}.",
        "contact_came_of_it": "What came of it, in their words: “{text}”",
        "named_person": "The desk knows {text}, whom you named or could name.",
        "wishes": "How you like to be spoken with: “{text}”",
        "call_from": "You like to be called from {text} on.",
        "call_until": "You like to be called until {text}.",
        "rather_written": "You would rather be written to.",
        "prefers": "You would rather speak with {text}.",
        "note_waits": "A note to your own phone or mailbox is on its way.",
    },
    Language.FR: {
        "receive": "Le dossier a été ouvert.",
        "check": "L’équipe a lu votre accord et le contrôle de l’appareil.",
        "queue": "Il a attendu une personne.",
        "nobody": "Personne de formé n’était là à temps.",
        "claim": "{by} l’a pris.",
        "give_back": "{by} l’a laissé à quelqu’un d’autre.",
        "lease_end": "Il a de nouveau attendu une personne.",
        "decide": "{by} a décidé.",
        "sent_home": "La décision vous a été envoyée, et le dossier fermé.",
        "owner_resolve": "Vous étiez de retour ou aviez répondu : dossier fermé.",
        "withdraw": "Vous aviez repris votre accord : fermé et vidé.",
        "consent_end": "Votre accord était arrivé à son terme : fermé.",
        "look": "{by} a regardé.",
        "reply": "Vos mots sont arrivés.",
        "reason": "{by} a donné cette raison : « {text} »",
        "message": "{by} vous a écrit : « {text} »",
        "hand_over": "{by} a écrit pour qui prendra la suite : « {text} »",
        "owner_reply": "Vous avez écrit : « {text} »",
        "owner_felt": "Comment vous l’avez vécu, avec vos mots : « {text} »",
        "kept": "L’équipe a encore ce qui lui a été envoyé.",
        "emptied": "L’équipe a vidé ce dossier : ce qui y était dit n’existe plus.",
        "enrolled": "L’équipe a connu cet appareil.",
        "heard": "L’équipe a entendu cet appareil pour la dernière fois.",
        "unheard": "L’équipe a remarqué qu’elle n’entendait pas cet appareil.",
        "withdrawn": "Vous avez repris ceci : {text}.",
        "name": "L’équipe vous connaît sous ce nom : {text}.",
        "hold": "Il a été retenu : beaucoup de machines signalaient la même chose.",
        "speak_up": "Vous aviez dit quelque chose : une personne écoute.",
        "release": "Ce que beaucoup de machines signalaient était fini.",
        "hold_end": "Retenu assez longtemps, il a attendu une personne, en premier.",
        "talk": "{by} vous a parlé.",
        "hang_up": "{by} a terminé l’appel.",
        "take_over": "{by} a repris l’appel.",
        "ask_person": "{by} souhaitait parler à la personne que vous avez nommée.",
        "approve": "{by} a accepté que la personne que vous avez nommée soit sollicitée.",
        "refuse": "{by} n’a pas accepté que la personne que vous avez nommée soit sollicitée.",
        "contact": "{by} a vu comment joindre la personne que vous avez nommée.",
        "person_end": "Le souhait de parler à la personne que vous avez nommée a pris fin.",
        "inform": "On vous a dit ce que c’était.",
        "ask_helped": "On vous a demandé si cela avait aidé.",
        "offer": "{by} a proposé l’appel à quelqu’un d’autre.",
        "emergency": "{by} a pensé que quelqu’un était peut-être en danger.",
        "step": "{by} a fait un pas de plus, ou l’a laissé pour une raison.",
        "not_heard": "{by} ne vous a pas entendu : quelqu’un d’autre regarde encore.",
        "object": "Vous avez fait opposition : la médiation, hors de la hiérarchie, la lit.",
        "objection_end": "{by}, de la médiation, a répondu à votre opposition.",
        "objection_done": "Ce que {by} a fait de votre opposition : « {text} »",
        "objection_answer": "{by} a écrit à propos de votre opposition : « {text} »",
        "apologise": "{by} a dit que nous avions eu tort.",
        "service_note": "{by} vous a dit la suite pour la machine.",
        "service_words": "{by} vous a écrit au sujet de la machine : « {text} »",
        "service_part": "Une pièce était en route vers vous : {text}.",
        "wish": "{by} a noté comment vous aimez qu’on vous parle.",
        "called_us": "Vous avez appelé, et {by} a ouvert le dossier pour cela.",
        "invite": "On vous a donné une invitation pour la personne que vous avez nommée.",
        "accept": "La personne que vous avez nommée a accepté.",
        "resign": "La personne que vous avez nommée ne le souhaite plus.",
        "answer": "La personne que vous avez nommée a répondu.",
        "read": "La personne que vous avez nommée a lu ce qui lui est demandé.",
        "propose": "{by} vous a parlé d’une personne bénévole que vous pourriez nommer.",
        "named": "L’équipe a lu qui vous nommez maintenant.",
        "emergency_step": "{by} a fait ou laissé ce pas : {text}.",
        "left_out": "{by} l’a laissé parce que : « {text} »",
        "apology": "{by} vous a écrit : « {text} »",
        "repair": "Ce qui est réparé : « {text} »",
        "contact_why": "{by} souhaitait parler à la personne que vous avez nommée, parce que "
        ": « {text} »",
        "contact_request": "{by} lui demanderait : « {text} »",
        "contact_answer": "Elle a répondu : {text}.",
        "contact_came_of_it": "Ce qui s’en est suivi, avec ses mots : « {text} »",
        "named_person": "L’équipe connaît {text}, que vous avez nommé ou pourriez nommer.",
        "wishes": "Comment vous aimez qu’on vous parle : « {text} »",
        "call_from": "Vous aimez qu’on vous appelle à partir de {text}.",
        "call_until": "Vous aimez qu’on vous appelle jusqu’à {text}.",
        "rather_written": "Vous préférez qu’on vous écrive.",
        "prefers": "Vous préférez parler à {text}.",
        "note_waits": "Un mot pour votre propre téléphone ou messagerie est en route.",
    },
}

_SOMEBODY = {Language.EN: "The desk", Language.FR: "L’équipe"}

STANDS: Mapping[Language, Mapping[Standing, str]] = {
    Language.EN: {
        Standing.NOTHING_SENT: "Nothing ever went to the desk from here, so it has nothing.",
        Standing.NOT_ASKED: "The desk has not been asked for its part yet.",
        Standing.ASKED: "The desk was asked on {asked}; its answer has not come yet. Where "
        "both are connected it takes a quarter of an hour: then take another copy.",
        Standing.ANSWERED: "The desk has answered.",
        Standing.REFUSED: "The desk was asked on {asked} and did not give it. Write to "
        "{contact}; a person must answer you within a month.",
        Standing.NO_ANSWER: "The desk was asked on {asked} and did not answer. Ask again, or "
        "write to {contact}; a person must answer you within a month.",
    },
    Language.FR: {
        Standing.NOTHING_SENT: "Rien n’est jamais parti d’ici vers l’équipe : elle n’a rien.",
        Standing.NOT_ASKED: "La part de l’équipe n’a pas encore été demandée.",
        Standing.ASKED: "La part de l’équipe a été demandée le {asked} ; sa réponse n’est pas "
        "encore là. Il faut un quart d’heure quand tout est connecté : prenez alors une autre "
        "copie.",
        Standing.ANSWERED: "L’équipe a répondu.",
        Standing.REFUSED: "La part de l’équipe a été demandée le {asked} ; elle ne l’a pas "
        "donnée. Écrivez à {contact} ; une personne doit vous répondre dans le mois.",
        Standing.NO_ANSWER: "La part de l’équipe a été demandée le {asked}, sans réponse. "
        "Redemandez, ou écrivez à {contact} ; une personne doit vous répondre dans le mois.",
    },
}

AS_OF: Mapping[Language, str] = {
    Language.EN: "What is here is as it stood on {made}.",
    Language.FR: "Ce qui est ici date du {made}.",
}


_WISHED = {
    Language.EN: "The desk is being asked for its part. Where both are connected it is here "
    "in a quarter of an hour: then take another copy.",
    Language.FR: "La part de l’équipe est en train d’être demandée. Quand tout est connecté, "
    "elle est là dans un quart d’heure : prenez alors une autre copie.",
}


def wished(language: Language) -> str:
    """Return what is said while the device has only been told to ask."""
    return typeset(_WISHED[language], language)


def says(line: DeskLine, language: Language) -> str:
    """Return one line as a sentence."""
    by = line.by or _SOMEBODY[language]
    if line.what == "choice" and line.text in set(Choice):
        return describe_choice(Choice(line.text), by, language)
    sentence = HAPPENED[language].get(line.what)
    if sentence is None:
        return f"{by}: {line.what.replace('_', ' ')} {line.text}".rstrip()
    return typeset(sentence, language).format(by=by, text=line.text)


def in_utc(at: datetime) -> str:
    """Return a time as a file says it that may be read anywhere."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def stands(
    part: DeskPart,
    language: Language,
    *,
    contact: str,
    said_at: Callable[[datetime], str] = in_utc,
) -> str:
    """Return how far the question has come, and from when what is here is."""
    said = typeset(STANDS[language][part.standing], language)
    asked = said_at(part.asked_at) if part.asked_at else ""
    words = [said.format(asked=asked, contact=contact)]
    if part.made_at is not None:
        as_of = typeset(AS_OF[language], language)
        words.append(as_of.format(made=said_at(part.made_at)))
    return " ".join(words)
