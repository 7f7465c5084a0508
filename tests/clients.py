"""A browser of the test client: it keeps cookies and form tokens, and its person can sign."""

import base64
import re
import secrets
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from auction.pki.softkey import SoftKey

ORIGIN = "http://localhost"


class Client(FlaskClient):
    """A browser: it sends the form token with every change, and its person can sign."""

    key: SoftKey | None = None
    _csrf: str | None = None

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if kwargs.get("method", "GET") not in ("GET", "HEAD"):
            headers = dict(kwargs.pop("headers", None) or {})
            headers.setdefault("X-CSRFToken", self.csrf())
            kwargs["headers"] = headers
        return super().open(*args, **kwargs)

    def csrf(self) -> str:
        """The token of this browser's session, as the sign-in page hands it out."""
        if self._csrf is None:
            page = super().open("/sign-in").get_data(as_text=True)
            found = re.search(r'data-csrf="([^"]+)"', page)
            assert found is not None
            self._csrf = found[1]
        return self._csrf

    def enrol(self, person_id: str, kind: str = "P-256") -> None:
        """Make a key for this demo person and have its certificate issued."""
        offer = self.get("/demo/certificates").get_json()
        key = SoftKey.generate(person_id.encode(), kind)
        proof = key.prove_possession(aud=offer["aud"], identity=person_id, nonce=offer["nonce"])
        made = self.post(
            "/demo/certificates",
            json={
                "identity": person_id,
                "spki": base64.b64encode(key.spki).decode(),
                "proof": base64.b64encode(proof).decode(),
            },
        )
        assert made.status_code == 200, made.get_data(as_text=True)
        key.certificate = base64.b64decode(made.get_json()["certificate"])
        self.key = key

    def sign_in(self, **fields: str) -> TestResponse:
        """The answer to a challenge signed with this person's key."""
        challenge = self.post("/sign-in/challenge", json={}).get_json()
        asked = {"aud": challenge["aud"], "nonce": challenge["nonce"]}
        login = self.sign("login", {**asked, **fields})
        answer = self.post("/sign-in", json={**login, "nonce": challenge["nonce"]})
        self.renew(answer.get_json())
        return answer

    def take_over(self, asked: TestResponse) -> TestResponse:
        """Confirm that the session elsewhere may end."""
        confirm = {"confirm": asked.get_json()["confirm"]}
        answer = self.post("/sign-in/take-over", json=confirm)
        self.renew(answer.get_json())
        return answer

    def sign_out(self) -> TestResponse:
        """Leave; what follows is a stranger's."""
        answer = self.post("/sign-out")
        self._csrf = None
        return answer

    def renew(self, answer: Mapping[str, Any]) -> None:
        """Take the new form token: with the session it is another one."""
        self._csrf = answer.get("csrf", self._csrf)

    def sign(self, purpose: str, fields: Mapping[str, str]) -> dict[str, str]:
        """A signed statement as it travels; `aud`, `nonce` and `iat` need not be given."""
        assert self.key is not None
        given = {"aud": ORIGIN, "nonce": secrets.token_hex(32), "iat": "1728522000", **fields}
        body, signature = self.key.sign(purpose, given)
        return {
            "body": body.decode("ascii"),
            "signature": base64.b64encode(signature).decode(),
            "certificate": base64.b64encode(self.key.certificate).decode(),
        }
