"""What gunicorn serves: `mapapp.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mapapp.settings")
os.environ.setdefault("STATEMENT_LIMITS", "1")  # a page that waits longer would be reloaded by its reader anyway
application = get_wsgi_application()
