"""A page of a made-up site with the real modules under the real content security policy."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

from auction.web.headers import content_policy

ROOT = Path(__file__).parents[2]
ORIGIN = "https://floor.test"
LOOPBACK = "local-network-access"
"""The permission that Chrome asks for before a page may reach this computer."""


class SignerPage:
    """The page; `loaded` are the paths that it asked for, `violations` what the policy stopped."""

    def __init__(self, page: Page, policy: str, body: str) -> None:
        self.page = page
        self._body = f"<!doctype html><title>signer</title>{body}".encode()
        self.loaded: list[str] = []
        self._policy = policy
        page.route(f"{ORIGIN}/**", self._serve)
        page.add_init_script(
            "window.violations = [];"
            "addEventListener('securitypolicyviolation',"
            " (event) => violations.push(event.violatedDirective));"
        )
        page.goto(ORIGIN)

    def run(self, script: str, argument: Any = None) -> Any:
        """The value of an async function `(argument, load) => ...`, or its SignerError as
        [code, detail]; `load(name)` imports a module of static/js/."""
        return self.page.evaluate(
            f"""async (argument) => {{
                const load = (name) => import(`/static/js/${{name}}`);
                try {{
                    return await ({script})(argument, load);
                }} catch (error) {{
                    if (error.name !== "SignerError") throw error;
                    return [error.code, error.detail];
                }}
            }}""",
            argument,
        )

    @property
    def violations(self) -> list[str]:
        found: list[str] = self.page.evaluate("violations")
        return found

    def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0]
        self.loaded.append(path)
        headers = {
            "Content-Security-Policy": self._policy,
            "Content-Type": "text/html; charset=utf-8",
        }
        body = self._body
        if path.startswith("/static/js/"):
            headers["Content-Type"] = "text/javascript"
            body = (ROOT / path[1:]).read_bytes()
        route.fulfill(body=body, headers=headers)


@contextmanager
def signer_page(
    browser: Browser, bridges: list[str] | None = None, *, allowed: bool = True, body: str = ""
) -> Iterator[SignerPage]:
    """`allowed`: the visitor lets this site reach programs on his computer; `body`: HTML."""
    with browser.new_context() as context:
        if allowed:
            context.grant_permissions([LOOPBACK], origin=ORIGIN)
        yield SignerPage(context.new_page(), content_policy(bridges or []), body)
