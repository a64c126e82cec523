"""The proposal as the page asks for it: the same form, with the ways to say where that need no map."""

import dataclasses
import hashlib
import json
from typing import Any

from django import forms
from django.contrib.gis.geos import Point
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from actors.forms import ProvenForm
from layers.drawing import ReadGeometry
from layers.models import Area, AreaLevel
from proposals.forms import ProposalForm
from proposals.models import Category, Photo, PlacePrecision
from proposals.photos import (
    PHOTOS_MAX,
    Rectangle,
    StoredPhoto,
    copied,
    cover,
    delete_photo_file,
    photo_exists,
    store_photo,
)
from proposals.place_form import PlaceWordsForm
from proposals.placing import Placed
from proposals.spam import has_many_links, is_hasty
from proposals.submit import Draft

PHOTO_TOKEN_SALT = "proposals.photo"  # noqa: S105 -- the salt of a signature, no secret
PHOTO_TOKEN_MAX_AGE_S = 24 * 3_600
COVERS_MAX = 50  # boxes on one photo
NOT_PART_OF_THE_PROPOSAL = frozenset({"csrfmiddlewaretoken", "step", "key", "my_device", "started", "proof"})


class SeveralFilesInput(forms.FileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Up to three files of one input."""

    widget = SeveralFilesInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def clean(self, value: object, initial: object = None) -> list[UploadedFile]:
        uploads = [upload for upload in (value if isinstance(value, list) else [value]) if upload]
        if len(uploads) > PHOTOS_MAX:
            raise ValidationError(_("Send at most %(max)d photos.") % {"max": PHOTOS_MAX}, code="too_many")
        return uploads


class ProposalPageForm(ProvenForm, PlaceWordsForm, ProposalForm):
    """`ProposalForm` with a place by name, coordinates or area, photos, and the questions as fields of their own."""

    area = forms.ChoiceField(
        label=gettext_lazy("Choose an area instead"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose an area from the list.")},
    )
    photo = PhotosField(
        label=gettext_lazy("Add a photo"),
        help_text=gettext_lazy("At most three, 15 MB each. On the next page you can cover faces and number plates."),
        required=False,
    )
    photos = forms.CharField(required=False, widget=forms.HiddenInput)  # signed names of photos that were sent already
    key = forms.RegexField(r"[0-9a-zA-Z-]{16,64}", required=False, widget=forms.HiddenInput)
    website = forms.CharField(required=False)  # honeypot: people do not see it
    started = forms.CharField(required=False, widget=forms.HiddenInput)  # when the form was given out, signed

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = [("", "—"), *area_choices()]
        self.chosen_area: Area | None = None
        self.stored_photos: list[StoredPhoto] = []

    def draft(self, *, device_key: str, photos: tuple[StoredPhoto, ...] = ()) -> Draft:
        return dataclasses.replace(super().draft(device_key=device_key, photos=photos), held=self.is_held())

    def is_held(self) -> bool:
        """Whether a moderator looks first, whatever the category's rule: it shows signs of a machine, which is told nothing."""
        typed = self.cleaned_data
        many_links = has_many_links(f"{typed['title']} {typed['body']}")
        return bool(typed["website"]) or many_links or is_hasty(typed["started"])

    def clean_photos(self) -> list[StoredPhoto]:
        """The photos of an earlier step, by their signed names; those that are gone are left out.

        One that a proposal has already (the text is sent again as a new one) is copied: its file stays that proposal's.
        """
        tokens = self.data.getlist("photos") if hasattr(self.data, "getlist") else []
        photos = dict.fromkeys(photo for token in tokens[:PHOTOS_MAX] if (photo := photo_of(token)) is not None)
        there = [photo for photo in photos if photo_exists(photo.name)]
        taken = Photo.objects.names_among([photo.name for photo in there]) if there else set()
        return [copied(photo) if photo.name in taken else photo for photo in there]

    def clean(self) -> dict[str, Any]:
        if "answers" not in self.errors:
            self.cleaned_data["answers"] = self._answers_of_fields()
        super().clean()
        if not self.errors:
            self._store_photos()
        return self.cleaned_data

    def _answers_of_fields(self) -> dict[str, object]:
        """The inputs named `answers-<question id>`; a check box that is on says true."""
        prefix = "answers-"
        words: dict[str, object] = {"true": True, "false": False}
        return {
            name.removeprefix(prefix): words.get(value, value)
            for name, value in self.data.items()
            if name.startswith(prefix) and value != ""
        }

    def _chosen_geometry(self) -> ReadGeometry | None:
        """The drawn place; else the chosen or the only match of the words; else the area from the list."""
        cleaned = self.cleaned_data
        if cleaned.get("geometry") is not None or "geometry" in self.errors:
            return cleaned.get("geometry")
        point = self.point_of_words()
        if point is None and not self.place_choices and "place" not in self.errors and cleaned.get("area"):
            point = self._point_of_area(cleaned["area"])
        if point is None and (self.place_choices or "place" in self.errors):
            return None
        if point is not None:
            cleaned["geometry"] = ReadGeometry(point)
        return super()._chosen_geometry()

    def _point_of_area(self, slug: str) -> Point | None:
        self.chosen_area = Area.objects.current().by_slug(slug)
        return self.chosen_area.centre if self.chosen_area else None

    def _allowed_types(self, category: Category) -> list[str]:
        """What is said in words is a point, also where one would otherwise draw a line."""
        words = self.cleaned_data.get("place") or self.cleaned_data.get("place_choice")
        return [*category.geometry_types, "Point"] if words or self.chosen_area else category.geometry_types

    def _place(self, read: ReadGeometry, category: Category) -> None:
        """An area from the list has no landmark."""
        super()._place(read, category)
        placed: Placed | None = self.cleaned_data.get("placed")
        if placed is not None and self.chosen_area is not None:
            whole_city = self.chosen_area.level == AreaLevel.CITY
            precision = PlacePrecision.CITY if whole_city else PlacePrecision.AREA
            self.cleaned_data["placed"] = dataclasses.replace(placed, landmark=None, precision=precision)

    def _store_photos(self) -> None:
        """Writes the new photos when everything else is right; a refused one takes none of the others along."""
        try:
            self.stored_photos = self._covered(self.cleaned_data["photos"])
        except ValueError:
            self.add_error(
                "photo", ValidationError(_("Cover the photo again: the boxes were not understood."), code="cover")
            )
            return
        if len(self.stored_photos) + len(self.cleaned_data["photo"]) > PHOTOS_MAX:
            message = _("Send at most %(max)d photos.") % {"max": PHOTOS_MAX}
            self.add_error("photo", ValidationError(message, code="too_many"))
            return
        new: list[StoredPhoto] = []
        for upload in self.cleaned_data["photo"]:
            try:
                new.append(store_photo(upload))
            except ValidationError as error:
                self.add_error("photo", error)
                for photo in new:
                    delete_photo_file(photo.name)
                return
        self.stored_photos += new

    def _covered(self, photos: list[StoredPhoto]) -> list[StoredPhoto]:
        """The photos with the boxes drawn over faces and plates: `cover`, one JSON list of rectangles for each photo.

        What was covered stays on disk until it is swept: sending may still fail, and the next try names it again.
        """
        boxes = self.data.getlist("cover") if hasattr(self.data, "getlist") else []
        read = [rectangles(text) for text in boxes[: len(photos)]]
        read += [[] for _missing in photos[len(read) :]]
        return [cover(photo.name, drawn) if drawn else photo for photo, drawn in zip(photos, read, strict=True)]

    def photo_tokens(self) -> list[str]:
        return [photo_token(photo) for photo in self.stored_photos]

    def body_hash(self) -> str:
        """A digest of what was typed, by which a repeated key is recognised."""
        typed = {name: values for name, values in sorted(self.data.lists()) if name not in NOT_PART_OF_THE_PROPOSAL}
        return hashlib.sha256(json.dumps(typed, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def area_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Areas to choose from, grouped by level, by name in the page's language. One query."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for area in Area.objects.current().for_choice():
        groups.setdefault(str(area.get_level_display()).capitalize(), []).append((area.slug, area.name))
    return [(label, sorted(areas, key=lambda choice: choice[1].casefold())) for label, areas in groups.items()]


def rectangles(text: str) -> list[Rectangle]:
    """The boxes of `[[left, top, right, bottom], …]`, fractions of the photo. Raises ValueError for anything else."""
    try:
        drawn = json.loads(text or "[]")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(drawn, list) or len(drawn) > COVERS_MAX:
        raise ValueError("a list of boxes was expected")
    if not all(isinstance(box, list) and len(box) == 4 and all(type(n) in (int, float) for n in box) for box in drawn):
        raise ValueError("a box is four numbers")
    return [Rectangle(*box) for box in drawn]


def photo_token(photo: StoredPhoto) -> str:
    """A signed name by which the next step of the form knows a photo that is on disk already."""
    return signing.dumps([photo.name, photo.width, photo.height], salt=PHOTO_TOKEN_SALT)


def photo_of(token: str) -> StoredPhoto | None:
    """The photo of a token, None for a forged or old one."""
    try:
        name, width, height = signing.loads(token, salt=PHOTO_TOKEN_SALT, max_age=PHOTO_TOKEN_MAX_AGE_S)
    except signing.BadSignature:
        return None
    return StoredPhoto(name, width, height)
