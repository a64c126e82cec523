from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from actors.models import Membership, Organisation, User


class PersonForm(forms.ModelForm):
    def clean_email(self) -> str:
        return self.cleaned_data["email"].strip().lower()


@admin.register(User)
class PersonAdmin(admin.ModelAdmin):
    """People sign in by mailed codes: there is no password to set."""

    form = PersonForm
    ordering = ("email",)
    list_display = ("email", "role", "is_staff", "is_active", "last_login")
    list_filter = ("role", "is_staff", "is_active")
    search_fields = ("email",)
    fields = ("email", "role", "is_active", "is_staff", "is_superuser", "groups", "user_permissions")
    filter_horizontal = ("groups", "user_permissions")

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)
    readonly_fields = ("since",)


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    """Verifying is a decision with a mail (/organisations/applications/): here its times are only read."""

    list_display = ("__str__", "type", "verified_at", "valid_until")
    list_filter = ("type",)
    readonly_fields = ("verified_at", "refused_at", "service_area")
    filter_horizontal = ("areas",)
    inlines = (MembershipInline,)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False  # an organisation comes by its application
