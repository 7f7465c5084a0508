"""Pages by audience. A view parses, calls a service, and maps what comes back to a page."""

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from auction.web import (
    bodies,
    context,
    errors,
    formatting,
    guards,
    headers,
    i18n,
    limits,
    links,
    sessions,
)
from auction.web.blueprints import BLUEPRINTS

csrf = CSRFProtect()


def register(app: Flask) -> None:
    """Everything of the web that hangs on the application object."""
    app.url_map.converters["lot"] = links.LotConverter
    bodies.register(app)  # before anything looks at a form
    csrf.init_app(app)
    i18n.register(app)
    sessions.register(app)
    limits.register(app)
    guards.register(app)
    headers.register(app)
    formatting.register(app)
    context.register(app)
    errors.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
