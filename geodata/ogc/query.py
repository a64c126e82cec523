"""The parameters of `/ogc/`: what each resource takes, read as strictly as at every other door."""

from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geodata.ogc.moments import Stretch, parse_stretch
from geodata.ogc.published import Published
from geodata.ogc.reference_systems import CRS84, ReferenceSystem, reference_systems
from geodata.parameters import LanguageField, QueryForm, WordField, shown, unknown_value, whole_number

LIMIT_DEFAULT = 1_000  # decision of the product; GDAL and QGIS page by themselves
LIMIT_MAX = 10_000  # features a page
ANY_NUMBER = 10**18 - 1
MEDIA = (("json", "JSON"), ("html", "HTML"))


class SystemField(forms.CharField):
    """The address of a reference system -> ReferenceSystem; CRS84 where it is not given."""

    def clean(self, value: str | None) -> ReferenceSystem:
        address = super().clean(value)
        if not address:
            return CRS84
        if address not in reference_systems():
            raise unknown_value(address, ", ".join(reference_systems()))
        return reference_systems()[address]


class DatetimeField(forms.CharField):
    """`datetime` -> Stretch, or None."""

    def clean(self, value: str | None) -> Stretch | None:
        text = super().clean(value)
        try:
            return parse_stretch(text) if text else None
        except ValueError as error:
            message = _(
                "“%(value)s” is not a time. Write 2026-05-31T09:00:00Z, 2026-05-31 or an interval of two of"
                " them with a slash between; .. is an open end."
            )
            raise ValidationError(message, code="datetime", params={"value": shown(text)}) from error


class ResourceForm(QueryForm):
    """What every resource takes: `f` (json, html) and `lang`."""

    f = WordField(choices=MEDIA, label=gettext_lazy("Format"))
    lang = LanguageField()


class ItemForm(ResourceForm):
    """A single item: `crs` beside."""

    crs = SystemField(required=False, label=gettext_lazy("Reference system of the answer"))


class ItemsBase(ItemForm):
    """Items: the box, time and paging beside. `box` is the geometry of `bbox` in EPSG:4326, or None."""

    datetime = DatetimeField(required=False, label=gettext_lazy("Time"))
    limit = whole_number(1, ANY_NUMBER, required=False, label=gettext_lazy("Items a page"))
    after = whole_number(0, ANY_NUMBER, required=False, label=gettext_lazy("Key behind which the page begins"))

    def clean_limit(self) -> int:
        """A number above the maximum means the maximum (17-069r4, 7.15.2)."""
        return min(self.cleaned_data["limit"] or LIMIT_DEFAULT, LIMIT_MAX)

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.box: GEOSGeometry | None = None
        text, system = self.cleaned_data.get("bbox"), self.cleaned_data.get("bbox-crs")
        if text and system:
            try:
                self.box = system.polygon(text)
            except ValueError:
                message = _(
                    "Give the box as four numbers in the order of axes of %(crs)s, lower corner first, inside of"
                    " what this system is made for."
                )
                self._refuse("bbox", ValidationError(message, code="bbox", params={"crs": system.address}))
        return self.cleaned_data

    def querystring(self, **changes: str | None) -> str:
        """The query as it came, with changes; None takes a parameter away."""
        pairs = [(name, value) for name, values in self.query.lists() for value in values if name not in changes]
        return urlencode(pairs + [(name, value) for name, value in changes.items() if value is not None], safe=":/,.")


@cache
def items_form(published: Published) -> type[ItemsBase]:
    """The form of the items of one set: the filters of the set and the parameters of the standard."""
    # Hyphens are in no name of Python, so that these come by a dictionary.
    fields = {
        "bbox": forms.CharField(required=False, label=gettext_lazy("Box")),
        "bbox-crs": SystemField(required=False, label=gettext_lazy("Reference system of the box")),
        "tested_elsewhere": ("bbox",),
    }
    return type(f"{published.id.title()}ItemsForm", (ItemsBase, published.filters), fields)


def filters_of(published: Published) -> Iterator[tuple[str, forms.Field]]:
    """The filters of a set by name: those that are of its properties or of its time, not the box."""
    for name, field in published.filters.base_fields.items():
        if name != "bbox":
            yield name, field
