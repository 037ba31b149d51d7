"""The console's forms that people write into."""

import contextlib
import hashlib
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from escalation.console.case_words import CHOICE_HELP, choices_for_form
from escalation.models import Case
from wire.messages import Choice

TEXT_LENGTH_MAX = 600
"""The limit of ``wire.messages.Sentence``."""

TRIES_MAX = 5
TRIES_FORGOTTEN_AFTER_S = 60
"""Five guesses a minute make a list of common passwords useless, and forgive a bad day."""


class LoginForm(AuthenticationForm):
    """Name and password. The refusal does not say which of them was wrong."""

    error_messages = {  # noqa: RUF012 - Django's own attribute, replaced whole
        "invalid_login": _("This name and this password do not belong together."),
        "inactive": _("This name and this password do not belong together."),
        "too_many": _("Too many tries. Wait a minute, then try again."),
    }

    def clean(self) -> dict[str, Any]:
        """Check the password, and slow down whoever guesses it."""
        name = str(self.cleaned_data.get("username", "")).casefold()
        key = f"login-{hashlib.sha256(name.encode()).hexdigest()}"
        cache.add(key, 0, TRIES_FORGOTTEN_AFTER_S)
        if cache.get(key, 0) >= TRIES_MAX:
            raise ValidationError(self.error_messages["too_many"], code="too_many")
        try:
            cleaned = super().clean()
        except ValidationError:
            with contextlib.suppress(ValueError):
                cache.incr(key)
            raise
        cache.delete(key)
        return dict(cleaned)


class PracticeForm(forms.Form):
    """What a person would do, why, and what the owner would read."""

    choice = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is to be done.")},
    )
    reason = forms.CharField(
        max_length=TEXT_LENGTH_MAX,
        error_messages={"required": _("Give a reason: the owner will read it.")},
    )
    message = forms.CharField(max_length=TEXT_LENGTH_MAX, required=False)

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        """Offer the decisions that ``case`` allows, and no other."""
        super().__init__(*args, **kwargs)
        field = self.fields["choice"]
        assert isinstance(field, forms.ChoiceField)
        self._offered = choices_for_form(case)
        field.choices = self._offered

    def options(self) -> list[dict[str, Any]]:
        """Return each offered decision with its explanation, for the template."""
        chosen = self["choice"].value()
        return [
            {
                "value": value,
                "label": label,
                "help": CHOICE_HELP[Choice(value)],
                "chosen": value == chosen,
            }
            for value, label in self._offered
        ]

    def clean_reason(self) -> str:
        """Count a line break once, as the owner's page does."""
        return str(self.cleaned_data["reason"]).replace("\r\n", "\n")

    def clean_message(self) -> str:
        """Count a line break once, as the owner's page does."""
        return str(self.cleaned_data["message"]).replace("\r\n", "\n")


class DecisionForm(PracticeForm):
    """What a person decides, in the running claim."""

    fence = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class HoursForm(forms.Form):
    """Hours of the week in which somebody is there."""

    weekday = forms.TypedChoiceField(coerce=int, choices=list(WEEKDAYS.items()))
    begins = forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}))
