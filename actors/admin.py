import math
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from actors.models import Organisation, User
from actors.throttling import TooMany, give_back, sign_in_limits, take


class SignInForm(AdminAuthenticationForm):
    """The admin's sign-in, with a limit of failed tries by address and by account."""

    def clean(self) -> dict[str, Any]:
        limits = sign_in_limits(self.request, self.cleaned_data.get("username", ""))
        try:
            take(limits)
        except TooMany as error:
            minutes = math.ceil(error.retry_after_s / 60)
            message = ngettext(
                "Too many tries. Try again in %(n)d minute.", "Too many tries. Try again in %(n)d minutes.", minutes
            )
            raise ValidationError(message, code="too_many", params={"n": minutes}) from error
        cleaned = super().clean()
        give_back(limits)  # a failed one has raised before it comes here
        return cleaned


admin.site.login_form = SignInForm


@admin.register(User)
class PersonAdmin(UserAdmin):
    ordering = ("email",)
    list_display = ("email", "is_staff", "is_active", "last_login")
    search_fields = ("email",)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (
            _("Permissions"),
            {
                "fields": (
                    "is_active",
                    "is_staff",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                )
            },
        ),
    )
    add_fieldsets: ClassVar = ((None, {"fields": ("email", "password1", "password2")}),)


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ("__str__", "type", "verified_at")
    list_filter = ("type",)
