from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from actors.models import ApiKey, Membership, Organisation, Scope, User
from actors.models.api_key import QUOTA_MAX, QUOTA_PER_HOUR


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


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it opens"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    quota_per_hour = forms.IntegerField(
        label=gettext_lazy("At most so many an hour"), min_value=1, max_value=QUOTA_MAX, initial=QUOTA_PER_HOUR
    )


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    """Administrators issue and revoke; the secret is shown once, on the page that answers. Nothing is changed or deleted."""

    form = ApiKeyForm
    list_display = ("name", "prefix", "organisation", "scopes", "quota_per_hour", "last_used_on", "state")
    list_select_related = ("organisation",)
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        given = ("name", "organisation", "scopes", "quota_per_hour", "expires_at")
        return given if obj is None else (*given, "prefix", "created_at", "last_used_on", "revoked_at")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return request.user.is_active and request.user.is_staff and request.user.is_administrator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False  # what a key may do is what its holder was told; another is issued instead

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False  # a revoked one stays, so that the list tells what there was

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: forms.ModelForm, change: bool) -> None:
        chosen = form.cleaned_data
        key, obj.secret = ApiKey.objects.issue(
            chosen["name"],
            chosen["scopes"],
            quota_per_hour=chosen["quota_per_hour"],
            organisation=chosen["organisation"],
            expires_at=chosen["expires_at"],
        )
        obj.pk, obj.prefix = key.pk, key.prefix

    def response_add(self, request: HttpRequest, obj: ApiKey, *args: Any) -> HttpResponse:
        """The secret on a page of its own, never in a message, which would be kept in a cookie."""
        context = {**self.admin_site.each_context(request), "title": _("New key"), "key": obj, "secret": obj.secret}
        response = render(request, "admin/actors/apikey/issued.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.action(description=gettext_lazy("Revoke the chosen keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        self.message_user(request, _("Revoked: %(number)d") % {"number": queryset.revoke()})
