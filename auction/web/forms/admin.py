"""Forms of the security officer: a certificate file, the conditions of trust, an officer."""

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from auction.core.text import visible
from auction.pki.chain import RevocationMode
from auction.presenting.admin.common import problem
from auction.presenting.admin.staff import role_choices
from auction.presenting.admin.trust import kind_meaning, kind_word, revocation_word
from auction.services.proposals import REASON_LENGTH
from auction.services.trust.anchors import KEY_KINDS, Entry, EntryKind, Policy, Sources
from auction.services.trust.changes import Settings
from auction.store.people import Officer
from auction.web.forms.fields import FULL_WIDTH

Problems = Iterable[tuple[str, str]]


def _strip(text: str | None) -> str:
    return visible(text or "").strip()


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())


def _checkboxes(label: object, **rest: Any) -> SelectMultipleField:
    """Several of a few choices, each a box to tick."""
    return SelectMultipleField(
        label,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
        **rest,
    )


def _reason() -> TextAreaField:
    """Why it is proposed: the last field of each form, so that its errors are told last."""
    return TextAreaField(
        _l("事由"),
        filters=[_strip],
        description=_l("4 至 200 个字，写入登记日志，例如文号。请勿写入竞买人的名称。"),
    )


class _Proposal(FlaskForm):
    def reject(self, problems: Problems) -> bool:
        """Put each problem under its field; whether there was any."""
        found = list(problems)
        low, high = REASON_LENGTH
        if not low <= len(self.reason.data or "") <= high:
            found.append(("reason", "REASON_MISSING"))
        for name, code in found:
            field: Field = self[name]
            # One sentence for each fault of a field, however many of its lines have it.
            if (told := problem(code)) not in field.errors:
                field.errors = [*field.errors, told]
        return bool(found)


class ReasonForm(_Proposal):
    """Why something is proposed."""

    reason = _reason()


class UploadForm(FlaskForm):
    """A certificate that may be proposed."""

    file = FileField(
        _l("证书文件"),
        description=_l(
            "PEM 或 DER 格式（.cer、.crt、.pem），一次一张。上传后先显示内容，再决定是否提议。"
        ),
    )
    kind = RadioField(
        _l("用途"),
        choices=lambda: [
            SelectChoice(
                str(kind),
                _(
                    "%(word)s：%(meaning)s",
                    word=kind_word(kind),
                    meaning=kind_meaning(kind),
                ),
            )
            for kind in EntryKind
        ],
        default=str(EntryKind.ANCHOR),
        validate_choice=False,
    )

    def wanted(self) -> EntryKind:
        """The kind that was chosen; an anchor where nothing sensible was."""
        return EntryKind(self.kind.data) if self.kind.data in list(EntryKind) else EntryKind.ANCHOR


class AuthorityForm(_Proposal):
    """What officers decide about an authority; an intermediate has a name only."""

    certificate = HiddenField()
    kind = HiddenField()
    label = StringField(
        _l("名称"), filters=[_strip], description=_l("在本系统中如何称呼，例如发证机构的简称。")
    )
    revocation = RadioField(
        _l("吊销状态不明时"),
        choices=lambda: [SelectChoice(str(mode), revocation_word(mode)) for mode in RevocationMode],
        validate_choice=False,
    )
    key_kinds = _checkboxes(
        _l("接受的密钥"),
        choices=[SelectChoice(kind, kind) for kind in KEY_KINDS],
    )
    policies = TextAreaField(
        _l("证书策略（OID）"),
        description=_l("每行一个；证书须载有其中之一。不填则不限。"),
    )
    crl = TextAreaField(
        _l("吊销列表地址"),
        description=_l(
            "每行一个，http 或 https。系统只访问这里填写的地址，不访问证书中所载的地址。"
        ),
    )
    ocsp = StringField(_l("在线查询地址（OCSP）"), filters=[_strip])
    max_list_age_hours = StringField(
        _l("吊销数据最长有效"),
        filters=[lambda text: _strip(text).translate(FULL_WIDTH)],
        description=_l("超过此时间的吊销数据不再作为有效的证明，即使发证机构写明的更新时间更晚。"),
    )
    auto_enrol = BooleanField(
        _l("自动登记"),
        description=_l("证书所载统一社会信用代码与填报的一致时，不经人工核定即登记。"),
    )
    reason = _reason()

    @classmethod
    def of(cls, entry: Entry) -> "AuthorityForm":
        """The form filled in with what holds now."""
        policy = entry.policy
        return cls(
            formdata=None,
            kind=str(entry.kind),
            label=entry.label,
            revocation=str(policy.revocation),
            key_kinds=list(policy.key_kinds),
            policies="\n".join(policy.policies),
            crl="\n".join(entry.sources.crl),
            ocsp=entry.sources.ocsp or "",
            max_list_age_hours=str(policy.max_list_age_hours or ""),
            auto_enrol=policy.auto_enrol,
        )

    def der(self) -> bytes:
        """The certificate that the form carries; empty if it was tampered with."""
        try:
            return base64.b64decode(self.certificate.data or "", validate=True)
        except (ValueError, binascii.Error):
            return b""

    def settings(self, kind: EntryKind) -> Settings:
        """What was filled in; `Settings.problems` tells what is wrong with it."""
        label = self.label.data or ""
        if kind is EntryKind.INTERMEDIATE:
            return Settings(label)
        age = self.max_list_age_hours.data or ""
        hard = self.revocation.data == RevocationMode.HARD
        return Settings(
            label,
            Policy(
                policies=_lines(self.policies.data),
                revocation=RevocationMode.HARD if hard else RevocationMode.SOFT,
                key_kinds=tuple(one for one in KEY_KINDS if one in (self.key_kinds.data or ())),
                auto_enrol=bool(self.auto_enrol.data),
                max_list_age_hours=(int(age) if age.isdecimal() else 0) if age else None,
            ),
            Sources(_lines(self.crl.data), self.ocsp.data or None),
        )


def _own_certificate() -> FileField:
    return FileField(
        _l("证书文件"),
        description=_l(
            "本人证书的公开部分（.cer、.crt、.pem）；可以附带签发机构的证书。不要上传 .pfx。"
        ),
    )


class _Roles(_Proposal):
    name = StringField(_l("姓名"), filters=[_strip])
    roles = _checkboxes(
        _l("职责"),
        choices=lambda: [SelectChoice(role, word) for role, word in role_choices()],
        description=_l("审计不兼其他职责；安全管理、资金均不兼起草或签批；起草不兼签批。"),
    )


class CertificateForm(_Proposal):
    """A certificate for somebody who is an officer already."""

    file = _own_certificate()
    reason = _reason()


class NewOfficerForm(_Roles):
    """A new officer."""

    file = _own_certificate()
    reason = _reason()


class OfficerForm(_Roles):
    """Name, duties and state of an officer."""

    active = BooleanField(_l("在岗"), description=_l("取消后立即停用，正在使用的登录随即结束。"))
    reason = _reason()

    @classmethod
    def of(cls, officer: Officer) -> "OfficerForm":
        """The form filled in with what holds now."""
        return cls(
            formdata=None, name=officer.name, roles=list(officer.roles), active=officer.active
        )
