"""Entry point of servers and of the `flask` command.

`python wsgi.py` serves with gevent (the mode for live sockets): the standard library is patched
before anything else is imported.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

_SERVING = __name__ == "__main__"
_COMMAND = not _SERVING and os.environ.get("FLASK_RUN_FROM_CLI") == "true"
"""Imported by the `flask` command, which mends what a server would not start with."""
if _SERVING:
    from gevent import monkey

    monkey.patch_all()

from auction.app import create_app, start, stop  # noqa: E402 - patching comes first
from auction.live import serve  # noqa: E402 - patching comes first
from auction.pki.sm2 import UnusableSm2  # noqa: E402 - patching comes first
from auction.services.serving import SystemClockBehind  # noqa: E402 - patching comes first
from auction.store.exclusive import AlreadyServed  # noqa: E402 - patching comes first
from auction.store.transactions import Unavailable  # noqa: E402 - patching comes first
from auction.trading.runtime import LogCorrupt  # noqa: E402 - patching comes first
from config import Settings, SettingsError  # noqa: E402 - patching comes first


def _native(work: Callable[[], Any]) -> Any:
    """Run blocking work in a native thread, so that sockets are served meanwhile."""
    import gevent

    return gevent.get_hub().threadpool.apply(work)


try:
    settings = Settings.from_environment()
    app = create_app(settings, offload=_native if _SERVING else None, maintenance=_COMMAND)
except (SettingsError, UnusableSm2) as error:
    sys.exit(str(error))
except Unavailable as error:
    sys.exit(f"cannot start:\n  - AUCTION_DATABASE_URL: {error}")

if _SERVING:
    try:
        start(app)
    except (AlreadyServed, LogCorrupt, SystemClockBehind) as error:
        sys.exit(f"cannot start: {type(error).__name__}: {error}")
    serve(app, settings.host, settings.port, lambda: stop(app))
