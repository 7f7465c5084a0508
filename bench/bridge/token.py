"""The stand-in token: keys behind a PIN that locks, and faults on request."""

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from auction.pki.softkey import SoftKey

TRIES: Final = 6
"""Wrong PINs until a token locks."""
Fail = Literal["wrong-pin", "cancel", "timeout", "no-device", "locked"]
FAILS: Final[tuple[Fail, ...]] = ("wrong-pin", "cancel", "timeout", "no-device", "locked")

# GM/T 0016, and one name of the contract's own for what it has no code for.
UNSUPPORTED: Final = "0x0A000003"
BAD_PARAMETER: Final = "0x0A000006"
NO_CERTIFICATE: Final = "0x0A00001C"
DEVICE_REMOVED: Final = "0x0A000023"
PIN_INCORRECT: Final = "0x0A000024"
PIN_LOCKED: Final = "0x0A000025"
CANCELLED: Final = "SOF_CANCELLED"

# GM/T 0006: what SOF_SetSignMethod may name.
SHA256_RSA: Final = 0x00010004
SM3_SM2: Final = 0x00020201


class TokenError(Exception):
    """A call that failed: the code to answer with, and what else the answer holds."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.answer = {"code": code, **more}


@dataclass(slots=True)
class Token:
    """Keys behind one PIN. `typed` stands for what a person types into the PIN window."""

    keys: Sequence[SoftKey]
    pin: str
    typed: str = ""
    delay: float = 0.0
    fail: Fail | None = None
    left: int = TRIES
    methods: list[int] = field(default_factory=list)
    """What SOF_SetSignMethod has asked for so far."""

    async def call(self, method: str, params: dict[str, Any]) -> Any:
        """Carry out one SOF_ call. Raises TokenError."""
        match method:
            case "SOF_GetVersion":
                return "1.0"
            case "SOF_GetUserList":
                return "".join(
                    f"{certificate_id(key)}||{certificate_id(key)}&&&" for key in self._plugged()
                )
            case "SOF_ExportUserCert":
                return base64.b64encode(self._key(params).certificate).decode()
            case "SOF_GetDeviceInfo":
                return {"label": "stand-in", "keys": len(self._plugged())}
            case "SOF_GetPinRetryCount":
                return self.left
            case "SOF_SetSignMethod":
                return self._set_method(params)
            case "SOF_SignData":
                return await self._sign(params)
        raise TokenError(UNSUPPORTED, message=method)

    def _plugged(self) -> Sequence[SoftKey]:
        return () if self.fail == "no-device" else self.keys

    def _key(self, params: dict[str, Any]) -> SoftKey:
        for key in self._plugged():
            if certificate_id(key) == params.get("CertID"):
                return key
        raise TokenError(NO_CERTIFICATE if self._plugged() else DEVICE_REMOVED)

    def _set_method(self, params: dict[str, Any]) -> bool:
        if params.get("SignMethod") not in (SHA256_RSA, SM3_SM2):
            raise TokenError(BAD_PARAMETER, message="SignMethod")
        self.methods.append(params["SignMethod"])
        return True

    async def _sign(self, params: dict[str, Any]) -> str:
        key = self._key(params)
        text = params.get("InData")
        if not isinstance(text, str) or not text.isascii():
            raise TokenError(BAD_PARAMETER, message="InData")
        await self._ask_pin()
        return base64.b64encode(signature(key, text.encode("ascii"))).decode()

    async def _ask_pin(self) -> None:
        """The PIN window: somebody types, closes it, or never comes."""
        if self.left == 0 or self.fail == "locked":
            raise TokenError(PIN_LOCKED, retryCount=0)
        await asyncio.sleep(self.delay)
        if self.fail == "timeout":
            await asyncio.Event().wait()
        if self.fail == "cancel":
            raise TokenError(CANCELLED)
        typed = self.typed or self.pin
        if typed == self.pin and self.fail != "wrong-pin":
            self.left = TRIES
            return
        self.left -= 1
        if self.left == 0:
            raise TokenError(PIN_LOCKED, retryCount=0)
        raise TokenError(PIN_INCORRECT, retryCount=self.left)


def certificate_id(key: SoftKey) -> str:
    """What the token calls a key: a name of its own, not one that a certificate carries."""
    return hashlib.sha256(key.certificate).hexdigest()[:16]


def signature(key: SoftKey, message: bytes) -> bytes:
    """As hardware answers: SM2 as the SKF blob (GM/T 0016 ECCSIGNATUREBLOB, r and s each
    left-padded to 64 bytes), ECDSA as r||s, RSA as PKCS #1 v1.5."""
    made = key.raw_sign(message)
    if key.kind.startswith("RSA"):
        return made
    size = {"SM2": 64, "P-256": 32, "P-384": 48}[key.kind]
    r, s = decode_dss_signature(made)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")
