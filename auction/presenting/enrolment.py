"""Enrolment in words: the form's flaws, why a request is refused, what has become of it."""

from datetime import date

from flask_babel import gettext as _

from auction.presenting import registers, sign_in
from auction.presenting.said import Said
from auction.services.enrolment import profile
from auction.services.enrolment.desk import Ground
from auction.services.enrolment.form import FormFlaw
from auction.services.enrolment.profile import Held, Seen
from auction.services.enrolment.requests import NEW, RENEWAL, SPARE

WORKDAYS = 1
"""How many working days the desk takes at most, as the pages say."""


def kind_word(kind: str) -> str:
    """What kind of party it is."""
    words = {
        "company": _("企业"),
        "person": _("自然人（个人）"),
        "organisation": _("其他组织"),
    }
    return words.get(kind, kind)


def field_word(name: str) -> str:
    """The name of a field of the form."""
    words = {
        "kind": _("主体类型"),
        "name": _("名称（姓名）"),
        "id_code": _("统一社会信用代码或公民身份号码"),
        "contact": _("联系人"),
        "phone": _("联系电话"),
        "account_number": _("基本户账号"),
        "account_bank": _("开户银行"),
    }
    return words.get(name, name)


def request_word(kind: str) -> str:
    """What a request asks for."""
    words = {NEW: _("首次登记"), SPARE: _("备用证书"), RENEWAL: _("证书续期")}
    return words.get(kind, kind)


def ground_word(ground: str) -> str:
    """The ground of a refusal as the officer chooses it."""
    words = {
        Ground.NAME: _("名称与证书或登记资料不符"),
        Ground.CODE: _("代码与证书或登记资料不符"),
        Ground.CERTIFICATE: _("证书不宜用于本主体"),
        Ground.CONTACT: _("按所留方式联系不到"),
        Ground.ACCOUNT: _("账户信息有疑问"),
    }
    return words.get(Ground(ground), ground)


def refused_because(ground: str) -> Said:
    """What an asker whose request was refused is told."""
    words = {
        Ground.NAME: _("请按营业执照或身份证件填写名称；已更名的，请先向发证机构更新证书。"),
        Ground.CODE: _(
            "请核对统一社会信用代码或公民身份号码；证书中的代码有误的，请联系发证机构。"
        ),
        Ground.CERTIFICATE: _("请改用签发给本主体的签名证书，重新登录后再申请。"),
        Ground.CONTACT: _("请填写能接通的联系人和电话。"),
        Ground.ACCOUNT: _("请按开户许可证或基本存款账户信息填写账号和开户银行。"),
    }
    return Said(
        _("登记申请未通过：%(ground)s。", ground=ground_word(ground)),
        words[Ground(ground)],
        tone="amber",
        code=ground.upper(),
    )


def flaw(found: FormFlaw) -> str:
    """The sentence of one flaw, naming the character where that is known."""
    return _form_flaw(found) or _code_flaw(found) or _number_flaw(found) or found.code


def _form_flaw(found: FormFlaw) -> str | None:
    match found.code:
        case "KIND_UNKNOWN":
            return _("请选择主体类型。")
        case "NAME_MISSING":
            return _("请填写名称；自然人填姓名。")
        case "NAME_LONG":
            return _("名称不超过 %(length)s 个字。", length=found.length)
        case "CONTACT_MISSING":
            return _("请填写联系人，不超过 60 个字。")
        case "PHONE_WRONG":
            return _("请填写电话号码，例如 0971-6120000 或 13800000000。")
        case "ACCOUNT_WRONG":
            return _("请填写 8 至 32 位数字的账号。")
        case "BANK_MISSING":
            return _("请填写开户银行全称，不超过 60 个字。")
        case "CODE_MISSING":
            return _("请填写统一社会信用代码；自然人填公民身份号码。")
    return None


def _code_flaw(found: FormFlaw) -> str | None:
    match found.code:
        case "CODE_LENGTH":
            return _("统一社会信用代码为 18 位，现有 %(length)s 位。", length=found.length)
        case "CODE_CHARACTER" if 3 <= found.place <= 8:
            return _(
                "第 %(place)s 位“%(character)s”应为数字（第 3 至 8 位是行政区划代码）。",
                place=found.place,
                character=found.character,
            )
        case "CODE_CHARACTER":
            return _(
                "第 %(place)s 位“%(character)s”不会出现在统一社会信用代码中"
                "（没有字母 I、O、S、V、Z，请核对是否为数字 1、0、5、2）。",
                place=found.place,
                character=found.character,
            )
        case "CODE_SWAPPED":
            return _(
                "校验不符：第 %(place)s 位与第 %(next)s 位可能写反了。",
                place=found.place,
                next=found.place + 1,
            )
        case "CODE_BODY":
            return _("校验不符：错误多半在第 9 至 17 位，请逐位核对。")
        case "CODE_CHECK":
            return _("校验不符：错误多半在第 1 至 8 位或末位，请逐位核对。")
    return None


