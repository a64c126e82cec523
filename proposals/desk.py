"""What the desks of the admin share: rows are looked at and decided on by the nouns' verbs, with a reason."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy, ngettext

from proposals.models.proposal import MoveRefused

REASON_MAX = 1_000  # characters


class ReasonForm(forms.Form):
    """Why: shown to the author and in the public history."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The author gets it by mail, and everyone reads it in the history."),
    )

    def __init__(self, *args: Any, required: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].required = required


class Desk(admin.ModelAdmin):
    """Rows to look at and to decide on; nothing is typed over, added or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Who may call the verbs: whoever has Django's permission to change such rows."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def decide(
        self,
        request: HttpRequest,
        rows: QuerySet,
        action: str,
        title: str,
        verb: Callable[[Any, str], None],
        required: bool,
    ) -> HttpResponse | None:
        """Asks for the reason, then calls `verb(row, reason)` on each row and says what came of it."""
        form = ReasonForm(request.POST if "reason" in request.POST else None, required=required)
        if not form.is_valid():
            context = self.admin_site.each_context(request) | {
                "title": title,
                "form": form,
                "rows": rows,
                "action": action,
                "opts": self.opts,
                "checkbox": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/proposals/decide.html", context)
        done = 0
        for row in rows:
            try:
                verb(row, form.cleaned_data["reason"])
                done += 1
            except MoveRefused as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
        if done:
            self.message_user(request, ngettext("%d decided.", "%d decided.", done) % done, messages.SUCCESS)
        return None
