"""What is uploaded as a photo: what is refused and why, and that nothing but pixels is ever stored."""

import contextlib
import os
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from proposals.photos import PHOTO_MAX_BYTES, photo_path, store_photo
from tests.proposals.pictures import JPEG, encoded, picture, upload

pytestmark = pytest.mark.usefixtures("media_root")

CANARY = b"CANARY-60.2055-24.6559"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HTML = b"<!doctype html><script>alert(1)</script>"


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises `width` x `height` pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(b"\0" * 999))
        + png_chunk(b"IEND", b"")
    )


def stored_picture(data: bytes) -> Image.Image:
    photo = store_photo(upload(data))
    return Image.open(photo_path(photo.name))


def refusal(data: bytes) -> str:
    """The code with which `data` is refused; nothing may be left on disk, and the message says something to do."""
    with pytest.raises(ValidationError) as caught:
        store_photo(upload(data))
    root = Path(django_settings.MEDIA_ROOT)
    assert not root.exists() or list(root.iterdir()) == []
    assert len(caught.value.messages[0]) > 20
    return caught.value.code


def many_scans(count: int) -> bytes:
    """A JPEG whose last scan is repeated `count` times: small to send, long to decode."""
    data = encoded(picture((64, 64)), progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * count + data[-2:]


MOVING = [picture(colour=c) for c in ("red", "blue")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"hello, I am a text", "type"),
        (SVG, "type"),
        (b"<?xml version='1.0'?>" + SVG, "type"),
        (HTML, "type"),
        (b"%PDF-1.7\n", "type"),
        (b"PK\x03\x04" + b"\0" * 100, "type"),
        (encoded(picture(), "BMP"), "type"),
        (encoded(picture(), "TIFF"), "type"),
        (encoded(picture(), "GIF"), "gif"),
        (encoded(MOVING[0], "GIF", save_all=True, append_images=MOVING[1:]), "gif"),
        (b"GIF89a/*" + HTML, "gif"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 100, "heic"),
        (b"\0\0\0\x1cftypmif1" + b"\0" * 100, "heic"),
        (encoded(picture(), "AVIF"), "heic"),
        (b"\xff\xd8\xff", "broken"),
        (b"\xff\xd8\xff\xe0" + SVG, "broken"),
        (b"\x89PNG\r\n\x1a\n", "broken"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "broken"),
        (JPEG[: len(JPEG) // 2], "broken"),
        (encoded(picture((500, 500)), "PNG")[:-30], "broken"),
        (encoded(picture((500, 500)), "WEBP")[:-9], "broken"),
        (many_scans(60), "broken"),
        (png_of_header(20_000, 20_000), "too_many_pixels"),
        (png_of_header(8_000, 6_251), "too_many_pixels"),
        (png_of_header(2**31 - 1, 2**31 - 1), "too_many_pixels"),
        (encoded(picture((5_001, 5_000)), "WEBP", method=0), "too_many_pixels"),
        (png_of_header(1, 60_000), "too_long"),
        (png_of_header(20_001, 10), "too_long"),
        (encoded(picture((1, 60_000))), "too_long"),
        (JPEG + b"\0" * (PHOTO_MAX_BYTES + 1 - len(JPEG)), "too_large"),
    ],
)
def test_what_is_no_sound_photo_is_refused_with_the_reason(data, code):
    assert refusal(data) == code


def test_file_of_the_largest_size_is_taken():
    store_photo(upload(JPEG + b"\0" * (PHOTO_MAX_BYTES - len(JPEG))))


def test_random_damage_is_refused_or_decoded_but_raises_nothing_else():
    chance = random.Random(7)
    noise = Image.effect_noise((200, 150), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    sound = [encoded(noise, "JPEG", exif=exif), encoded(noise, "PNG", exif=exif), encoded(noise, "WEBP", exif=exif)]
    for round_ in range(300):
        data = bytearray(sound[round_ % 3])
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data) if round_ % 2 else 300)] = chance.randrange(256)
        with contextlib.suppress(ValidationError):
            store_photo(upload(bytes(data)))


def with_everything() -> bytes:
    """A JPEG as a hostile camera writes it: comment, EXIF with GPS and thumbnail, XMP, IPTC, profile, and a page behind."""
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (60.0, 12.0, 19.8)
    exif.get_ifd(0x8769)[0x9286] = CANARY
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + CANARY
    data = encoded(picture(), exif=exif, comment=CANARY, icc_profile=profile, xmp=b"<x>" + CANARY + b"</x>")
    iptc = b"Photoshop 3.0\0" + CANARY
    segment = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
    return data[:2] + segment + data[2:] + b"\0" + HTML + CANARY


def png_with_everything() -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", CANARY.decode(), zip=True)
    texts.add_itxt("XML:com.adobe.xmp", CANARY.decode())
    return encoded(picture(), "PNG", pnginfo=texts) + HTML + CANARY


@pytest.mark.parametrize("data", [with_everything(), png_with_everything()], ids=["jpeg", "png"])
def test_nothing_of_what_the_camera_wrote_is_stored(data):
    assert CANARY in data or b"zTXt" in data
    photo = store_photo(upload(data))
    stored = photo_path(photo.name).read_bytes()
    assert CANARY not in stored
    assert b"<script" not in stored and b"Exif" not in stored and b"http" not in stored
    # Nothing but what a picture is made of: JFIF, tables, frame, scans.
    markers = segments(stored)
    assert set(markers) <= {0xE0, 0xDB, 0xC2, 0xC4, 0xDA}
    assert set(Image.open(photo_path(photo.name)).info) <= {
        "jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression",
    }  # fmt: skip


