"""What people type when they support, comment, answer or report."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy

from actors.forms import HoneypotForm, ProvenForm
from actors.models import Organisation, User
from actors.models.organisation import OrganisationQuerySet
from proposals.commenting import Words
from proposals.forms import EMAIL_MAX, OWN_NAMES, WordsField
from proposals.models import FlagReason
from proposals.models.proposal import LANGUAGES_WRITTEN
from proposals.models.response import ANSWER_MAX, COMMENT_MAX, FLAG_NOTE_MAX


class AddressForm(HoneypotForm):
    """The address by which a support is confirmed."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("We send a link. When you open it, your support counts as confirmed. Never published."),
        max_length=EMAIL_MAX,
        error_messages={"invalid": gettext_lazy("Check the e-mail address: for example name@example.org.")},
    )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not email.isprintable():  # Django takes control characters within quotation marks, as RFC 5321 has them
            raise ValidationError(self.fields["email"].error_messages["invalid"], code="invalid")
        return email.lower()


class WordsForm(ProvenForm, HoneypotForm):
    """Words in a language, by one of `organisations`, those for which the person may speak."""

    body = WordsField(label=pgettext_lazy("noun", "Comment"), lines=True, max_length=COMMENT_MAX)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the text"),
        choices=[(code, OWN_NAMES.get(code, gettext_lazy("Another language"))) for code in LANGUAGES_WRITTEN],
    )
    organisation = forms.ModelChoiceField(
        label=gettext_lazy("In whose name?"), queryset=Organisation.objects.none(), required=False
    )

    def __init__(self, *args: Any, organisations: OrganisationQuerySet, **options: Any) -> None:
        options.setdefault("initial", {"language": get_language() or settings.LANGUAGE_CODE})
        super().__init__(*args, **options)
        self.fields["organisation"].queryset = organisations
        self.fields["organisation"].empty_label = gettext_lazy("A resident, not named")

    def words(self, *, user: User | None, device_hash: str = "") -> Words:
        """What `comment()` and `answer()` take. Call it on a valid form."""
        cleaned = self.cleaned_data
        return Words(cleaned["body"], cleaned["language"], cleaned["organisation"], user, device_hash)


class AnswerForm(WordsForm):
    """An official answer; an authority gives it, not a person."""

    body = WordsField(label=gettext_lazy("Official answer"), lines=True, max_length=ANSWER_MAX)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["organisation"].required = True
        self.fields["organisation"].empty_label = None


class FlagForm(ProvenForm, HoneypotForm):
    reason = forms.ChoiceField(
        label=gettext_lazy("What is wrong?"), choices=FlagReason.choices, widget=forms.RadioSelect
    )
    note = WordsField(
        label=gettext_lazy("Tell the moderators more"), lines=True, max_length=FLAG_NOTE_MAX, required=False
    )
