"""`/photos/<name>.jpg`: photos by a name that nobody guesses, as long as the public may see them."""

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from proposals.models import Photo

SEEN_AFTER_HIDING_S = 60  # a hidden photo is gone from every cache after so many seconds


@require_safe
def photo(request: HttpRequest, name: str) -> HttpResponseBase:
    """The JPEG, or 404 once it or its proposal is hidden. A name stands for one file for ever, so it is the ETag too."""
    found = get_object_or_404(Photo.objects.public(), name=name)
    etag = f'"{found.name}"'
    response = get_conditional_response(request, etag=etag)
    if not isinstance(response, HttpResponseNotModified):
        try:
            file = (settings.MEDIA_ROOT / f"{found.name}.jpg").open("rb")
        except FileNotFoundError as error:
            raise Http404 from error
        response = FileResponse(file, filename=f"{found.name}.jpg", content_type="image/jpeg")
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={SEEN_AFTER_HIDING_S}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
