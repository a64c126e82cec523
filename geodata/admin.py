"""Webhooks in the admin: an administrator registers them; the secret is shown once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geodata.models import Webhook, WebhookCall
from geodata.models.webhook import URL_MAX, Topic


class WebhookForm(forms.ModelForm):
    url = forms.URLField(label=gettext_lazy("address"), max_length=URL_MAX, assume_scheme="https")
    topics = forms.MultipleChoiceField(
        choices=Topic.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("events"),
        help_text=gettext_lazy("All of them where none is chosen."),
    )


class CallInline(admin.TabularInline):
    """The last calls, to see what was answered."""

    model = WebhookCall
    fields = readonly_fields = ("event", "topic", "state", "attempts", "due_at", "answer")
    extra = 0
    can_delete = False
    ordering = ("-pk",)
    SHOWN = 20

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def get_formset(self, *args: Any, **options: Any) -> Any:
        shown = self.SHOWN

        class Newest(super().get_formset(*args, **options)):
            def get_queryset(self) -> list[WebhookCall]:
                return super().get_queryset().select_related("event")[:shown]

        return Newest


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):
    form = WebhookForm
    list_display = ("description", "url", "is_active", "failing_since", "note", "waiting")
    list_filter = ("is_active",)
    fields = ("url", "description", "topics", "query", "is_active", "failing_since", "note", "made_at")
    readonly_fields = ("failing_since", "note", "made_at")
    inlines = (CallInline,)
    actions = ("start_again", "change_secret")

    @admin.display(description=gettext_lazy("calls that wait"))
    def waiting(self, webhook: Webhook) -> int:
        return webhook.waiting_calls

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        return super().get_queryset(request).with_waiting_calls()

    def save_model(self, request: HttpRequest, obj: Webhook, form: forms.ModelForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.begin()
            self._show_secret(request, obj)

    def _show_secret(self, request: HttpRequest, webhook: Webhook) -> None:
        words = _("The secret of %(webhook)s, shown this once: %(secret)s")
        messages.warning(request, words % {"webhook": webhook, "secret": webhook.secret})

    @admin.action(
        description=gettext_lazy("Try again now, from the first call that was not taken"), permissions=["change"]
    )
    def start_again(self, request: HttpRequest, rows: QuerySet[Webhook]) -> None:
        for webhook in rows:
            webhook.start_again()

    @admin.action(description=gettext_lazy("Make a new secret; the old one ends at once"), permissions=["change"])
    def change_secret(self, request: HttpRequest, rows: QuerySet[Webhook]) -> None:
        for webhook in rows:
            webhook.change_secret()
            self._show_secret(request, webhook)
