"""What a moderator sends with a decision: the version read, a reason from the list, free words, the part to hide."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from proposals.desk import REASON_MAX
from proposals.forms import WordsField
from proposals.links import mail_language
from proposals.models import Contact, Proposal

REASONS = [
    ("private", gettext_lazy("It tells something private of a person.")),
    ("abusive", gettext_lazy("It insults or threatens somebody.")),
    ("spam", gettext_lazy("It is advertising or nonsense.")),
    ("no_place", gettext_lazy("It is not about a place in the city.")),
    ("not_a_proposal", gettext_lazy("It is not a proposal: urgent faults are reported elsewhere.")),
    ("twice", gettext_lazy("The same proposal is here already.")),
    ("unlawful", gettext_lazy("It breaks the law or the terms of the service.")),
]
VERBS = ("publish", "hide", "part", "keep", "ask")
NEED_WORDS = {"hide", "part", "keep", "ask"}


class DecisionForm(forms.Form):
    """One press of a button. `words_for` gives the reason in the author's language."""

    case = forms.CharField(max_length=20)
    version = forms.IntegerField(min_value=1)
    verb = forms.ChoiceField(choices=[(verb, verb) for verb in VERBS])
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[("", gettext_lazy("Choose a reason")), *REASONS],
        required=False,
        help_text=gettext_lazy("The author gets it in their own language, and everyone reads it in the history."),
    )
    words = WordsField(
        label=gettext_lazy("In your own words"),
        lines=True,
        max_length=REASON_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    found = forms.CharField(required=False)
    part = WordsField(
        label=gettext_lazy("The part to hide, exactly as it stands"),
        lines=True,
        max_length=REASON_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        verb = cleaned.get("verb")
        has_words = bool(cleaned.get("words") or (verb != "ask" and cleaned.get("reason")))
        if verb in NEED_WORDS and not has_words and not self.errors:
            message = _("Say what you would like to know.") if verb == "ask" else _("Choose a reason, or write one.")
            self.add_error("words" if verb == "ask" else "reason", ValidationError(message, code="required"))
        if verb == "part" and not (cleaned.get("part") or cleaned.get("found")):
            self.add_error("part", ValidationError(_("Say which part is to be hidden."), code="required"))
        return cleaned

    @property
    def part_to_hide(self) -> str:
        return self.cleaned_data["part"] or self.cleaned_data["found"]

    def words_for(self, proposal: Proposal) -> str:
        """The reason and the free words, in the language in which its author is written to."""
        contact = Contact.objects.of(proposal.pk)
        languages = dict(settings.LANGUAGES)
        written_in = proposal.language if proposal.language in languages else settings.LANGUAGE_CODE
        with translation.override(mail_language(contact) if contact else written_in):
            chosen = str(dict(REASONS)[self.cleaned_data["reason"]]) if self.cleaned_data["reason"] else ""
        return " ".join(filter(None, [chosen, self.cleaned_data["words"]]))
