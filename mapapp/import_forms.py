"""Forms of a planner's import: the file or its address, how it is read, and the press of the button."""

import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyproj import CRS
from pyproj.exceptions import CRSError

from geodata.imports.preview import Found
from geodata.imports.source import DRIVERS, ZIP
from geodata.models import Into

TABLE = ".csv"
SUFFIXES = (*(suffix for suffix in DRIVERS if suffix != ".shp"), ZIP, TABLE)  # a Shapefile comes with its parts, zipped
NAME_MAX = 200  # characters, as ImportRun holds
EPSG = re.compile(r"(?:EPSG:)?([0-9]{4,6})", re.IGNORECASE)
ENCODINGS = (
    ("", gettext_lazy("As it is detected")),
    ("utf-8", "UTF-8"),
    ("cp1252", "Windows-1252"),
    ("iso-8859-15", "ISO 8859-15"),
    ("utf-16", "UTF-16"),
    ("mac_roman", "Mac Roman"),
)


class ImportForm(forms.Form):
    """A file or, where the installation names hosts for it, an address. `key` makes two presses one run."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    into = forms.ChoiceField(
        label=gettext_lazy("What it becomes"), choices=Into.choices, widget=forms.RadioSelect, initial=Into.REFERENCE
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        error_messages={"required": gettext_lazy("Choose a file.")},
        max_length=NAME_MAX,
        help_text=gettext_lazy("GeoJSON, GeoPackage, zipped Shapefile, FlatGeobuf or CSV."),
        widget=forms.FileInput(attrs={"accept": ",".join(SUFFIXES)}),
    )
    url = forms.CharField(
        label=gettext_lazy("or its address"),
        required=False,
        max_length=2_000,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid4
        limit = _("At most %(size)s.") % {"size": filesizeformat(settings.IMPORT_MAX_BYTES)}
        self.fields["file"].help_text = f"{self.fields['file'].help_text} {limit}"
        if not settings.IMPORT_HOSTS:
            del self.fields["url"]
            self.fields["file"].required = True
        else:
            self.fields["url"].help_text = _(
                "A file, a collection of OGC API Features (…/collections/NAME) or a WFS (…?service=WFS&typeNames=NAME) at: %(hosts)s."
            ) % {"hosts": ", ".join(settings.IMPORT_HOSTS)}

    def clean_file(self) -> UploadedFile | None:
        file = self.cleaned_data["file"]
        if file is None:
            return None
        if PurePosixPath(file.name).suffix.lower() not in SUFFIXES:
            raise ValidationError(
                _("This type of file is not read. Types that are: %(types)s.") % {"types": ", ".join(SUFFIXES)}
            )
        if file.size > settings.IMPORT_MAX_BYTES:
            raise ValidationError(
                _("The file is too large (%(size)s). At most %(limit)s.")
                % {"size": filesizeformat(file.size), "limit": filesizeformat(settings.IMPORT_MAX_BYTES)}
            )
        return file

    def clean_url(self) -> str:
        url = self.cleaned_data["url"].strip()
        if not url:
            return ""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if host is None or not {host, f"{host}:{port}"} & set(settings.IMPORT_HOSTS):
            raise ValidationError(
                _("Nothing is fetched from this host. Hosts that may be asked: %(hosts)s.")
                % {"hosts": ", ".join(settings.IMPORT_HOSTS)}
            )
        return url

    def clean(self) -> dict[str, Any]:
        given = [name for name in ("file", "url") if self.cleaned_data.get(name)]
        if not given and not {"file", "url"} & self.errors.keys():
            self.add_error("file", _("Choose a file."))
        if len(given) > 1:
            self.add_error("url", _("Give a file or an address, not both."))
        return self.cleaned_data

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.cleaned_data["file"].name).suffix.lower()


class ReadingForm(forms.Form):
    """How the file is to be read, where it does not say so itself; only what there is a choice of is asked."""

    layer = forms.ChoiceField(label=gettext_lazy("Layer"))
    crs = forms.CharField(
        label=gettext_lazy("Coordinate system"),
        required=False,
        max_length=12,
        help_text=gettext_lazy("Whoever made the file knows it. For example EPSG:3879."),
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off", "list": "crs-list"}),
    )
    x = forms.ChoiceField(label=gettext_lazy("Column of the east coordinate or longitude"), required=False)
    y = forms.ChoiceField(label=gettext_lazy("Column of the north coordinate or latitude"), required=False)
    wkt = forms.ChoiceField(label=gettext_lazy("Column of the shape as WKT"), required=False)
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding of the letters"), choices=ENCODINGS, required=False)

    def __init__(self, *args: Any, found: Found, file: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        layers, columns = found.get("layers") or [], found.get("fields") or []
        if len(layers) > 1:
            self.fields["layer"].choices = [(name, name) for name in layers]
        else:
            del self.fields["layer"]
        is_table = Path(file).suffix == TABLE
        for name in ("x", "y", "wkt"):
            self.fields[name].choices = [("", _("As it is detected")), *((column, column) for column in columns)]
        for name in () if is_table else ("x", "y", "wkt", "encoding"):
            del self.fields[name]
        self.fields["crs"].required = found.get("needed") == "crs"

    def clean_crs(self) -> int | None:
        text = self.cleaned_data["crs"].strip()
        if not text:
            return None
        match = EPSG.fullmatch(text)
        try:
            crs = CRS.from_epsg(match[1]) if match else None
        except CRSError:
            crs = None
        if crs is None or not (crs.is_geographic or crs.is_projected):
            raise ValidationError(_("There is no such coordinate system. Write it as EPSG:3067."))
        return int(match[1])

    def clean(self) -> dict[str, Any]:
        x, y = self.cleaned_data.get("x"), self.cleaned_data.get("y")
        if bool(x) != bool(y):
            self.add_error("y" if x else "x", _("Both columns are needed."))
        if x and self.cleaned_data.get("wkt"):
            self.add_error("wkt", _("Choose either two columns of coordinates, or one of WKT."))
        return self.cleaned_data
