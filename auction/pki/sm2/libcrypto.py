"""SM2 by the system's OpenSSL 3, called directly: `cryptography` does not offer SM2.

ctypes lets go of the interpreter's lock during a call, so threads verify side by side.
"""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_void_p
from functools import lru_cache
from typing import Any, Final

from auction.pki.sm2.backend import USER_ID, Unavailable
from auction.pki.sm2.curve import G, encode_point
from auction.pki.sm2.encoding import signature_der, spki

# By soname, not by ctypes.util.find_library, which starts a compiler to look for it.
SONAMES: Final = ("libcrypto.so.3", "libcrypto.so.4", "libcrypto.3.dylib", "libcrypto-3-x64.dll")
_SIGNATURES: Final[dict[str, tuple[Any, list[Any]]]] = {
    "d2i_PUBKEY": (c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
    "ERR_clear_error": (None, []),
    "EVP_DigestVerify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    "EVP_DigestVerifyInit": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "EVP_MD_CTX_free": (None, [c_void_p]),
    "EVP_MD_CTX_new": (c_void_p, []),
    "EVP_MD_CTX_set_pkey_ctx": (None, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_new": (c_void_p, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_set1_id": (c_int, [c_void_p, c_char_p, c_int]),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_sm3": (c_void_p, []),
}


class Libcrypto:
    """EVP_DigestVerify of an SM2 key with SM3. Raises Unavailable when made where it cannot work.

    Safe for threads: a loaded key is only read, and each call has contexts of its own.
    """

    name = "libcrypto"

    def __init__(self, sonames: tuple[str, ...] = SONAMES) -> None:
        self._library = _open(sonames)
        # A bidder's key is loaded at the first signature and used for every later one.
        self._key = lru_cache(maxsize=4096)(self._load)
        generator = self._key(encode_point(G))
        if generator is None or self._answer(generator, b"", b"") is None:
            raise Unavailable("OpenSSL without SM2 or SM3")

    def verify(self, point: bytes, r: int, s: int, message: bytes) -> bool:
        """As Backend.verify. OpenSSL refuses points off the curve and numbers out of range."""
        key = self._key(point)
        return key is not None and self._answer(key, signature_der(r, s), message) == 1

    def _load(self, point: bytes) -> "_Key | None":
        der = spki(point)
        start = c_char_p(der)
        handle = self._library.d2i_PUBKEY(None, byref(start), len(der))
        if not handle:
            self._library.ERR_clear_error()
            return None
        return _Key(self._library, handle)

    def _answer(self, key: "_Key", signature: bytes, message: bytes) -> int | None:
        """1 good, 0 or less bad; None when the check could not even begin."""
        library = self._library
        context = library.EVP_MD_CTX_new()
        key_context = library.EVP_PKEY_CTX_new(key.handle, None)
        try:
            if not context or not key_context:
                return None
            # The identifier must be there before the hash begins: its Z comes first.
            if library.EVP_PKEY_CTX_set1_id(key_context, USER_ID, len(USER_ID)) != 1:
                return None
            library.EVP_MD_CTX_set_pkey_ctx(context, key_context)
            begun = library.EVP_DigestVerifyInit(context, None, library.EVP_sm3(), None, key.handle)
            if begun != 1:
                return None
            answer: int = library.EVP_DigestVerify(
                context, signature, len(signature), message, len(message)
            )
            return answer
        finally:
            # A context set by EVP_MD_CTX_set_pkey_ctx stays the caller's to free.
            library.EVP_MD_CTX_free(context)
            library.EVP_PKEY_CTX_free(key_context)
            library.ERR_clear_error()


class _Key:
    """Owns one EVP_PKEY: freed when the cache has dropped it and the last call is done."""

    __slots__ = ("_free", "handle")

    def __init__(self, library: ctypes.CDLL, handle: int) -> None:
        self.handle = handle
        self._free = library.EVP_PKEY_free

    def __del__(self) -> None:
        self._free(self.handle)


def _open(sonames: tuple[str, ...]) -> ctypes.CDLL:
    for soname in sonames:
        try:
            library = ctypes.CDLL(soname)
        except OSError:
            continue
        try:
            for name, (result, arguments) in _SIGNATURES.items():
                function = getattr(library, name)
                function.restype, function.argtypes = result, arguments
        except AttributeError as missing:
            raise Unavailable(f"{soname}: {missing}") from None
        return library
    raise Unavailable(f"none of {', '.join(sonames)}")
