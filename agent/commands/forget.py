"""``demitasse forget``: have everything forgotten, here and at the desk, with a proof.

The switches go off first, in the file. A device that is awake does the rest by itself; on
one that is not, this command does what needs no network, and the next start the rest.
"""

import argparse
import contextlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from agent.asking.errands import Kind
from agent.assembly import store_file
from agent.consents.consent_file import ConsentFile, read_consent_file
from agent.errors import StoreError
from agent.giving_back import beside, forgetting
from agent.settings import AgentSettings, load_settings
from wire.messages import Language
from wire.words import typeset

ACTS_WITHIN_S = 15.0

_TEXTS = {
    Language.EN: {
        "what": "This erases, for ever: every coffee, what was learned, what was noticed, sent "
        "and received, your consent and your name. The desk is asked to erase its part; "
        "until it has signed that it did, the device keeps its keys, because without them "
        "nobody could ask. Then the keys go, too.",
        "ask": "Type forget to go on: ",
        "word": "forget",
        "nothing": "nothing was changed",
        "here": "Everything here is erased.",
        "later": "The switches are off; the device erases everything as soon as it looks.",
        "desk": "The desk is being asked to erase its part. Its signed answer will be in "
        "{proof}.",
        "proof": "The proof is in {proof}.",
        "asleep": "The device is asleep: start it, and it tells the desk and finishes by "
        "itself.",
        "quiet": "This device stays quiet now. To begin again, as new: demitasse begin.",
        "certificate": "Deleted as well: {files}. [broker] in agent.toml still names them: "
        "give this device new ones, or empty these lines.",
        "by_hand": "{file} could not be deleted ({why}): delete it as somebody who may.",
    },
    Language.FR: {
        "what": "Ceci efface pour toujours : chaque café, ce qui a été appris, remarqué, "
        "envoyé et reçu, votre accord et votre nom. L’équipe est priée d’effacer sa part ; "
        "tant qu’elle n’a pas signé l’avoir fait, l’appareil garde ses clés, car sans elles "
        "personne ne pourrait demander. Ensuite les clés partent aussi.",
        "ask": "Tapez oublier pour continuer : ",
        "word": "oublier",
        "nothing": "rien n’a été changé",
        "here": "Tout est effacé ici.",
        "later": "Tout est désactivé ; l’appareil effacera tout dès qu’il regardera.",
        "desk": "L’équipe est priée d’effacer sa part. Sa réponse signée sera dans {proof}.",
        "proof": "La preuve est dans {proof}.",
        "asleep": "L’appareil dort : démarrez-le, il préviendra l’équipe et finira seul.",
        "quiet": "Cet appareil reste maintenant silencieux. Pour recommencer à neuf : "
        "demitasse begin.",
        "certificate": "Supprimés aussi : {files}. [broker] dans agent.toml les nomme encore : "
        "donnez-en de nouveaux à cet appareil, ou videz ces lignes.",
        "by_hand": "{file} n’a pas pu être supprimé ({why}) : supprimez-le avec les droits "
        "nécessaires.",
    },
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the way to say yes beforehand."""
    parser.add_argument("--yes", action="store_true", help="do not ask again")


def run(args: argparse.Namespace) -> int:
    """Forget, and say what was done and what was not."""
    return carry_out(load_settings(args.config), Kind.FORGET, sure=args.yes)


def carry_out(settings: AgentSettings, kind: Kind, *, sure: bool) -> int:
    """Forget or reset, after the owner has said so."""
    language = language_of(settings)
    texts = {name: typeset(text, language) for name, text in _TEXTS[language].items()}
    print(texts["what"], typeset(forgetting.FLASH[language], language), sep="\n\n")
    if not sure and _typed(texts["ask"]) != texts["word"]:
        print(texts["nothing"])
        return 1
    begin(settings, kind, datetime.now(UTC))
    from agent import running  # noqa: PLC0415, it loads the whole device

    awake = running.is_running(settings.state_dir)
    reset = kind is Kind.RESET
    done = _watched(settings) if awake else running.forget_asleep(settings, reset=reset)
    proof = settings.state_dir / forgetting.PROOF_FILE
    print(texts["here"] if done is not None else texts["later"])
    print(texts["proof" if done else "desk"].format(proof=proof))
    if not awake and not done:
        print(texts["asleep"])
    if done and reset:
        _burn_own_certificate(settings, texts)
    elif done:
        print(texts["quiet"])
    return 0


def _burn_own_certificate(settings: AgentSettings, texts: Mapping[str, str]) -> None:
    """Destroy certificate and key of a device whose maker keeps them beside ``agent.toml``."""
    tls = settings.broker.tls
    if tls is None:
        return
    files = (tls.certificate_file, tls.key_file)
    try:
        forgetting.burn(files)
        print(texts["certificate"].format(files=", ".join(map(str, files))))
    except OSError as error:
        print(texts["by_hand"].format(file=error.filename, why=error.strerror))


def _watched(settings: AgentSettings) -> bool | None:
    """Wait for the device to act: ``True`` when all is done, ``False`` when the desk has
    still to answer, ``None`` when nothing has happened yet."""
    deadline = time.monotonic() + ACTS_WITHIN_S
    state: bool | None = None
    while state is not True and time.monotonic() < deadline:
        time.sleep(0.2)
        if not store_file(settings).exists():
            state = True
        elif state is None:
            with contextlib.suppress(StoreError), beside.store_of(settings) as store:
                state = False if forgetting.begun(store.reading()) else None
                deadline = min(deadline, time.monotonic() + 2.0) if state is False else deadline
    return state


def _typed(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return ""


def begin(settings: AgentSettings, kind: Kind, at: datetime) -> None:
    """Switch everything off, and leave the device the wish to forget."""
    forgetting.blank(settings.consent_file, language_of(settings))
    if store_file(settings).exists():
        beside.leave(settings, kind, at)


def language_of(settings: AgentSettings) -> Language:
    """Return the language of the owner's file."""
    file = read_consent_file(settings.consent_file)
    return file.language if isinstance(file, ConsentFile) else Language.EN