def _number_flaw(found: FormFlaw) -> str | None:
    match found.code:
        case "NUMBER_LENGTH":
            return _("公民身份号码为 18 位，现有 %(length)s 位。", length=found.length)
        case "NUMBER_CHARACTER":
            return _(
                "第 %(place)s 位“%(character)s”应为数字（末位可以是 X）。",
                place=found.place,
                character=found.character,
            )
        case "NUMBER_BIRTH":
            return _("第 7 至 14 位不是有效的出生日期。")
        case "NUMBER_SWAPPED":
            return _(
                "校验不符：第 %(place)s 位与第 %(next)s 位可能写反了。",
                place=found.place,
                next=found.place + 1,
            )
        case "NUMBER_CHECK":
            return _("校验不符：公民身份号码中有一位写错，请逐位核对。")
    return None


def refused(code: str) -> Said:
    """Why a request was not taken or decided, and what to do."""
    words = _refused(code)
    if words is None:
        told = sign_in.explain(code)
        return Said(told.title, told.body, tone=told.tone, code=code)
    return Said(*words, tone="amber", code=code)


def _refused(code: str) -> tuple[str, str] | None:
    match code:
        case "FORM_FLAWED":
            return _("登记表有误，没有提交。"), _("请返回修改后重新签名。")
        case "ALREADY_ENROLLED":
            return _("此证书已经登记。"), _("请直接用它登录。")
        case "ALREADY_YOURS":
            return _("此证书已登记在您名下。"), _("无需重复登记；请选择另一张证书。")
        case "PROOF_MISSING":
            return _("没有提交：证书证明已过期。"), _("请用要登记的证书重新登录，再填写登记表。")
        case "REQUEST_UNKNOWN":
            return _("没有这份申请。"), _("请回到列表，打开其中一份。")
        case "ALREADY_DECIDED":
            return _("这份申请已经办结。"), _("请回到列表，办理其他申请。")
        case "REQUEST_CHANGED":
            return (
                _("没有办理：申请人在您查看后更正了申请。"),
                _("请重新打开，按更正后的内容办理。"),
            )
        case "NAME_TAKEN":
            return (
                _("此名称已登记在另一个代码名下，没有绑定。"),
                _("请核对两者；确属同名的，先更正在先登记的名称。"),
            )
        case "CERTIFICATE_UNKNOWN":
            return _("没有这张证书。"), _("请从您自己的证书列表中选择。")
        case "GROUND_MISSING":
            return _("没有办理：未选择退回的理由。"), _("请选择理由，申请人据此更正。")
    return None


def state_word(one: Held) -> tuple[str, str, str]:
    """The state of a certificate: word, tone, sign."""
    looks = {
        profile.ACTIVE: (_("可用"), "green", "●"),
        profile.RETIRED: (_("已停用"), "grey", "×"),
        profile.REVOKED: (_("已吊销"), "cinnabar", "×"),
        profile.EXPIRED: (_("已到期"), "cinnabar", "×"),
    }
    return looks[one.state]


def bound_word(one: Held) -> str:
    """Who bound a certificate."""
    if one.by_policy is None:
        return _("已登记")
    return _("自动登记") if one.by_policy else _("由安全管理员登记")


def seen_word(seen: Seen) -> str:
    """On what ground somebody opened it."""
    if seen.ground == "enrolment":
        return _("办理登记申请")
    return registers.ground_word(seen.ground)


def ends_early(ends: date, live_day: date) -> Said:
    """CERT_ENDS_EARLY: the certificate that is signed in with ends before or on the live day."""
    title = (
        _("您的证书将于 %(month)s月%(day)s日到期，早于竞价日。", **_day(ends))
        if ends < live_day
        else _("您的证书将于 %(month)s月%(day)s日到期，正是竞价日。", **_day(ends))
    )
    body = _("请先续期并重新登记，或登记备用证书。")
    return Said(title, body, tone="amber", code="CERT_ENDS_EARLY")


def _day(day: date) -> dict[str, str | int]:
    return {"month": day.month, "day": day.day, "month_name": f"{day:%B}"}
