"""Heads of the logs with their cosignatures, and RFC 6962 proofs between them (docs/protocol.md).

Proofs between two fixed sizes never change: they may be kept for ever by whoever carries them.
"""

import hashlib
import re
from typing import Any

from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from limits import parse

from auction.ledger import base64strict, canonical
from auction.ledger.checkpoint import Checkpoint
from auction.ledger.merkle import Tree
from auction.services import anchored, logbook
from auction.services.house import current_house
from auction.store.base import db
from auction.store.logs import LogKind
from auction.trading.runtime import LogCorrupt
from auction.web import limits
from auction.web.errors import problem
from auction.web.guards import PUBLIC, audience
from auction.web.links import LotRef, find_lot
from auction.web.public import shell
from auction.web.public.blueprint import bp
from auction.web.sessions import connection_key

PROOFS = parse("240/minute")
FOR_EVER = "public, max-age=31536000, immutable"
_NUMBER = re.compile(r"[1-9][0-9]{0,15}")


@bp.get("/<lot:ref>/log/head")
@audience(PUBLIC)
def log_head(ref: LotRef) -> ResponseReturnValue:
    """The newest head of a lot's log with its cosignatures; `?anchored=1`: the newest that a quorum
    of witnesses has signed; `?size=`: the one of just this size."""
    return _head(find_lot(ref).log_id)


@bp.get("/<lot:ref>/log/consistency")
@audience(PUBLIC)
def log_consistency(ref: LotRef) -> ResponseReturnValue:
    """Proof that the tree of `from` records is the beginning of that of `to`."""
    return _consistency(find_lot(ref).log_id)


@bp.get("/<lot:ref>/log/inclusion")
@audience(PUBLIC)
def log_inclusion(ref: LotRef) -> ResponseReturnValue:
    """Proof that record `seq` lies under the head of `size` records; its leaf hash, not its
    content."""
    return _inclusion(find_lot(ref).log_id)


@bp.get("/<lot:ref>/log/timestamp")
@audience(PUBLIC)
def log_timestamp(ref: LotRef) -> ResponseReturnValue:
    """The newest RFC 3161 answer about a head of a lot's log (TimeStampResp, DER); the file's name
    tells the head's size."""
    limits.require(PROOFS, "proofs", connection_key())
    lot = find_lot(ref)
    found = anchored.newest_stamp(current_house(), lot.log_id)
    if found is None:
        return problem(
            404,
            "NOT_STAMPED",
            _("还没有可信时间戳。"),
            _("竞价结束后 60 秒内取得，请稍后再试。"),
        )
    size, response = found
    return shell.download(response, "application/timestamp-reply", f"{lot.slug}-{size}.tsr")


@bp.get("/register/log/head")
@audience(PUBLIC)
def register_head() -> ResponseReturnValue:
    """The newest head of the centre's register log; like that of a lot."""
    return _head(_register())


@bp.get("/register/log/consistency")
@audience(PUBLIC)
def register_consistency() -> ResponseReturnValue:
    """The same proof of the register log."""
    return _consistency(_register())


@bp.get("/register/log/inclusion")
@audience(PUBLIC)
def register_inclusion() -> ResponseReturnValue:
    """The same proof of the register log."""
    return _inclusion(_register())


def _register() -> int:
    found = logbook.find_centre_log(current_house(), db.session(), LogKind.REGISTER)
    return found if found is not None else abort(404)


def _head(log_id: int) -> ResponseReturnValue:
    limits.require(PROOFS, "proofs", connection_key())
    house, size = current_house(), None
    if request.args.get("anchored") == "1":
        size = anchored.newest_anchored(house, log_id)
        if size is None:
            return problem(
                404,
                "HEAD_NOT_ANCHORED",
                _("还没有由规定数目的见证人签名的树头。"),
                _("请稍后再试，或去掉 anchored 参数取得最新树头。"),
            )
    elif "size" in request.args:
        size = _asked("size")
    _tree, head, note = _signed(log_id, size)
    if "size" in request.args and head.size != size:
        abort(404)
    text, _count = anchored.with_cosignatures(house, log_id, head.size, note)
    response = shell.download(text, "text/plain")
    response.headers["Cache-Control"] = "no-cache"
    return _tagged(response)


def _consistency(log_id: int) -> ResponseReturnValue:
    limits.require(PROOFS, "proofs", connection_key())
    tree, head, _note = _signed(log_id)
    old, new = _asked("from"), _asked("to")
    if old is None or new is None or not old <= new <= head.size:
        return _out_of_range(head.size)
    return _proof(head.origin, {"from": old, "to": new}, tree.consistency_proof(old, new))


def _inclusion(log_id: int) -> ResponseReturnValue:
    limits.require(PROOFS, "proofs", connection_key())
    tree, head, _note = _signed(log_id)
    seq, size = _asked("seq"), _asked("size")
    if seq is None or size is None or not seq <= size <= head.size:
        return _out_of_range(head.size)
    about = {"seq": seq, "size": size, "leaf_hash": base64strict.encode(tree.leaf(seq - 1))}
    return _proof(head.origin, about, tree.inclusion_proof(seq - 1, size))


def _signed(log_id: int, size: int | None = None) -> tuple[Tree, Checkpoint, str]:
    trees = current_house().trees
    try:
        found = trees.newest(log_id) if size is None else trees.at(log_id, size)
    except LogCorrupt:
        abort(503)
    return found if found is not None else abort(404)


def _asked(name: str) -> int | None:
    """A number of the query in plain decimal digits: one address for each proof."""
    value = request.args.get(name, "")
    return int(value) if _NUMBER.fullmatch(value) else None


def _out_of_range(size: int) -> ResponseReturnValue:
    return problem(
        400,
        "PROOF_RANGE",
        _("没有这样的证明。"),
        _("两个数均须为不带前导零的正整数，前者不大于后者，后者不大于现有记录数 %(n)s。", n=size),
    )


def _proof(origin: str, about: dict[str, Any], proof: list[bytes]) -> Response:
    content = {"origin": origin, **about, "proof": [base64strict.encode(one) for one in proof]}
    response = shell.download(canonical.encode(content), shell.JSON)
    response.headers["Cache-Control"] = FOR_EVER
    return _tagged(response)


def _tagged(response: Response) -> Response:
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response
