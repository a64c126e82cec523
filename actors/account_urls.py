"""Signing in and one's own account, under /accounts/ without a language prefix.

Of allauth's pages only those that this house has: no sign-up, no passwords, no list of addresses. The names are allauth's,
which reverses them.
"""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as city_account
from allauth.socialaccount.providers.openid_connect.urls import urlpatterns as openid_connect
from django.urls import path
from django.views.generic import RedirectView

from actors.views.account import account_home

urlpatterns = [
    path("", account_home, name="account_home"),
    path("login/", account.request_login_code, name="account_login"),
    path("login/", account.request_login_code, name="account_request_login_code"),
    path("login/code/", account.confirm_login_code, name="account_confirm_login_code"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", second_factor.reauthenticate, name="account_reauthenticate"),
    path("reauthenticate/", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("second-factor/", second_factor.index, name="mfa_index"),
    path("second-factor/authenticate/", second_factor.authenticate, name="mfa_authenticate"),
    path("second-factor/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("second-factor/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("second-factor/recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "second-factor/recovery-codes/generate/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("city/cancelled/", city_account.login_cancelled, name="socialaccount_login_cancelled"),
    path("city/error/", city_account.login_error, name="socialaccount_login_error"),
    path("city/closed/", city_account.signup, name="socialaccount_signup"),
    path("city/", RedirectView.as_view(pattern_name="account_home"), name="socialaccount_connections"),
    *openid_connect,
]
