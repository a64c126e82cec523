"""The admin's desk: decisions are the verbs of the nouns, with a reason; text, place and state are for reading only.

Contacts are not here: a moderator decides on words and pictures, not on people.
"""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from proposals.desk import Desk
from proposals.models import Category, Event, ForwardedRequest, Photo, Proposal, Role
from proposals.photos import Rectangle, cover_photo, photo_path

GRID_COLUMNS, GRID_ROWS = 16, 12  # fields over a photo that a moderator may tick to be covered


@admin.register(Proposal)
class ProposalAdmin(Desk):
    list_display = ("title", "kind", "area", "publication", "status", "submitted_at", "waiting_wording")
    list_filter = ("publication", ("texts__waits", admin.BooleanFieldListFilter), "status", "kind", "channel")
    list_select_related = ("area",)
    search_fields = ("title", "=id")
    ordering = ("submitted_at",)
    actions = ("publish", "hide")
    fields = (
        "title",
        "body",
        "waiting_wording",
        "language",
        "kind",
        "category",
        "publication",
        "status",
        "area",
        "place",
        "photo_links",
        "answers",
        "channel",
        "version",
        "submitted_at",
        "published_at",
        "updated_at",
        "source",
        "source_id",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        return super().get_queryset(request).prefetch_related("texts", "photos")

    @admin.display(description=gettext_lazy("Wording that waits"))
    def waiting_wording(self, proposal: Proposal) -> str:
        return next((f"{text.title}\n{text.body}" for text in proposal.texts.all() if text.waits), "")

    def words_of(self, proposal: Proposal) -> str:
        return self.waiting_wording(proposal) or f"{proposal.title}\n{proposal.body}"

    @admin.display(description=gettext_lazy("Place"))
    def place(self, proposal: Proposal) -> str:
        point = proposal.public_location.point_on_surface
        words = f"{point.y:.6f}, {point.x:.6f}"
        return format_html('{} · <a href="{}">{}</a>', words, proposal.get_absolute_url(), _("Open the page"))

    @admin.display(description=gettext_lazy("Photos"))
    def photo_links(self, proposal: Proposal) -> str:
        links = [
            format_html(
                '<a href="{}">{}</a>',
                reverse("admin:proposals_photo_change", args=[photo.pk]),
                photo.get_state_display(),
            )
            for photo in proposal.photos.all()
        ]
        return format_html(", ".join(["{}"] * len(links)), *links) if links else "–"

    @admin.action(description=gettext_lazy("Publish (with the wording that waits)"), permissions=["decide"])
    def publish(self, request: HttpRequest, rows: QuerySet[Proposal]) -> HttpResponse | None:
        def verb(proposal: Proposal, reason: str, version: int | None) -> None:
            proposal.publish(role=Role.MODERATOR, actor_id=request.user.pk, reason=reason, version=version)

        return self.decide(request, rows, "publish", _("Publish"), verb, required=False)

    @admin.action(description=gettext_lazy("Hide"), permissions=["decide"])
    def hide(self, request: HttpRequest, rows: QuerySet[Proposal]) -> HttpResponse | None:
        def verb(proposal: Proposal, reason: str, version: int | None) -> None:
            proposal.hide(role=Role.MODERATOR, actor_id=request.user.pk, reason=reason, version=version)

        return self.decide(request, rows, "hide", _("Hide"), verb, required=True)


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    """Categories are the city's own; slug and kind stay, for filters, exports and proposals carry them."""

    list_display = ("__str__", "kind", "publication_rule", "privacy_rule", "position", "is_offered")
    list_filter = ("kind", "is_offered")

    def get_readonly_fields(self, request: HttpRequest, obj: Category | None = None) -> tuple[str, ...]:
        return ("slug", "kind") if obj else ()


@admin.register(Event)
class EventAdmin(Desk):
    """The history as it was written; nobody changes it, here or elsewhere."""

    list_display = ("at", "verb", "role", "before", "after", "proposal", "reason")
    list_filter = ("verb", "role")
    list_select_related = ("proposal", "note__actor")
    date_hierarchy = "at"
    ordering = ("-pk",)
    fields = ("at", "verb", "role", "before", "after", "proposal", "reason", "actor", "note_digest", "link")
    show_full_result_count = False

    @admin.display(description=gettext_lazy("Reason"))
    def reason(self, event: Event) -> str:
        note = getattr(event, "note", None)  # a reverse one-to-one: absent without a reason, or erased
        return note.text if note else ""

    @admin.display(description=gettext_lazy("Account"))
    def actor(self, event: Event) -> str:
        note = getattr(event, "note", None)
        return str(note.actor) if note and note.actor else "–"

    @admin.display(description=gettext_lazy("Seal"))
    def link(self, event: Event) -> str:
        return str(getattr(event, "seal", "–"))


class CoverForm(forms.Form):
    """Ticked fields of a grid over the photo."""

    cells = forms.MultipleChoiceField(
        choices=[(f"{row}-{column}", "") for row in range(GRID_ROWS) for column in range(GRID_COLUMNS)],
        error_messages={"required": gettext_lazy("Tick the fields that are to be covered.")},
    )

    def rectangles(self) -> list[Rectangle]:
        boxes = []
        for cell in self.cleaned_data["cells"]:
            row, column = map(int, cell.split("-"))
            left, right = column / GRID_COLUMNS, (column + 1) / GRID_COLUMNS
            boxes.append(Rectangle(left, row / GRID_ROWS, right, (row + 1) / GRID_ROWS))
        return boxes


@admin.register(Photo)
class PhotoAdmin(Desk):
    """The queue of photos: publish, hide, or cover faces and plates."""

    list_display = ("thumbnail", "state", "proposal", "created_at")
    list_filter = ("state",)
    list_select_related = ("proposal",)
    list_per_page = 20
    ordering = ("created_at",)
    actions = ("publish", "hide")
    fields = ("picture", "state", "proposal", "width", "height", "created_at", "cover_link")

    class Media:
        css = {"all": ("css/photo_desk.css",)}

    def get_urls(self) -> list[URLPattern]:
        return [
            path("<int:pk>/file/", self.admin_site.admin_view(self.file), name="proposals_photo_file"),
            path("<int:pk>/cover/", self.admin_site.admin_view(self.cover), name="proposals_photo_cover"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("Photo"))
    def thumbnail(self, photo: Photo) -> str:
        source = reverse("admin:proposals_photo_file", args=[photo.pk])
        return format_html('<img class="desk-photo" src="{}" alt="{}" loading="lazy">', source, _("Photo"))

    @admin.display(description=gettext_lazy("Photo"))
    def picture(self, photo: Photo) -> str:
        source = reverse("admin:proposals_photo_file", args=[photo.pk])
        return format_html('<img class="desk-photo desk-photo--large" src="{}" alt="{}">', source, _("Photo"))

    @admin.display(description=gettext_lazy("Faces and plates"))
    def cover_link(self, photo: Photo) -> str:
        address = reverse("admin:proposals_photo_cover", args=[photo.pk])
        return format_html('<a href="{}">{}</a>', address, _("Cover parts of the photo"))

    def file(self, request: HttpRequest, pk: int) -> FileResponse:
        """The photo in whatever state, to those who decide on it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        photo = get_object_or_404(Photo, pk=pk)
        try:
            return FileResponse(photo_path(photo.name).open("rb"), content_type="image/jpeg")
        except FileNotFoundError as error:
            raise Http404(_("The file is gone.")) from error

    def cover(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The grid over the photo; what is ticked is covered, and the photo published."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        photo = get_object_or_404(Photo, pk=pk)
        form = CoverForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                cover_photo(photo, form.rectangles(), role=Role.MODERATOR, actor_id=request.user.pk)
                self.message_user(request, _("The photo is covered and published."), messages.SUCCESS)
                return redirect("admin:proposals_photo_change", pk)
            except (ValidationError, FileNotFoundError) as error:
                form.add_error(None, getattr(error, "message", _("The file is gone.")))
        context = self.admin_site.each_context(request) | {
            "title": _("Cover parts of the photo"),
            "photo": photo,
            "form": form,
            "opts": self.opts,
            "rows": [[f"{row}-{column}" for column in range(GRID_COLUMNS)] for row in range(GRID_ROWS)],
        }
        return TemplateResponse(request, "admin/proposals/photo/cover.html", context)

    @admin.action(description=gettext_lazy("Publish"), permissions=["decide"])
    def publish(self, request: HttpRequest, rows: QuerySet[Photo]) -> HttpResponse | None:
        def verb(photo: Photo, reason: str, version: int | None) -> None:
            photo.publish(role=Role.MODERATOR, actor_id=request.user.pk, reason=reason)

        return self.decide(request, rows, "publish", _("Publish"), verb, required=False)

    @admin.action(description=gettext_lazy("Hide"), permissions=["decide"])
    def hide(self, request: HttpRequest, rows: QuerySet[Photo]) -> HttpResponse | None:
        def verb(photo: Photo, reason: str, version: int | None) -> None:
            photo.hide(role=Role.MODERATOR, actor_id=request.user.pk, reason=reason)

        return self.decide(request, rows, "hide", _("Hide"), verb, required=True)


@admin.register(ForwardedRequest)
class ForwardedRequestAdmin(Desk):
    """What was passed on to neighbours: their numbers, and what could not be sent."""

    list_display = ("proposal", "name", "passed_on_at", "sent_at", "service_request_id", "tries", "failure")
    list_filter = ("sent_at",)
    list_select_related = ("proposal",)
    ordering = ("-pk",)
    actions = ("try_again",)

    @admin.action(description=gettext_lazy("Try again"), permissions=["decide"])
    def try_again(self, request: HttpRequest, rows: QuerySet[ForwardedRequest]) -> None:
        self.message_user(request, _("Sent again: %(number)d") % {"number": rows.try_again()})
