"""What authors send about their own proposal: new words, a tracking code, six digits."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from proposals.codes import six_digits_of, tracking_code_of
from proposals.forms import WordsField
from proposals.models import Proposal
from proposals.models.proposal import BODY_MAX, TITLE_MAX


class ReviewForm(forms.Form):
    """Why the author thinks that hiding was wrong; a moderator reads it."""

    words = WordsField(
        label=gettext_lazy("Why do you ask for a new review?"),
        help_text=gettext_lazy("A moderator reads this. It is not published."),
        lines=True,
        max_length=1_000,
        error_messages={"required": gettext_lazy("Say in a few words why.")},
    )


class WordingForm(forms.Form):
    """The author's new title and text; `version` is the one that they read."""

    title = WordsField(
        label=gettext_lazy("Title"),
        max_length=TITLE_MAX,
        error_messages={"required": gettext_lazy("Give your proposal a title.")},
    )
    body = WordsField(
        label=gettext_lazy("What would you like to change?"),
        lines=True,
        max_length=BODY_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    version = forms.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        widget=forms.HiddenInput,
        error_messages={
            "required": gettext_lazy("Copy your text, open this page again and send it once more."),
            "invalid": gettext_lazy("Copy your text, open this page again and send it once more."),
        },
    )

    @classmethod
    def of(cls, proposal: Proposal) -> "WordingForm":
        """The form as it is opened: with the latest wording, one that waits for a moderator included."""
        return cls(initial=latest_wording(proposal) | {"version": proposal.version})

    def changes(self, proposal: Proposal) -> bool:
        """Whether the checked words differ from the latest wording: the same again would be no event."""
        return any(self.cleaned_data[name] != words for name, words in latest_wording(proposal).items())

    def upon(self, proposal: Proposal) -> "WordingForm":
        """The typed words again, to be sent over the version that `proposal` has by now."""
        return WordingForm(data={"title": self.data["title"], "body": self.data["body"], "version": proposal.version})


def latest_wording(proposal: Proposal) -> dict[str, object]:
    """Title and body as the author last left them."""
    words = proposal.texts.waiting().first() or proposal
    return {"title": words.title, "body": words.body}


class TrackingForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Tracking code"),
        max_length=40,
        help_text=gettext_lazy("Eight letters and digits, for example 7KD2-M9QX. Small letters will do."),
        widget=forms.TextInput(attrs={"class": "input--code", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter the tracking code that you got after sending.")},
    )

    def clean_code(self) -> str:
        code = tracking_code_of(self.cleaned_data["code"])
        if code is None:
            message = _("A tracking code has eight letters and digits. Check that none is missing.")
            raise ValidationError(message, code="invalid")
        return code


class SixDigitsForm(forms.Form):
    """The code of the mail; `tracking_code` proves authorship where the browser is not the one that sent."""

    code = forms.CharField(
        label=gettext_lazy("Code from the mail"),
        max_length=20,
        widget=forms.TextInput(attrs={"class": "input--code", "inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": gettext_lazy("Enter the six digits from the mail.")},
    )
    tracking_code = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def clean_code(self) -> str:
        code = six_digits_of(self.cleaned_data["code"])
        if code is None:
            raise ValidationError(_("The code in the mail has six digits."), code="invalid")
        return code

    def clean_tracking_code(self) -> str:
        return tracking_code_of(self.cleaned_data["tracking_code"]) or ""
