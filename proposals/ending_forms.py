"""How the city's staff end a proposal without a deed, or open it again: always with a reason."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from actors.models import Organisation
from proposals.ending import Ending
from proposals.forms import WordsField
from proposals.forwarding import neighbours_with_a_door
from proposals.merge_targets import merge_targets, number_in
from proposals.models import Proposal, Status
from proposals.models.pledge import REASON_MAX
from proposals.models.proposal import ENDINGS_WITHOUT_DEED, MOVES
from proposals.similar import Similar

NAME_MAX = 100
SEARCH_MAX = 200


class EndingForm(forms.Form):
    """The endings that `proposal` may come to now."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    to = forms.ChoiceField(label=gettext_lazy("How does it end?"), widget=forms.RadioSelect)
    reason = WordsField(
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy("The author gets it, and everyone reads it in the history."),
        lines=True,
        max_length=REASON_MAX - NAME_MAX - 2,  # who could stands before it
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    could = forms.ModelChoiceField(
        label=gettext_lazy("Passed on: which organisation could do it?"),
        help_text=gettext_lazy("Its contact person gets a mail."),
        queryset=Organisation.objects.none(),
        required=False,
    )
    who = WordsField(label=gettext_lazy("Passed on: or somebody else who could"), max_length=NAME_MAX, required=False)
    door = forms.ChoiceField(
        label=gettext_lazy("Passed on: or a neighbour whose own system gets it"),
        help_text=gettext_lazy(
            "It gets what everyone sees here, never the address of the person who proposed it or an exact place."
        ),
        required=False,
    )
    search = WordsField(
        label=gettext_lazy("Merged: search for the proposal that goes on"),
        help_text=gettext_lazy("Its number, its address or some of its words. The nearest come first."),
        max_length=SEARCH_MAX,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    target = forms.IntegerField(
        label=gettext_lazy("With which proposal is it merged?"),
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        error_messages={
            "invalid": gettext_lazy("Choose one of the proposals."),
            "max_value": gettext_lazy("Choose one of the proposals."),
        },
    )

    def __init__(self, *args: Any, proposal: Proposal, **options: Any) -> None:
        options["initial"] = {"version": proposal.version} | options.get("initial", {})
        super().__init__(*args, **options)
        self.proposal = proposal
        ways = MOVES[Status(proposal.status)] & ENDINGS_WITHOUT_DEED
        if proposal.status in ENDINGS_WITHOUT_DEED:
            ways = frozenset({Status.OPEN})
        self.fields["to"].choices = [(way.value, way.label) for way in Status if way in ways]
        doors = [(neighbour.open311.url, neighbour.name) for neighbour in neighbours_with_a_door()]
        self.fields["door"].choices = [("", "---------"), *doors]
        if not doors:
            del self.fields["door"]
        self.fields["could"].queryset = Organisation.objects.in_force(timezone.localdate()).order_by("slug")

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        to = cleaned.get("to")
        if to == Status.FORWARDED and not (cleaned.get("could") or cleaned.get("who") or cleaned.get("door")):
            self.add_error("could", ValidationError(_("Say who could do it."), code="required"))
        if to == Status.MERGED and not cleaned.get("target") and "target" not in self.errors:
            cleaned["target"] = number_in(cleaned.get("search", ""))
            if cleaned["target"] is None:
                message = _("Search for the proposal that goes on, and choose it.")
                self.add_error("target", ValidationError(message, code="required"))
        return cleaned

    @property
    def can_merge(self) -> bool:
        return any(way == Status.MERGED for way, _label in self.fields["to"].choices)

    @property
    def targets(self) -> list[Similar]:
        """The proposals to choose from, by what was searched for."""
        try:
            words = self.fields["search"].clean(self["search"].value())
        except ValidationError:  # said beside the field
            words = ""
        return merge_targets(self.proposal, words)

    @property
    def chosen(self) -> str:
        return str(self["target"].value() or "")

    @property
    def ending(self) -> Ending:
        """What `end()` takes. Call it on a valid form."""
        cleaned = self.cleaned_data
        to, reason, could = Status(cleaned["to"]), cleaned["reason"], cleaned["could"]
        if to != Status.FORWARDED:
            return Ending(to, reason, target=cleaned["target"])
        door = cleaned.get("door", "")
        name = str(could) if could else cleaned["who"] or dict(self.fields["door"].choices)[door]
        return Ending(to, f"{name[:NAME_MAX]}: {reason}", could=could, door=door)
