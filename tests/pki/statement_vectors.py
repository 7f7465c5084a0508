"""Makes tests/vectors/statements.json: `PYTHONPATH=.:tests python tests/pki/statement_vectors.py`.

The server, the browser's modules and every later verifier are held to this one file; its shape is
described in the README.md beside it.
"""

import json
from pathlib import Path

from pki import signature_vectors

from auction.pki.statement import FIELD_FORMS, PURPOSES, build, digest, pae

VECTORS = Path(__file__).parent.parent / "vectors" / "statements.json"

_EXAMPLES = {
    "account": "a1" * 32,
    "act": "publish",
    "amount": "154900000000",
    "aud": "https://land.example.cn",
    "cert": "c0" * 32,
    "cur": "CNY",
    "document": "d0" * 32,
    "documents": ",".join(f"{n:02x}" * 32 for n in range(3)),
    "form": "f0" * 32,
    "iat": "1731306600",
    "identity": "bidder-1",
    "key": "4b" * 32,
    "lot": "2024JC-4",
    "nonce": "0e" * 32,
    "papers": ",".join(f"{n:02x}" * 32 for n in range(20)),
    "plate": "6172",
    "prev": "7:" + "9f" * 32,
    "rules": "5e" * 32,
    "side": "winner",
    "willing": "yes",
}


def make_vectors() -> dict[str, object]:
    """Every purpose built and signed by one seeded key, and bodies that must be refused."""
    assert _EXAMPLES.keys() == FIELD_FORMS.keys()
    key = signature_vectors.soft_key("P-256")
    signed = []
    for purpose, (payload_type, names) in PURPOSES.items():
        fields = {name: _EXAMPLES[name] for name in sorted(names)}
        body = build(purpose, fields)
        signed.append(
            {
                "purpose": purpose,
                "payload_type": payload_type,
                "fields": fields,
                "body": body.decode(),
                "pae": pae(payload_type, body).hex(),
                "digest": digest(body),
                "signature": key.sign_body(purpose, body).hex(),
            }
        )
    login = build("login", {name: _EXAMPLES[name] for name in PURPOSES["login"][1]}).decode()
    twice = login.replace('{"aud"', '{"aud":"https://other.example.cn","aud"', 1)
    refused = [
        ("STATEMENT_NOT_CANONICAL", login.replace(",", ", ", 1)),
        ("STATEMENT_NOT_CANONICAL", login + "\n"),
        ("STATEMENT_NOT_CANONICAL", login.replace("https:", "https\\u003a")),
        ("STATEMENT_NOT_CANONICAL", login.replace('"1731306600"', "1731306600")),
        ("STATEMENT_NOT_CANONICAL", login.replace("land", "土地")),
        ("STATEMENT_NOT_CANONICAL", login.replace('"iat":"1731306600",', "")[:-1] + ',"iat":"1"}'),
        ("STATEMENT_DUPLICATE_KEY", twice),
        ("STATEMENT_WRONG_FIELDS", login.replace('"iat":"1731306600",', "")),
        ("STATEMENT_WRONG_FIELDS", login.replace('"nonce"', '"memo":"x","nonce"')),
        ("STATEMENT_BAD_VALUE", login.replace("1731306600", "0x6731aa28")),
        ("STATEMENT_BAD_VALUE", login.replace("c0c0", "C0C0")),
        ("STATEMENT_TOO_LONG", login.replace("land", "l" * 2048)),
    ]
    bid = build("bid", {name: _EXAMPLES[name] for name in PURPOSES["bid"][1]})
    foreign = [("bid", "practice-bid"), ("practice-bid", "bid")]
    return {
        "spki": key.spki.hex(),
        "signed": signed,
        "bad_signatures": [
            {"purpose": asked, "body": bid.decode(), "signature": key.sign_body(made, bid).hex()}
            for asked, made in foreign
        ],
        "algorithms": signature_vectors.algorithms("bid", bid),
        "refused": [{"purpose": "login", "code": code, "body": body} for code, body in refused],
    }


def as_text(vectors: dict[str, object]) -> str:
    return json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    VECTORS.write_text(as_text(make_vectors()), "utf-8")
