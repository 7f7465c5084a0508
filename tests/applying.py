"""Applying through the pages, as a browser's script does it."""

import json
import re
from typing import Any


def to_sign(page: str) -> dict[str, Any]:
    """What the page asks its signing script to sign."""
    found = re.search(r'class="to-sign">(.*?)</script>', page, re.S)
    assert found is not None, page
    wanted: dict[str, Any] = json.loads(found[1])
    return wanted


def signatures(client: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the script sends: the statements, signed, with what goes along."""
    signed = {s["name"]: client.sign(s["purpose"], s["fields"]) for s in wanted["statements"]}
    return {**wanted["sent"], **signed}


def form(**changes: str) -> dict[str, str]:
    return {"kind": "alone", "contact": "王小明", "phone": "0971-1234567", **changes}


def apply_alone(client: Any, path: str) -> Any:
    page = client.post(f"/my{path}/apply", data=form())
    assert page.status_code == 200, page.get_data(as_text=True)
    wanted = to_sign(page.get_data(as_text=True))
    return client.post(f"/my{path}/apply/file", json=signatures(client, wanted))
