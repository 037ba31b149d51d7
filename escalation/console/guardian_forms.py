"""What a guardian writes, and what is answered to it. Words, and no marks."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from escalation.guarding.conversations import Review
from escalation.guarding.models import WORDS_MAX


def _words(required: object = "") -> forms.CharField:
    return forms.CharField(
        max_length=WORDS_MAX,
        required=bool(required),
        error_messages={"required": required} if required else None,  # type: ignore[dict-item]
    )


class _Form(forms.Form):
    """Counts a line break once, as the owner's page does."""

    def clean(self) -> dict[str, Any]:
        """Return what was written."""
        cleaned = super().clean() or {}
        return {name: str(text).replace("\r\n", "\n") for name, text in cleaned.items()}


class ObjectionForm(_Form):
    """What was done about an objection, and what its owner reads."""

    done = _words(_("Write what was done about it."))
    text = _words()


class ReviewForm(_Form):
    """What a guardian says of a conversation."""

    was_kind = _words()
    was_factual = _words()
    left_room = _words()

    def clean(self) -> dict[str, Any]:
        """Take any answer, and not none at all."""
        cleaned = super().clean()
        if not self.errors and not Review(**cleaned).says_something:
            raise ValidationError(_("Answer at least one of them, in your words."))
        return cleaned


class AnswerForm(_Form):
    """What a colleague says to that."""

    text = _words(_("Write your answer, or leave it at that."))


class SuspendForm(_Form):
    """Why a wording is suspended."""

    reason = _words(_("Say why, kindly: colleagues read it."))