def segments(data: bytes) -> list[int]:
    """The markers of a JPEG up to its end, where the file must end too."""
    found, position = [], 2
    while data[position : position + 2] != b"\xff\xd9":
        assert data[position] == 0xFF
        found.append(data[position + 1])
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        if found[-1] == 0xDA:
            while data[position] != 0xFF or data[position + 1] in (0, *range(0xD0, 0xD8)):
                position += 1
    assert position + 2 == len(data)
    return found


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_is_stored_upright(format_, orientation):
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # how a camera that is held so sees the scene
    scene = Image.new("RGB", (64, 32), "white")
    ImageDraw.Draw(scene).rectangle((0, 0, 31, 15), fill="red")
    seen = scene if orientation == 1 else scene.transpose(Image.Transpose(turned[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = stored_picture(encoded(seen, format_, exif=exif))
    assert upright.size == (64, 32)
    red, green, _blue = upright.getpixel((8, 8))
    assert red > 200 and green < 60
    assert min(upright.getpixel((56, 24))) > 200


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_impossible_orientation_is_ignored(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert stored_picture(encoded(picture((64, 32)), exif=exif)).size == (64, 32)


def test_metadata_that_cannot_be_read_does_not_cost_the_photo():
    assert stored_picture(encoded(picture((64, 32)), exif=b"Exif\0\0II*\0\xff\xff\xff\xff")).size == (64, 32)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encoded(picture(mode="CMYK", colour=(0, 255, 255, 0))), (255, 0, 0)),
        (encoded(picture(mode="L", colour=128)), (128, 128, 128)),
        (encoded(picture(mode="1", colour=1), "PNG"), (255, 255, 255)),
        (encoded(picture(colour="blue").convert("P"), "PNG"), (0, 0, 255)),
        (encoded(picture(mode="RGBA", colour=(0, 0, 0, 0)), "PNG"), (255, 255, 255)),
        (encoded(picture(mode="LA", colour=(0, 0)), "PNG"), (255, 255, 255)),
        (encoded(picture(mode="RGBA", colour=(0, 0, 255, 255)), "WEBP"), (0, 0, 255)),
        (encoded(Image.new("I;16", (64, 48), 32_768), "PNG"), (128, 128, 128)),
        (encoded(picture(colour="red"), "PNG", transparency=(255, 0, 0)), (255, 255, 255)),
    ],
)
def test_every_kind_of_colour_becomes_rgb(data, expected):
    stored = stored_picture(data)
    assert stored.mode == "RGB"
    assert all(abs(a - b) <= 6 for a, b in zip(stored.getpixel((30, 20)), expected, strict=True))


def test_colours_of_a_profile_are_carried_over():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # In this profile the first number of a pixel is how green it is.
    swapped = srgb.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")
    red, green, _blue = stored_picture(encoded(picture(colour="red"), icc_profile=swapped)).getpixel((30, 20))
    assert green > 200 and red < 60


def test_profile_that_is_rubbish_is_ignored():
    assert stored_picture(encoded(picture(), icc_profile=b"rubbish" * 50)).size == (64, 48)


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_stored(format_):
    data = encoded(MOVING[0], format_, save_all=True, append_images=MOVING[1:], duration=100)
    stored = stored_picture(data)
    assert getattr(stored, "n_frames", 1) == 1
    assert stored.getpixel((30, 20))[0] > 240


def test_phone_that_writes_several_pictures_into_one_file_is_understood():
    data = encoded(MOVING[0], "MPO", save_all=True, append_images=MOVING[1:])
    stored = stored_picture(data)
    assert stored.format == "JPEG" and stored.getpixel((30, 20))[0] > 240


@pytest.mark.parametrize(
    ("size", "kept"),
    [((4_000, 3_000), (2_000, 1_500)), ((3_000, 4_000), (1_500, 2_000)), ((640, 480), (640, 480)), ((20_000, 9), (2_000, 1))],
)  # fmt: skip
def test_longer_side_is_at_most_two_thousand_pixels(size, kept):
    photo = store_photo(upload(encoded(picture(size))))
    assert (photo.width, photo.height) == kept
    assert Image.open(photo_path(photo.name)).size == kept


MEASURE = """
import re, sys, tempfile
import django
from django.conf import settings
django.setup()
settings.MEDIA_ROOT = tempfile.mkdtemp()
from django.core.files.base import File
from proposals.photos import store_photo
def peak_mb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024
before = peak_mb()
with open(sys.argv[1], "rb") as file:
    store_photo(File(file))
print(peak_mb() - before)
"""


@pytest.mark.parametrize(
    ("mode", "format_", "size", "options", "limit_mb"),
    [
        ("RGB", "JPEG", (8_000, 6_250), {}, 130),
        ("RGB", "JPEG", (8_000, 6_250), {"progressive": True}, 260),
        ("RGBA", "PNG", (8_000, 6_250), {}, 600),
        ("RGB", "WEBP", (5_000, 5_000), {"method": 0}, 600),
    ],
)
def test_memory_is_bounded_at_the_most_pixels(tmp_path, mode, format_, size, options, limit_mb):
    file = tmp_path / "large"
    Image.new(mode, size, "olive").save(file, format_, **options)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file)], capture_output=True, text=True, check=True, env=environment
    )
    assert int(result.stdout) < limit_mb
