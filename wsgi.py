"""Entry point of servers and of the `flask` command.

`python wsgi.py` serves with gevent (the mode for live sockets): the standard library is patched
before anything else is imported.
"""

import sys
from pathlib import Path

_SERVING = __name__ == "__main__" or Path(sys.argv[0]).name == "gunicorn"
if _SERVING:
    from gevent import monkey

    monkey.patch_all()

from auction.app import create_app, start  # noqa: E402 - patching comes first
from config import Settings, SettingsError  # noqa: E402 - patching comes first

try:
    settings = Settings.from_environment()
except SettingsError as error:
    sys.exit(str(error))


def _native(work):  # type: ignore[no-untyped-def]
    """Run blocking work in a native thread, so that sockets are served meanwhile."""
    import gevent

    return gevent.get_hub().threadpool.apply(work)


app = create_app(settings, offload=_native if _SERVING else None)

if _SERVING:
    start(app)
if __name__ == "__main__":
    from auction.live import serve

    serve(app, settings.host, settings.port)
