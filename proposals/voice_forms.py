"""What people type when they support, comment, answer or report."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from actors.forms import HoneypotForm
from proposals.forms import EMAIL_MAX


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
