"""A person at a distance: signs in and signs statements over HTTP, as a browser does.

Its key is in this program's own memory. Robots and tests use it; the server sees no difference.
"""

import base64
import re
import secrets
from datetime import UTC, datetime
from typing import Any

import requests

from auction.pki.softkey import SoftKey

_CSRF = re.compile(r'data-csrf="([^"]+)"')
TIMEOUT_SECONDS = 15


class Refused(Exception):
    """The server said no; `code` is its reason, `status` the HTTP status."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{status} {answer.get('code')}")
        self.status = status
        self.code = str(answer.get("code"))
        self.answer = answer


class RemotePerson:
    """One demo identity with a key of its own and a session at `origin`."""

    def __init__(self, origin: str, person_id: str) -> None:
        self.origin = origin
        self.person_id = person_id
        self.key = SoftKey.generate()
        self.http = requests.Session()
        self._csrf = ""

    def sign_in(self) -> None:
        """Have a certificate issued and open a session. Raises Refused."""
        self._csrf = self._token()
        offer = self.get_json("/demo/certificates")
        proof = self.key.prove_possession(
            aud=offer["aud"], identity=self.person_id, nonce=offer["nonce"]
        )
        issued = self.post_json(
            "/demo/certificates",
            {
                "identity": self.person_id,
                "nonce": offer["nonce"],
                "spki": _text(self.key.spki),
                "proof": _text(proof),
            },
        )
        self.key.certificate = base64.b64decode(issued["certificate"])
        self.sign_in_again()

    def sign_in_again(self) -> None:
        """Open a session with the certificate at hand; one elsewhere ends. Raises Refused."""
        self._csrf = self._csrf or self._token()
        challenge = self.post_json("/sign-in/challenge", {})
        signed = self.sign("login", {"aud": challenge["aud"]}, nonce=challenge["nonce"])
        try:
            entered = self.post_json("/sign-in", {**signed, "nonce": challenge["nonce"]})
        except Refused as asked:
            if asked.code != "SESSION_ELSEWHERE":
                raise
            confirm = {"confirm": asked.answer["confirm"]}
            entered = self.post_json("/sign-in/take-over", confirm)
        self._csrf = entered["csrf"]

    def sign(
        self, purpose: str, fields: dict[str, str], nonce: str | None = None
    ) -> dict[str, str]:
        """A signed statement as the server takes it: body, signature, certificate."""
        body, signature = self.key.sign(
            purpose,
            {
                **fields,
                "nonce": nonce or secrets.token_hex(32),
                "iat": str(int(datetime.now(UTC).timestamp())),
            },
        )
        return {
            "body": body.decode("ascii"),
            "signature": _text(signature),
            "certificate": _text(self.key.certificate),
        }

    def join_practice(self, slug: str) -> None:
        """Apply for a practice lot and have the demo bank pay. Harmless if done before. Refused."""
        path = f"/my/practice/lots/{slug}/join"
        offer = self.get_json(path)
        wanted = offer["to_sign"]
        if wanted is None:
            if offer["takes_part"]:
                return
            raise Refused(409, {"code": "CLOSED"})
        signed = {
            statement["name"]: self.sign(statement["purpose"], statement["fields"])
            for statement in wanted["statements"]
        }
        self.post_json(path, {**wanted["sent"], **signed})

    def get_json(self, path: str) -> dict[str, Any]:
        """The JSON at `path`. Raises Refused."""
        return self._read(
            self.http.get(
                self.origin + path,
                headers={"Accept": "application/json"},
                timeout=TIMEOUT_SECONDS,
            )
        )

    def post_json(self, path: str, payload: dict[str, Any]) -> dict[str, Any]:
        """The JSON answer to `payload`. Raises Refused."""
        headers = {"X-CSRFToken": self._csrf, "Accept": "application/json"}
        return self._read(
            self.http.post(
                self.origin + path, json=payload, headers=headers, timeout=TIMEOUT_SECONDS
            )
        )

    def post_form(self, path: str, fields: dict[str, str]) -> None:
        """Send a form as a browser does. Raises Refused."""
        answer = self.http.post(
            self.origin + path,
            data={**fields, "csrf_token": self._csrf},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        if answer.status_code >= 400:
            raise Refused(answer.status_code, {})

    def get_page(self, path: str) -> str:
        """The HTML at `path`. Raises Refused."""
        answer = self.http.get(self.origin + path, timeout=TIMEOUT_SECONDS)
        if answer.status_code != 200:
            raise Refused(answer.status_code, {})
        return answer.text

    def _token(self) -> str:
        found = _CSRF.search(self.get_page("/sign-in"))
        assert found is not None
        return found[1]

    def _read(self, answer: requests.Response) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError:
            body = {}
        if not answer.ok:
            raise Refused(answer.status_code, body)
        assert isinstance(body, dict)
        return body


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
