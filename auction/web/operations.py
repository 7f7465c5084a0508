"""What machines ask this worker: is it well, and what does it count."""

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST

from auction.presenting.metrics import exposition
from auction.services import anchored, health
from auction.services.house import current_house
from auction.services.revocation.state import figures
from auction.web.guards import MACHINE, PUBLIC
from auction.web.guards import audience as for_audience

bp = Blueprint("operations", __name__)


@bp.get("/healthz")
@for_audience(PUBLIC)
def healthz() -> ResponseReturnValue:
    """200 if this worker can take bids, else 503 with the codes of what is wrong."""
    seen = health.look(current_house())
    if seen.troubles:
        return jsonify(status="ill", troubles=list(seen.troubles)), 503
    return jsonify(status="ok", troubles=[])


@bp.get("/metrics")
@for_audience(MACHINE)
def metrics() -> ResponseReturnValue:
    """Counters of this worker for Prometheus; by `Authorization: Bearer` with the token."""
    hub, path = current_app.extensions["live"], current_app.extensions["socket_path"]
    house = current_house()
    seen = health.look(house)
    away = "STORE_UNAVAILABLE" in seen.troubles
    page = exposition(
        seen,
        hub.sockets,
        path.direct,
        None if away else figures(house),
        None if away else anchored.figures(house),
    )
    return Response(page, content_type=CONTENT_TYPE_LATEST)
