"""The ground in the admin: what imports wrote is for reading; what they leave alone can be corrected."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet, URLField
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from layers.models import Area, Dataset, NeighbourLayer, Service, ServiceLocation, Space


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that the next import would write over: to be looked at, and corrected in their source."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Area)
class AreaAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "level", "code", "slug", "valid_from", "valid_to")
    list_filter = ("level", ("valid_to", admin.EmptyFieldListFilter))
    search_fields = ("code", "slug", "names")
    fields = ("names", "level", "code", "slug", "parent", "dataset", "size_m2", "position", "valid_from", "valid_to")
    readonly_fields = ("position",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Area]:
        """Without the boundaries, which are megabytes."""
        return super().get_queryset(request).defer("boundary", "outline")

    @admin.display(description=_("A point inside (latitude, longitude)"))
    def position(self, area: Area) -> str:
        return f"{area.centre.y:.6f}, {area.centre.x:.6f}"


class PlaceAdmin(ReadOnlyAdmin):
    """A place of a file, with its point in figures."""

    readonly_fields = ("position",)

    @admin.display(description=_("Position (latitude, longitude)"))
    def position(self, place: ServiceLocation | Space) -> str:
        return f"{place.location.y:.6f}, {place.location.x:.6f}"


@admin.register(ServiceLocation)
class ServiceLocationAdmin(PlaceAdmin):
    list_display = ("__str__", "service", "provider_name", "provider_type", "dataset")
    list_filter = ("service", "provider_type", "dataset")
    list_select_related = ("service", "dataset")
    search_fields = ("names", "source_id", "provider_name")
    fields = (
        "names",
        "service",
        "provider_name",
        "provider_type",
        "address",
        "position",
        "area",
        "dataset",
        "source_id",
    )


@admin.register(Space)
class SpaceAdmin(PlaceAdmin):
    list_display = ("__str__", "kind", "capacity", "provider_name", "dataset")
    list_filter = ("kind", "provider_type", "dataset")
    list_select_related = ("dataset",)
    search_fields = ("names", "source_id", "provider_name")
    fields = (
        "names",
        "kind",
        "capacity",
        "step_free",
        "accessible_toilet",
        "induction_loop",
        "prices",
        "hours",
        "booking_url",
        "provider_name",
        "provider_type",
        "address",
        "position",
        "area",
        "dataset",
        "source_id",
    )


@admin.register(Service)
class ServiceAdmin(admin.ModelAdmin):
    """The names of a category may be bettered; its slug is what files and filters call it."""

    list_display = ("__str__", "category")
    fields = ("names", "slug", "category")
    readonly_fields = ("slug", "category")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(NeighbourLayer)
class NeighbourLayerAdmin(admin.ModelAdmin):
    """An administrator names the collection; the worker fetches it within a minute, and then each day."""

    list_display = ("__str__", "url", "is_active", "fetched_at", "happened")
    fields = (
        "slug", "url", "names", "style", "columns", "licence", "attribution", "is_active", "fetched_at", "happened",
    )  # fmt: skip
    actions = ("fetch_soon",)
    formfield_overrides: ClassVar = {URLField: {"assume_scheme": "https"}}

    def get_readonly_fields(self, request: HttpRequest, obj: NeighbourLayer | None = None) -> tuple[str, ...]:
        """The slug stays: addresses, tiles and files are called by it."""
        return ("fetched_at", "happened") if obj is None else ("slug", "fetched_at", "happened")

    @admin.display(description=_("what happened"))
    def happened(self, obj: NeighbourLayer) -> str:
        return obj.happened.told()

    def save_model(self, request: HttpRequest, obj: NeighbourLayer, form: ModelForm, change: bool) -> None:
        obj.due_at = timezone.now()
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: NeighbourLayer) -> None:
        obj.remove()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[NeighbourLayer]) -> None:
        for layer in queryset:
            layer.remove()

    @admin.action(description=_("Fetch again now"), permissions=["change"])
    def fetch_soon(self, request: HttpRequest, rows: QuerySet[NeighbourLayer]) -> None:
        rows.fetch_soon()


@admin.register(Dataset)
class DatasetAdmin(admin.ModelAdmin):
    """The credit that maps and exports show may be bettered; the rest says what was imported."""

    list_display = ("title", "slug", "licence", "retrieved_at", "is_approximate")
    fields = ("title", "licence", "attribution", "is_approximate", "slug", "source", "digest", "retrieved_at")
    readonly_fields = ("slug", "source", "digest", "retrieved_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
