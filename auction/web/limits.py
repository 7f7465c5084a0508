"""Rate limits for HTTP and sockets alike: one small wrapper of the `limits` library."""

from flask import Flask, abort, current_app, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from auction.web.sessions import connection_key

POSTS = parse("240/minute")
SIGN_INS = parse("60/minute")
"""Steps of signing in, of one browser; of one address, behind which a whole company may sit:"""
SIGN_INS_OF_ADDRESS = parse("240/minute")


def register(app: Flask) -> None:
    """Limit what changes something, per session (or address of a stranger)."""
    url = app.config.get("RATE_LIMIT_URL")
    storage: Storage = RedisStorage(url) if url else MemoryStorage()
    app.extensions["limiter"] = MovingWindowRateLimiter(storage)
    app.before_request(_limit)


def hit(item: RateLimitItem, *keys: str) -> bool:
    """Count one act; False if that was too many."""
    limiter: MovingWindowRateLimiter = current_app.extensions["limiter"]
    return limiter.hit(item, *keys)


def require(item: RateLimitItem, *keys: str) -> None:
    """Count one act; answer 429 if that was too many."""
    if not hit(item, *keys):
        abort(429)


def _limit() -> None:
    if request.method in ("POST", "PUT", "PATCH", "DELETE"):
        require(POSTS, "post", connection_key())
