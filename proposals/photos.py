"""Photos on disk: every picture from every door is re-encoded, and nothing of what the camera wrote is left."""

import datetime
import io
import logging
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from proposals.models import Photo, Role
from proposals.pictures import PHOTO_MAX_BYTES, PHOTO_MAX_PIXELS, read_picture

__all__ = ["PHOTOS_MAX", "PHOTO_MAX_BYTES", "PHOTO_MAX_PIXELS", "StoredPhoto", "store_photo"]

PHOTOS_MAX = 3
JPEG_QUALITY = 82  # of 95; about 400 kB at 2,000 pixels
# Longer than the day for which a form remembers a photo, so that none is swept from under a press of "send".
ORPHAN_AGE = datetime.timedelta(hours=26)
SWEEP_BATCH = 500  # names asked of the database at once

_NAME = re.compile("[0-9a-f]{32}")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredPhoto:
    """A photo that is on disk already, re-encoded: its random name and its size in pixels."""

    name: str
    width: int
    height: int


@dataclass(frozen=True)
class Rectangle:
    """A part of a photo as fractions of its width and height, 0 to 1, from the left and the top."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= 1 and 0 <= self.top < self.bottom <= 1):
            raise ValueError("a rectangle lies inside the photo, left < right and top < bottom")


def store_photo(upload: File) -> StoredPhoto:
    """Re-encodes `upload` into MEDIA_ROOT. Raises ValidationError with a code and what to do.

    Codes: those of `read_picture`, and `no_space` where the disk is full; then nothing is left on it.
    """
    upload.seek(0)
    return _write(read_picture(upload.read(PHOTO_MAX_BYTES + 1)))


def cover(name: str, rectangles: Sequence[Rectangle]) -> StoredPhoto:
    """The photo with opaque boxes over `rectangles`, under a new name; the file `name` stays.

    Raises FileNotFoundError where there is no such photo, ValidationError as `store_photo`.
    """
    with Image.open(photo_path(name), formats=("JPEG",)) as image:
        picture = image.convert("RGB")
    draw = ImageDraw.Draw(picture)
    for box in rectangles:
        left, top = int(box.left * picture.width), int(box.top * picture.height)
        # Rounded outwards: half a pixel of a plate is still a plate.
        right, bottom = -int(-box.right * picture.width // 1), -int(-box.bottom * picture.height // 1)
        draw.rectangle((left, top, right - 1, bottom - 1), fill="black")
    return _write(Image.frombytes("RGB", picture.size, picture.tobytes()))


def copied(photo: StoredPhoto) -> StoredPhoto:
    """The same photo under a new name: a file belongs to one proposal. Raises as `cover`."""
    return StoredPhoto(_put(photo_path(photo.name).read_bytes()), photo.width, photo.height)


def cover_photo(
    photo: Photo,
    rectangles: Sequence[Rectangle],
    *,
    role: Role,
    actor_id: int | None = None,
    keeps_uncovered: bool = False,
) -> None:
    """A moderator covers parts of `photo` and lets it be seen: one event, and the uncovered file is gone for good.

    With `keeps_uncovered` the file stays, as young as if it were new, so that it is not swept before its time.
    """
    with transaction.atomic():
        # Locked and read anew: another moderator may have covered it meanwhile, and what they covered stays covered.
        now = Photo.objects.select_for_update(of=("self",)).get(pk=photo.pk)
        uncovered, covered = now.name, cover(now.name, rectangles)
        photo.name, photo.width, photo.height = covered.name, covered.width, covered.height
        photo.save(update_fields=["name", "width", "height"])
        photo.publish(role=role, actor_id=actor_id, reason=_("Parts of the photo were covered."))
        if keeps_uncovered:
            photo_path(uncovered).touch()
        else:
            transaction.on_commit(lambda: delete_photo_file(uncovered))


def photo_path(name: str) -> Path:
    """Where the photo `name` lies. Raises ValueError for anything but 32 hexadecimal digits."""
    if not _NAME.fullmatch(name):
        raise ValueError("not the name of a photo")
    return Path(settings.MEDIA_ROOT) / f"{name}.jpg"


def photo_exists(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and photo_path(name).is_file()


def delete_photo_file(name: str) -> None:
    """Removes the file; one that is gone already is no error."""
    photo_path(name).unlink(missing_ok=True)


def sweep_orphan_photos(older_than: datetime.timedelta = ORPHAN_AGE, *, dry_run: bool = False) -> int:
    """Removes files that no photo row names and that are older than `older_than`; returns how many (there would be)."""
    swept = 0
    paths = _files_before(timezone.now() - older_than)
    while batch := list(islice(paths, SWEEP_BATCH)):
        kept = Photo.objects.names_among([path.stem for path in batch])
        for path in batch:
            if path.suffix == ".jpg" and path.stem in kept:
                continue
            swept += 1
            if not dry_run:
                path.unlink(missing_ok=True)
    return swept


def _files_before(moment: datetime.datetime) -> Iterator[Path]:
    """Photos, and halves of photos that a crash left, last written before `moment`."""
    for pattern in ("*.jpg", "*.part"):
        for path in Path(settings.MEDIA_ROOT).glob(pattern):
            try:
                written = path.stat().st_mtime
            except FileNotFoundError:  # another sweep was faster
                continue
            if written < moment.timestamp():
                yield path


def _write(picture: Image.Image) -> StoredPhoto:
    """Puts `picture` on disk under a new random name: whole and synced, or not at all."""
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    return StoredPhoto(_put(encoded.getvalue()), picture.width, picture.height)


def _put(jpeg: bytes) -> str:
    """Writes a file under a new random name, which it returns. Raises ValidationError, `no_space`, with nothing left."""
    name = secrets.token_hex(16)
    path = photo_path(name)
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as file:
            file.write(jpeg)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        logger.exception("A photo could not be stored")
        message = _("The photo cannot be stored right now. Send your proposal without it, or try again later.")
        raise ValidationError(message, code="no_space") from error
    return name


def _sync_folder(folder: Path) -> None:
    """Makes the new name itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
