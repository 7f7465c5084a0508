"""The answer to a signed declaration in the hall: the same form as the answer to a bid."""

import logging
from collections.abc import Mapping

from flask_babel import gettext as _

from auction.core import events as e
from auction.core.instants import from_us, to_us
from auction.core.reasons import Refusal
from auction.presenting import audience, sign_in
from auction.presenting.audience import Json
from auction.presenting.bid_answers import REFUSALS
from auction.presenting.figures import clock
from auction.presenting.said import Said
from auction.services.bidding import BidRejected
from auction.services.house import House
from auction.services.people import Actor
from auction.services.round_acts import Act
from auction.store.sales import Lot
from auction.trading.sequencer import Ticket
from auction.trading.work import Answer

OK, CONFLICT, GONE_WRONG = 200, 409, 503

log = logging.getLogger(__name__)


def take(
    act: Act,
    house: House,
    lot: Lot,
    actor: Actor,
    payload: Mapping[str, object],
    ticket: Ticket,
    session: str | None = None,
) -> tuple[Json, int]:
    """Carry out a declaration and put what comes of it into words; with the fitting status.

    `session` is the key of the session by which it came.
    """
    try:
        placed = act(house, lot, actor, payload, ticket, session)
    except BidRejected as rejected:
        return _message(refused(rejected.code)), rejected.status
    except Refusal as refusal:
        status = REFUSALS.get(refusal.code, CONFLICT)
        return _message(refused(refusal.code, refusal.facts)), status
    except Exception:
        log.exception("a declaration could not be decided")
        return _message(refused("NOT_DECIDED")), GONE_WRONG
    return _recorded(lot.slug, placed.answer, placed.statement, house)


def _recorded(slug: str, answer: Answer, statement: str, house: House) -> tuple[Json, int]:
    record, receipt = answer.records[-1], answer.receipts[-1]
    event = record.event
    assert isinstance(event, e.AskAnswered | e.LotteryJoined)
    head = audience.head(receipt.checkpoint_note)
    small = _(
        "第 %(no)s 号记录 · 核对码 %(code)s · 回执已保存在本机，可下载",
        no=record.seq,
        code=head["check_code"],
    )
    at = clock(record.arrival, True)
    if isinstance(event, e.LotteryJoined):
        said = Said(
            _("您已参加摇号。"),
            _("%(at)s 到达。参加不能撤回；截止后即行摇号，结果当场公布。", at=at),
            small,
            "green",
            "LOTTERY_JOINED",
        )
    else:
        title = _("已记录：愿意参加限时竞价。") if event.willing else _("已记录：不愿意参加。")
        body = _("%(at)s 到达。截止前可以改变，以最后一次答复为准。", at=at)
        said = Said(title, body, small, "green", "ASK_ANSWERED")
    now = house.now()
    told = _message(said) | {
        "ok": True,
        "record": audience.shown(record, slug, opened=False, own=event.plate),
        "state": audience.state(answer.state, now),
        "statement": statement,
        "receipt": receipt.to_text(),
        "head": head,
        "now_us": to_us(now),
    }
    return told, OK


def refused(code: str, facts: Mapping[str, int | str] | None = None) -> Said:
    """Why a declaration was not recorded."""
    match code:
        case "ANSWER_NOT_ASKED":
            words = _("现在不在询问时间内，没有记录。"), _("请核对本场的状态和时间。")
        case "ANSWER_NOT_ENTITLED":
            words = (
                _("您不能参加限时竞价，没有记录。"),
                _("本宗地只有挂牌期内已报价的竞买人可进入限时竞价。您可以继续旁观。"),
            )
        case "LOTTERY_NOT_OPEN":
            words = _("现在不在摇号报名时间内，没有记录。"), _("请核对本场的状态和时间。")
        case "LOTTERY_NOT_ENTITLED":
            words = (
                _("您不能参加摇号，没有记录。"),
                _("只有可以参加限时竞价的竞买人可以参加摇号。您可以继续旁观。"),
            )
        case "LOTTERY_ALREADY_JOINED":
            words = _("您已经参加摇号。"), _("每个竞买人参加一次，无需再次签名。")
        case "LOT_SUSPENDED":
            words = (
                _("竞价已中止（可恢复），没有记录。"),
                _(
                    "%(since)s 起停止。恢复后重新完整计时，届时请再次签名。",
                    since=clock(from_us(int((facts or {})["since_us"]))),
                ),
            )
        case "NOT_QUALIFIED":
            words = (
                _("您没有本宗地的竞买资格，没有记录。"),
                _("取得《网上竞买资格确认书》后才能参加。请查看本宗地任务单。"),
            )
        case "NOT_DECIDED":
            words = (
                _("系统暂时不能记录。"),
                _("请再次发送同一份签名：重复发送，只会记录一次。"),
            )
        case _ if code.startswith("STATEMENT"):
            words = (
                _("签名没有通过核对，没有记录。"),
                _("请刷新本页后重新签名；如再次出现，请检查数字证书。"),
            )
        case _:
            told = sign_in.explain(code)
            words = told.title, told.body
    return Said(*words, tone="amber", code=code)


def _message(said: Said) -> Json:
    return {"ok": False, "code": said.code, "said": said.to_dict()}
