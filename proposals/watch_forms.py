"""The form of a watch: where, what, which words, how often; and the address where nobody is signed in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from layers.models import Area
from proposals.models import Kind
from proposals.models.watch import WATCH_WORD_MAX, WATCH_WORDS_MAX, Frequency, WatchedChange
from proposals.subscribing import Wish
from proposals.text import clean_text
from proposals.voice_forms import AddressForm


class KeywordsField(forms.CharField):
    """Words parted by commas, each once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=WATCH_WORDS_MAX * (WATCH_WORD_MAX + 2), **options)

    def clean(self, value: object) -> tuple[str, ...]:
        text = clean_text(super().clean(value), lines=False)
        words = tuple(dict.fromkeys(word for part in text.split(",") if (word := " ".join(part.split()))))
        if len(words) > WATCH_WORDS_MAX:
            raise ValidationError(_("Give at most %(n)d words.") % {"n": WATCH_WORDS_MAX}, code="too_many")
        if any(len(word) > WATCH_WORD_MAX for word in words):
            raise ValidationError(
                _("A word may have at most %(n)d characters.") % {"n": WATCH_WORD_MAX}, code="too_long"
            )
        return words


class WatchForm(AddressForm):
    """What to watch. `needs_email`: nobody is signed in, and the confirming link must go somewhere."""

    area = forms.ModelMultipleChoiceField(
        Area.objects.none(),
        label=gettext_lazy("Areas"),
        help_text=gettext_lazy("Choose none for the whole city."),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    kind = forms.MultipleChoiceField(
        label=gettext_lazy("Topics"),
        help_text=gettext_lazy("Choose none for all."),
        choices=Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    with_words = KeywordsField(
        label=gettext_lazy("Only with one of these words"), help_text=gettext_lazy("Part them by commas.")
    )
    without_words = KeywordsField(label=gettext_lazy("Not with any of these words"))
    changes = forms.ChoiceField(
        label=gettext_lazy("What to tell"),
        choices=WatchedChange.choices,
        initial=WatchedChange.NEW,
        widget=forms.RadioSelect,
    )
    frequency = forms.ChoiceField(
        label=gettext_lazy("How often"), choices=Frequency.choices, initial=Frequency.WEEKLY, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, needs_email: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].queryset = Area.objects.current().for_choice()
        self.fields["email"].help_text = gettext_lazy(
            "We send a link, one an hour at most. Nothing else is sent until you open it. Never published."
        )
        if not needs_email:
            del self.fields["email"]

    def wish(self) -> Wish:
        """Call it on a valid form."""
        cleaned = self.cleaned_data
        return Wish(
            areas=sorted(area.slug for area in cleaned["area"]),
            kinds=sorted(cleaned["kind"]),
            with_words=list(cleaned["with_words"]),
            without_words=list(cleaned["without_words"]),
            changes=cleaned["changes"],
            frequency=cleaned["frequency"],
        )
