"""Files for an audit body: JSON in one stream, a workbook written row by row."""

from collections.abc import Callable
from tempfile import TemporaryFile
from typing import IO

from flask import Blueprint, Response, abort, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.services import audit
from auction.services.auditing import exports
from auction.services.auditing.exports import What
from auction.services.house import current_house
from auction.services.lots import published
from auction.store.sales import Lot, SaleKind
from auction.web.audit_common import desk_crumbs, reader
from auction.web.guards import audience

bp = Blueprint("audit_exports", __name__, url_prefix="/audit")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/exports")
@audience("auditor")
def choose() -> str:
    """What can be had as a file."""
    return render_template(
        "audit/exports.html",
        breadcrumbs=desk_crumbs(_("导出")),
        kinds=[(str(what), _word(what)) for what in What],
        lots=published(*SaleKind),
        columns=exports.COLUMNS,
    )


@bp.get("/exports/file")
@audience("auditor")
def download() -> ResponseReturnValue:
    """One export: `what`, `format` (json, xlsx), `lot` (none: every lot)."""
    what = next((one for one in What if one == request.args.get("what")), None)
    kind = request.args.get("format")
    if what is None or kind not in ("json", "xlsx"):
        abort(404)
    slug = request.args.get("lot") or None
    lot: Lot | None = next((one for one in published(*SaleKind) if one.slug == slug), None)
    if slug is not None and lot is None:
        abort(404)
    house = current_house()
    audit.record_read(house, reader(), lot, f"export_{what}", format=kind)
    logs = exports.heads(house, what, lot)
    name = "-".join(filter(None, (what, slug)))
    if kind == "json":
        response = Response(
            exports.as_json(house, what, logs, slug, house.now()), mimetype="application/json"
        )
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
        return response
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - closed by the response that sends it
    house.aside(lambda: exports.as_workbook(house, what, logs, slug, file))
    file.seek(0)
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx")


def _word(what: What) -> tuple[str, str]:
    words: dict[What, Callable[[], tuple[str, str]]] = {
        What.EVENTS: lambda: (_("全部记录"), _("宗地记录的每一条")),
        What.BIDS: lambda: (_("报价"), _("每一次报价，无论接受与否")),
        What.REFUSALS: lambda: (_("未接受的报价"), _("附原因代码和当时所比较的数值")),
        What.STAFF: lambda: (
            _("工作人员操作"),
            _("宗地记录中由人作出的操作，以及登记日志全部条目"),
        ),
        What.IDENTITIES: lambda: (_("身份查看记录"), _("谁、何时、以何事由查看身份；不含身份")),
        What.SECURITY: lambda: (
            _("安全日志"),
            _("未进入交易记录的请求，以及审计人员的阅读痕迹"),
        ),
    }
    return words[what]()
