"""What the desks of the admin share: rows are looked at and decided on by the nouns' verbs, with a reason."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from layers.geometry import strict_int
from proposals.models.proposal import MoveRefused, StaleVersion

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

    def words_of(self, row: Any) -> str:
        """What is decided on, in full, for whoever decides."""
        return str(row)

    def decide(
        self,
        request: HttpRequest,
        rows: QuerySet,
        action: str,
        title: str,
        verb: Callable[[Any, str, int | None], None],
        required: bool,
    ) -> HttpResponse | None:
        """Asks for the reason, then calls `verb(row, reason, version)` on each row and says what came of it.

        `version` is the one that was read (None where rows have none): a wording that nobody read is not decided on.
        """
        form = ReasonForm(request.POST if "reason" in request.POST else None, required=required)
        if not form.is_valid():
            context = self.admin_site.each_context(request) | {
                "title": title,
                "form": form,
                "rows": [(row, self.words_of(row), getattr(row, "version", None)) for row in rows],
                "action": action,
                "opts": self.opts,
                "checkbox": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/proposals/decide.html", context)
        done = 0
        for row in rows:
            try:
                verb(row, form.cleaned_data["reason"], _version_read(request, row))
                done += 1
            except MoveRefused as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
            except StaleVersion:
                self.message_user(request, f"{row}: {_('The proposal was changed meanwhile')}", messages.ERROR)
        if done:
            self.message_user(request, ngettext("%d decided.", "%d decided.", done) % done, messages.SUCCESS)
        return None


def _version_read(request: HttpRequest, row: Any) -> int | None:
    """The version that the page of the decision showed. Raises StaleVersion for what is no number."""
    text = request.POST.get(f"version-{row.pk}")
    if text is None:
        return None
    try:
        return strict_int(text)
    except ValueError as error:
        raise StaleVersion from error
