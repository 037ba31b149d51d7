"""The console's forms that people write into."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from escalation import clock
from escalation.console.case_words import CHOICE_HELP, choices_for_form
from escalation.entrance import door, tries
from escalation.entrance.doings import Guess
from escalation.models import Case, Staff
from wire.messages import Choice

TEXT_LENGTH_MAX = 600
"""The limit of ``wire.messages.Sentence``."""

HOUR_REASON_MAX = 150
"""The reason for calling at another hour stands before the message, within that limit."""


class LoginForm(AuthenticationForm):
    """Name and password. The refusal does not say which of them was wrong."""

    error_messages = {  # noqa: RUF012 - Django's own attribute, replaced whole
        "invalid_login": _("This name and this password do not belong together."),
        "inactive": _("This name and this password do not belong together."),
        "too_many": _("Too many tries. Wait a minute, then try again."),
    }

    def clean(self) -> dict[str, Any]:
        """Check the password, and slow down whoever guesses it."""
        name = str(self.cleaned_data.get("username", ""))
        if not tries.take(Guess.PASSWORD, name, clock.now()):
            raise ValidationError(self.error_messages["too_many"], code="too_many")
        try:
            cleaned = dict(super().clean())
        except ValidationError:
            door.wrong_password(name, clock.now())
            raise
        tries.forget(Guess.PASSWORD, name)
        return cleaned


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

    def offers(self, choice: Choice) -> bool:
        """Return whether the case allows this decision."""
        return choice.value in dict(self._offered)

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
    why_now = forms.CharField(max_length=HOUR_REASON_MAX, required=False)

    def clean(self) -> dict[str, Any]:
        """Leave room for the reason of a call outside the owner's hours."""
        cleaned = dict(super().clean() or {})
        words = len(cleaned.get("message", "")) + len(cleaned.get("why_now", ""))
        if cleaned.get("why_now") and words > TEXT_LENGTH_MAX - HOUR_REASON_MAX:
            text = _("Together with the reason this is too long: shorten it.")
            self.add_error("message", text)
        return cleaned


def _words(length: int, required: Any) -> forms.CharField:
    return forms.CharField(max_length=length, error_messages={"required": required})


class AskPersonForm(forms.Form):
    """Why somebody whom the owner named should be asked, and in which words."""

    why = _words(240, _("Give a reason: the owner will read it."))
    request = _words(350, _("Write what you will ask them, word for word."))


class WishesForm(forms.Form):
    """How an owner likes to be spoken with."""

    call_from = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    call_until = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    rather_written = forms.BooleanField(required=False)
    prefers = forms.ModelChoiceField(
        Staff.objects.filter(is_active=True, is_reviewer=True).order_by("first_name"),
        required=False,
    )
    words = forms.CharField(max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """Take both hours, or neither."""
        cleaned = dict(super().clean() or {})
        if (cleaned.get("call_from") is None) != (cleaned.get("call_until") is None):
            raise ValidationError(_("Write both hours, or neither."))
        return cleaned


class ApologyForm(forms.Form):
    """What we say when we were wrong, and what is put right."""

    text = _words(TEXT_LENGTH_MAX, _("Write what you say to the owner."))
    repair = _words(TEXT_LENGTH_MAX, _("Write what is put right."))


class ServiceNoteForm(forms.Form):
    """How it goes on with a machine; the part stands below, within the same limit."""

    text = _words(450, _("Write what you say to the owner."))
    part = forms.CharField(max_length=80, required=False)


class TellForm(forms.Form):
    """What the owners in an incident are told, in both languages."""

    text_fr = _words(TEXT_LENGTH_MAX, _("Write it in both languages."))
    text_en = _words(TEXT_LENGTH_MAX, _("Write it in both languages."))


class HoursForm(forms.Form):
    """Hours of the week in which somebody is there."""

    weekday = forms.TypedChoiceField(coerce=int, choices=list(WEEKDAYS.items()))
    begins = forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}))
