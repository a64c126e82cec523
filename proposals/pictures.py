"""What a person uploads as a photo, read with suspicion: an upright sRGB picture of bounded size, or the reason why not.

Pixels alone pass: text, GPS, profiles, thumbnails and whatever else stands in or behind the file stay behind.
"""

import io
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

PHOTO_MAX_BYTES = 15 * 1024 * 1024
PHOTO_MAX_PIXELS = 50_000_000  # width x height as sent
WEBP_MAX_PIXELS = 25_000_000  # its decoder needs 16 bytes a pixel, and no camera writes WebP
PHOTO_MAX_SIDE = 20_000  # pixels as sent; a panorama fits, a line of one pixel does not
SIDE_KEPT = 2_000  # pixels of the longer side of what is kept
JPEG_SCANS_MAX = 40  # cameras and encoders write ten; each costs a pass over all pixels
ORIENTATION = 0x0112  # Exif 2.32, table 4

FORMATS = ("JPEG", "PNG", "WEBP")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")

# A header may promise more pixels than memory holds: the warning of Pillow counts as an error, everywhere.
Image.MAX_IMAGE_PIXELS = PHOTO_MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

# A PNG at the limit needs half a gigabyte while it is read (measured 2026-11-24); the threads of a process take turns.
_one_at_a_time = threading.Lock()
WAIT_MAX_S = 5  # for one's turn: large pictures sent by the dozen must not hold every thread of the process


def read_picture(data: bytes) -> Image.Image:
    """The picture in `data`: mode RGB, upright, sRGB, longer side at most 2,000 pixels, of an animation the first frame.

    Raises ValidationError with a code: empty, too_large, heic, gif, type, too_many_pixels, too_long, broken, busy.
    """
    _refuse_by_its_bytes(data)
    with _turn():
        try:
            return _decoded(data)
        except ValidationError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_many_pixels(PHOTO_MAX_PIXELS) from error
        except Exception as error:  # a broken file raises whatever its decoder happens to meet
            message = _("The photo is broken or was cut on its way. Choose it again, or another one.")
            raise ValidationError(message, code="broken") from error


@contextmanager
def _turn() -> Iterator[None]:
    if not _one_at_a_time.acquire(timeout=WAIT_MAX_S):
        message = _("The photo cannot be stored right now. Send your proposal without it, or try again later.")
        raise ValidationError(message, code="busy")
    try:
        yield
    finally:
        _one_at_a_time.release()


def _refuse_by_its_bytes(data: bytes) -> None:
    if not data:
        raise ValidationError(_("The photo is empty. Choose it again."), code="empty")
    if len(data) > PHOTO_MAX_BYTES:
        message = _("The photo is too large. Send one of at most %(max)d MB.")
        raise ValidationError(message % {"max": PHOTO_MAX_BYTES // 1024**2}, code="too_large")
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        message = _(
            "Photos in the format HEIC or AVIF cannot be read here. Save or share it as JPEG. On an iPhone:"
            " Settings, Camera, Formats, Most Compatible."
        )
        raise ValidationError(message, code="heic")
    if data[:6] in (b"GIF87a", b"GIF89a"):
        raise ValidationError(_("GIF pictures are not accepted. Send a photo as JPEG, PNG or WebP."), code="gif")
    if not (data[:3] == b"\xff\xd8\xff" or data[:8] == b"\x89PNG\r\n\x1a\n" or data[:4] + data[8:12] == b"RIFFWEBP"):
        raise ValidationError(_("This is not a photo. Send a JPEG, PNG or WebP file."), code="type")


def _too_many_pixels(limit: int) -> ValidationError:
    message = _("The photo has too many pixels. Send one of at most %(max)d megapixels.")
    return ValidationError(message % {"max": limit // 1_000_000}, code="too_many_pixels")


def _decoded(data: bytes) -> Image.Image:
    image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
    limit = WEBP_MAX_PIXELS if image.format == "WEBP" else PHOTO_MAX_PIXELS
    if image.width * image.height > limit:
        raise _too_many_pixels(limit)
    if max(image.size) > PHOTO_MAX_SIDE:
        message = _("The photo is too long. Send one of at most %(max)d pixels on its longer side.")
        raise ValidationError(message % {"max": PHOTO_MAX_SIDE}, code="too_long")
    if data[:2] == b"\xff\xd8" and _jpeg_scans(data) > JPEG_SCANS_MAX:
        raise ValueError("a JPEG of so many scans is made to cost time")
    orientation = _orientation(image)
    profile = image.info.get("icc_profile")
    # A JPEG is decoded at a half, a quarter or an eighth at once, where that is more than enough.
    share = 2 * SIDE_KEPT / max(image.size)
    image.draft(None, (max(1, int(image.width * share)), max(1, int(image.height * share))))
    # Small first: each step at full size would cost another 200 MB.
    image = _eight_bits(image)
    image.thumbnail((SIDE_KEPT, SIDE_KEPT), Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture = _in_srgb(_without_alpha(image), profile)
    picture.getexif()[ORIENTATION] = orientation
    ImageOps.exif_transpose(picture, in_place=True)
    # Made anew from its pixels: Pillow would carry comments and the like over from `info` into the file.
    return Image.frombytes("RGB", picture.size, picture.tobytes())


def _orientation(image: Image.Image) -> int:
    """How the camera was held: 1 to 8; 1 where the metadata cannot be read, for they matter for nothing else."""
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 -- hostile metadata may raise anything, and the pixels may still be right
        return 1
    return orientation if orientation in range(1, 9) else 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """`image` in a mode of 8 bits a channel that can be resized: L, LA, RGB, RGBA, CMYK or YCbCr."""
    if image.mode.startswith("I"):  # 16-bit greys: convert() alone would cut everything above 255 to white
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode in {"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"}:
        return image.convert("RGBA") if "transparency" in image.info and image.mode in {"L", "RGB"} else image
    return image.convert("RGB")


def _without_alpha(image: Image.Image) -> Image.Image:
    """What was transparent becomes white."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    opaque = "L" if image.mode == "LA" else "RGB"
    canvas = Image.new(opaque, image.size, "white")
    canvas.paste(image.convert(opaque), mask=image.getchannel("A"))
    return canvas


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """`image` as RGB, its colours carried over from its own profile; a profile that does not fit is ignored."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            carried = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if carried is not None:
                return carried
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image.convert("RGB")


def _jpeg_scans(data: bytes) -> int:
    """How many scans the first picture of a JPEG file has, by its markers (ITU T.81, annex B); decodes nothing."""
    scans, position = 0, 2
    marker = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)  # neither stuffing nor a restart
    while (found := marker.search(data, position)) is not None and found[1] != b"\xd9":
        scans += found[1] == b"\xda"
        position = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
    return scans
