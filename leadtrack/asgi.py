"""For hosts that insist on ASGI; capture is three to five times slower here than under WSGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadtrack.settings")

application = get_asgi_application()
