"""The forms of the second factor, in our words. Apart from those of signing in: allauth loads them at other times."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

from actors.account_forms import six_digits_widget


class SecondFactorForm(AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, _("Six digits of the authenticator app, or a recovery code"))


class SecondFactorAgainForm(ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, _("Six digits of the authenticator app, or a recovery code"))


class ActivateForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, _("Six digits that the app shows"))


def _name(form: forms.Form, label: Any) -> None:
    form.fields["code"].label = label
    form.fields["code"].widget = six_digits_widget()
