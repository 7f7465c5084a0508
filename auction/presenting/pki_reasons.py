"""Why a certificate, a revocation list or an OCSP answer was refused: for those who look after it.

What a bidder reads at sign-in is worded in sign_in.py: there it says what to do.
"""

from collections.abc import Mapping

from flask_babel import gettext as _

from auction.pki.reasons import PkiReason


def sentence(code: PkiReason, data: Mapping[str, str | int]) -> str:
    """One exact sentence in the reader's language. `data` as the exception with `code` holds it.

    LookupError for a code that is not about certificates, lists or answers.
    """
    group = str(code).partition("_")[0]
    return {"CERTIFICATE": _certificate, "CRL": _crl, "OCSP": _ocsp}[group](code, data)


def _certificate(code: PkiReason, data: Mapping[str, str | int]) -> str:
    match code:
        case PkiReason.CERTIFICATE_TOO_LARGE:
            return _("证书或其上级证书超过 %(limit)s 字节。", limit=data["limit"])
        case PkiReason.CERTIFICATE_TOO_MANY:
            return _("随附的上级证书超过 %(limit)s 份。", limit=data["limit"])
        case PkiReason.CERTIFICATE_MALFORMED:
            return _("证书的编码不符合 X.509 规范，无法读取。")
        case PkiReason.CERTIFICATE_KEY_REFUSED:
            return _("证书的公钥不在允许之列：RSA 2048 至 4096 位、P-256、P-384、SM2。")
        case PkiReason.CERTIFICATE_KIND_REFUSED:
            return _("此信任锚不接受 %(kind)s 公钥。", kind=data["kind"])
        case PkiReason.CERTIFICATE_POLICY_REFUSED:
            return _("证书没有此信任锚所要求的证书策略（OID）。")
        case PkiReason.CERTIFICATE_WEAK_SIGNATURE:
            return _("证书链中有签名使用了不再允许的算法，如 SHA-1、MD5。")
        case PkiReason.CERTIFICATE_EXPIRED:
            return _("证书在核对时刻已过有效期。")
        case PkiReason.CERTIFICATE_NOT_YET_VALID:
            return _("证书在核对时刻尚未生效。")
        case PkiReason.CERTIFICATE_UNTRUSTED:
            return _("证书不能追溯到受信任的机构。请核对上级证书是否齐全、信任锚是否正确。")
        case PkiReason.CERTIFICATE_WRONG_USAGE:
            return _("证书的密钥用途不允许此项签名，例如加密证书不能签名。")
        case PkiReason.CERTIFICATE_DEMO:
            return _("这是演练证书，正式环境不接受。")
        case PkiReason.CERTIFICATE_REVOKED:
            return _("证书或其上级证书已被吊销。")
        case PkiReason.CERTIFICATE_STATUS_UNKNOWN:
            return _("没有可用的吊销列表或状态查询结果能说明证书未被吊销，而此处要求必须查明。")
    raise LookupError(code)


def _crl(code: PkiReason, data: Mapping[str, str | int]) -> str:
    match code:
        case PkiReason.CRL_TOO_LARGE:
            return _("吊销列表超过 %(limit)s 字节。", limit=data["limit"])
        case PkiReason.CRL_TOO_MANY:
            return _("文件中的吊销列表超过 %(limit)s 份，请分为几个文件。", limit=data["limit"])
        case PkiReason.CRL_MALFORMED:
            return _("吊销列表的编码或内容不符合规范，例如没有编号（CRLNumber）。")
        case PkiReason.CRL_WRONG_ISSUER:
            return _("吊销列表不是由所涉机构签发，或该机构无权签发吊销列表。")
        case PkiReason.CRL_WEAK_SIGNATURE:
            return _("吊销列表的签名使用了不再允许的算法。")
        case PkiReason.CRL_BAD_SIGNATURE:
            return _("吊销列表的签名不正确。")
        case PkiReason.CRL_UNKNOWN_EXTENSION:
            return _("吊销列表含有不能识别的关键扩展 %(oid)s。", oid=data["oid"])
        case PkiReason.CRL_WRONG_SCOPE:
            return _("吊销列表只涉及部分情形（增量、间接或部分原因），不能单独使用。")
        case PkiReason.CRL_STALE:
            return _("吊销列表已过下次更新时间。")
        case PkiReason.CRL_FROM_FUTURE:
            return _("吊销列表的签发时间晚于核对时刻。")
        case PkiReason.CRL_ROLLBACK:
            return _("吊销列表的编号低于已在使用的列表。")
    raise LookupError(code)


def _ocsp(code: PkiReason, data: Mapping[str, str | int]) -> str:
    match code:
        case PkiReason.OCSP_TOO_LARGE:
            return _("状态查询结果超过 %(limit)s 字节。", limit=data["limit"])
        case PkiReason.OCSP_MALFORMED:
            return _("状态查询结果的编码不符合规范，无法读取。")
        case PkiReason.OCSP_NOT_ANSWERED:
            return _("状态查询服务没有给出结果（%(status)s）。", status=data["status"])
        case PkiReason.OCSP_WRONG_CERTIFICATE:
            return _("状态查询结果不是关于此证书的。")
        case PkiReason.OCSP_WRONG_RESPONDER:
            return _("状态查询结果的签发者未得到所涉机构的授权。")
        case PkiReason.OCSP_WEAK_SIGNATURE:
            return _("状态查询结果的签名使用了不再允许的算法。")
        case PkiReason.OCSP_BAD_SIGNATURE:
            return _("状态查询结果的签名不正确。")
        case PkiReason.OCSP_UNKNOWN_EXTENSION:
            return _("状态查询结果含有不能识别的关键扩展 %(oid)s。", oid=data["oid"])
        case PkiReason.OCSP_STALE:
            return _("状态查询结果已过有效时间。")
        case PkiReason.OCSP_FROM_FUTURE:
            return _("状态查询结果的时间晚于核对时刻。")
        case PkiReason.OCSP_ROLLBACK:
            return _("状态查询结果早于已在使用的结果。")
    raise LookupError(code)
