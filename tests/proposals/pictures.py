"""Pictures for tests: small ones of one colour, encoded as an upload."""

import io

from django.core.files.base import ContentFile
from PIL import Image


def upload(data: bytes) -> ContentFile:
    return ContentFile(data, name="../../IMG_0001.jpg")


def encoded(image: Image.Image, format_: str = "JPEG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def picture(size=(64, 48), colour="red", mode="RGB") -> Image.Image:
    return Image.new(mode, size, colour)


JPEG = encoded(picture())
