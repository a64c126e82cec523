"""The product's own settings with the toy city: what tests change, they change here and nowhere else.

The environment is set before `mapapp.settings` reads it, whoever imports that first.
"""

import os
import tempfile

os.environ["CITY_FILE"] = "tests/toytown.toml"
os.environ["TESTING"] = "1"
os.environ["SECRET_KEY"] = "only for tests"
os.environ["SITE_URL"] = "http://testserver"
os.environ["BASEMAP"] = "none"
os.environ["FORM_MIN_SECONDS"] = "0"  # tests type fast
os.environ["PROOF_OF_WORK_ROUNDS"] = "0"  # but where it is what is tested
os.environ["STAFF_SECOND_FACTOR"] = "0"  # but where it is what is tested
os.environ.setdefault("MEDIA_ROOT", tempfile.mkdtemp(prefix="photos-of-tests-"))

from mapapp.settings import *  # noqa: F403
from mapapp.settings import STORAGES, VAR_DIR

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 costs 50 ms a user
# Pages must not need collectstatic; that the product's storage works is a test of its own.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT = VAR_DIR / "static-of-tests"  # empty: WhiteNoise reads the whole folder for each client that a test makes
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # and warns where there is none
