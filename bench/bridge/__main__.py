"""`python -m bench.bridge --pfx FILE --pin 123456`: stand in for a vendor's UKey program.

Set AUCTION_BRIDGES=sof=ws://127.0.0.1:PORT for the application, and open a page that signs.
"""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from auction.pki.softkey import SoftKey
from bench.bridge.keyfiles import KeyFileError, from_files, from_pfx
from bench.bridge.server import Bridge
from bench.bridge.token import FAILS, Token


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.bridge", description=__doc__)
    parser.add_argument("--pfx", type=Path, action="append", default=[], help="a key file")
    parser.add_argument("--password", help="of the key files; default: the PIN")
    parser.add_argument("--key", type=Path, help="instead: a PKCS #8 key (DER)")
    parser.add_argument("--cert", type=Path, help="its certificate (PEM or DER)")
    parser.add_argument("--pin", default="123456", help="the token's PIN (default %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--delay", type=float, default=1.0, help="seconds until the PIN is typed")
    parser.add_argument("--fail", choices=FAILS, help="what goes wrong")
    parser.add_argument("--origin", action="append", default=[], help="whose pages may connect")
    asked = parser.parse_args()
    if (asked.key is None) != (asked.cert is None) or not (asked.pfx or asked.key):
        parser.error("name a --pfx, or --key with --cert")
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    try:
        keys = [from_pfx(path, asked.password or asked.pin) for path in asked.pfx]
        if asked.key is not None:
            keys.append(from_files(asked.key, asked.cert))
    except (KeyFileError, OSError) as error:
        sys.exit(str(error))
    token = Token(keys, asked.pin, delay=asked.delay, fail=asked.fail)
    try:
        asyncio.run(_serve(Bridge(token, asked.origin), asked.port, keys))
    except KeyboardInterrupt:
        sys.exit(0)


async def _serve(bridge: Bridge, port: int, keys: list[SoftKey]) -> None:
    taken = await bridge.start(port)
    print(f"ws://127.0.0.1:{taken}", *(key.kind for key in keys), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
