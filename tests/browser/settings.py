"""The product's own settings for the served product of the browser tests; only where its files go differs.

Compressing the static files costs half a minute and changes nothing that a browser shows.
"""

import os
from pathlib import Path

from mapapp.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["BROWSER_STATIC_ROOT"])
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["css", "html", "js", "json", "map", "md", "svg", "txt", "xml"]
