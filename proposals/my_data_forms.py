"""What people send about their own data: an address, and how to erase."""

from django import forms
from django.utils.translation import gettext_lazy as _

from proposals.voice_forms import AddressForm

KEEP, WITHDRAW = "keep", "withdraw"


class MyDataForm(AddressForm):
    """The address to which the link goes, if it is known here."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _("We send a link to it if we know it. The link works for an hour.")


class EraseForm(forms.Form):
    proposals = forms.ChoiceField(
        label=_("What becomes of your proposals and comments?"),
        choices=(
            (KEEP, _("Keep them, without me: the public text and the public place stay, nothing leads to me")),
            (WITHDRAW, _("Withdraw them: text and photos are erased too")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what becomes of your proposals and comments.")},
    )
    sure = forms.BooleanField(
        label=_("I understand that this cannot be undone"),
        error_messages={"required": _("Tick the box: this cannot be undone.")},
    )

    @property
    def withdraws(self) -> bool:
        return self.cleaned_data["proposals"] == WITHDRAW
