"""What a notice says: one sentence a kind and a language, and the console's address.

Nothing else can be said, because nothing else is asked for: no name, no reason, no number.
"""

from django.utils import translation
from django.utils.translation import gettext as _

from escalation.notices.kinds import Kind

TITLE = "Demitasse"


def sentence(kind: Kind) -> str:
    """Return what is said of ``kind``, in the language that is active."""
    return {
        Kind.CALLED: _("Somebody is waiting at the desk, and would be glad of you now."),
        Kind.WAITING: _("Somebody is waiting at the desk, and nobody is there."),
        Kind.REMINDER: _("Somebody has been waiting at the desk for a while."),
        Kind.UNSTAFFED: _("Nobody who is trained for it is at the desk. Please look."),
        Kind.INCIDENT: _("Many homes at once: please look at the desk."),
        Kind.COLLEAGUE: _("A colleague at the desk needs a second person now."),
        Kind.GUARDIAN: _("Something is waiting at the desk that is for a guardian."),
        Kind.SELF_AUDIT: _("The desk has found something out of order in itself. Please look."),
        Kind.ENTRANCE: _("Something about your own way into the desk needs a look from you."),
        Kind.TRIAL: _("This is how the desk will reach you. Nobody is waiting because of it."),
        Kind.NUDGE: _("Your coffee machine has a question for you."),
    }[kind]


def body(kind: str, language: str, console_url: str) -> str:
    """Return the whole text of a notice. An owner is not sent to the console."""
    with translation.override(language):
        text = sentence(Kind(kind))
    return text if kind == Kind.NUDGE else f"{text}\n{console_url}"
