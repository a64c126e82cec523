"""What an organisation says when it takes a proposal up, and when something about its promise changes."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from actors.models import Organisation
from actors.models.organisation import OrganisationQuerySet
from proposals.forms import WordsField
from proposals.models import Pledge, Proposal
from proposals.models.pledge import PROMISE_MAX, REASON_MAX, Consent, PledgeKind
from proposals.pledging import Promise

DUE_MAX_DAYS = 3 * 366  # a promise further away than three years is none


class DayField(forms.DateField):
    """A day to come, by the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean(self, value: object) -> datetime.date:
        day = super().clean(value)
        today = timezone.localdate()
        if day < today:
            raise ValidationError(_("Choose a day that is still to come."), code="past")
        if day > today + datetime.timedelta(days=DUE_MAX_DAYS):
            raise ValidationError(_("Choose a day within three years."), code="far")
        return day


class PledgeForm(forms.Form):
    """A promise by one of `organisations`, those for which the person may speak."""

    organisation = forms.ModelChoiceField(label=gettext_lazy("Organisation"), queryset=Organisation.objects.none())
    kind = forms.ChoiceField(
        label=gettext_lazy("What do you promise?"), choices=PledgeKind.choices, widget=forms.RadioSelect
    )
    promise = WordsField(
        label=gettext_lazy("The promise in your words"),
        help_text=gettext_lazy("One or two sentences that everyone will see."),
        max_length=PROMISE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    due = DayField(label=gettext_lazy("By what day?"))
    consent = forms.ChoiceField(
        label=gettext_lazy("Landowner's permission"), choices=Consent.choices, initial=Consent.NOT_NEEDED
    )

    def __init__(self, *args: Any, organisations: OrganisationQuerySet, proposal: Proposal, **options: Any) -> None:
        super().__init__(*args, initial={"organisation": likely(organisations, proposal)}, **options)
        self.fields["organisation"].queryset = organisations
        self.fields["organisation"].empty_label = None

    def clean_consent(self) -> str:
        if self.cleaned_data["consent"] == Consent.REFUSED:
            raise ValidationError(_("Without the landowner's permission it cannot be promised."), code="refused")
        return self.cleaned_data["consent"]

    def promise_made(self) -> Promise:
        """What `take_up()` takes. Call it on a valid form."""
        cleaned = self.cleaned_data
        return Promise(
            kind=PledgeKind(cleaned["kind"]),
            text=cleaned["promise"],
            language=get_language() or "fi",
            due=cleaned["due"],
            consent=Consent(cleaned["consent"]),
        )


def likely(organisations: OrganisationQuerySet, proposal: Proposal) -> int | None:
    """The key of the one that will probably promise: it acts where the proposal is, else it was the last that promised."""
    acting = organisations.acting_in(proposal.area) if proposal.area else organisations.none()
    for among in (acting, organisations):
        keys = list(among.values_list("pk", flat=True)[:2])
        if len(keys) == 1:
            return keys[0]
        newest = Pledge.objects.newest_of(among) if keys else None
        if newest is not None:
            return newest.organisation_id
        if keys:
            return keys[0]
    return None


class PostponeForm(forms.Form):
    due = DayField(label=gettext_lazy("New day"))
    reason = WordsField(label=gettext_lazy("Why?"), max_length=REASON_MAX)


class ReleaseForm(forms.Form):
    reason = WordsField(label=gettext_lazy("Why?"), max_length=REASON_MAX)
