"""A certificate file is opened in the page: what it signs is accepted, and nothing is left behind.

The page is Chromium's, its modules and its content security policy are the site's own.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator

import pytest
from pki import key_files as files
from pki.key_files import NOW, PASSWORD, KeyFile
from pki.signer_pages import SignerPage, signer_page
from playwright.sync_api import Browser

from auction.pki.chain import TrustStore
from auction.pki.demo.authority import DemoCA
from auction.pki.statement import Signed, verify_statement

pytestmark = pytest.mark.browser

FIELDS = {
    "aud": "https://floor.test",
    "nonce": "0e" * 32,
    "iat": str(int(NOW.timestamp())),
}
OPEN = """async ({ file, password, keep = false }, load) => {
    const { SoftSigner } = await load("signers/soft.mjs");
    const { fromBase64 } = await load("statement.mjs");
    globalThis.soft = new SoftSigner();
    return soft.open(fromBase64(file), password, { keep });
}"""
SIGN = """async ({ handle, fields }, load) => soft.sign(handle, "login", fields)"""

P256 = DemoCA.create(b"files", NOW)
FILES: dict[str, Callable[[], KeyFile]] = {
    "RSA, as of today": lambda: files.made_by_cryptography(P256, "RSA-2048"),
    "P-256, as of today": lambda: files.made_by_cryptography(P256, "P-256"),
    "P-384, as of today": lambda: files.made_by_cryptography(P256, "P-384"),
    "RSA of the demo authority": lambda: files.made_by_demo_ca(P256, "RSA-2048"),
    "SM2 of the demo authority": lambda: files.made_by_demo_ca(
        DemoCA.create(b"files", NOW, "SM2"), "SM2"
    ),
    "RSA, RC2-40 and 3DES": lambda: files.made_by_openssl("legacy-rc2", "RSA-2048"),
    "P-256, 3DES and SHA-1": lambda: files.made_by_openssl("legacy-3des", "P-256"),
    "P-256, RC2-128 and two-key 3DES": lambda: files.made_by_openssl("legacy-mixed", "P-256"),
    "P-256, password of old openssl": lambda: files.made_by_openssl("old-openssl", "P-256"),
    "RSA, 3DES and AES-192": lambda: files.made_by_openssl("modern-mixed", "RSA-2048"),
    "SM2 by openssl": lambda: files.made_by_openssl("sm2", "SM2"),
    "SM2 under SM4": lambda: files.made_by_openssl("sm2-sm4", "SM2"),
    "P-256 without its public half": lambda: files.made_by_openssl("no-public-half", "P-256"),
}


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[SignerPage]:
    with signer_page(browser) as made:
        yield made
        assert made.violations == []


def opened(page: SignerPage, content: bytes, password: str = PASSWORD, **more: bool):
    file = b64encode(content).decode()
    return page.run(OPEN, {"file": file, "password": password, **more})


def databases(page: SignerPage) -> list[str]:
    return page.run("async () => (await indexedDB.databases()).map(({ name }) => name)")


@pytest.mark.parametrize("name", FILES)
def test_what_an_opened_key_signs_is_accepted(page: SignerPage, name: str) -> None:
    file = FILES[name]()
    (card,) = opened(page, file.content)
    signed = Signed.from_transport(page.run(SIGN, {"handle": card["handle"], "fields": FIELDS}))
    trust = TrustStore([file.anchor], allow_demo=True)
    # The file's own chain is all that leads to the anchor.
    certificate = trust.validate(signed.certificate, signed.chain, NOW, "login")
    statement = verify_statement(
        "login", signed.body, signed.signature, certificate, expect=FIELDS, now=NOW
    )
    assert statement.fields["cert"] == card["handle"] == certificate.fingerprint
    assert (card["algorithm"], certificate.key_kind) == (file.kind, file.kind)
    assert card["serial"] == certificate.serial
    assert card["notAfter"] == certificate.not_after.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert card["holder"] in certificate.subject
    assert databases(page) == []


def test_a_file_streamed_in_pieces_opens(page: SignerPage) -> None:
    (card,) = opened(page, files.in_pieces(files.kept("legacy-3des")))
    assert card["holder"] == "海东演练地产有限公司"


def test_the_newer_kind_of_mac_is_checked(page: SignerPage) -> None:
    newer = files.with_pbmac1(files.kept("sm2"))
    assert opened(page, newer)[0]["algorithm"] == "SM2"
    assert opened(page, newer, "wrong")[0] == "wrong_password"
    spoilt = newer[:-20] + bytes([newer[-20] ^ 1]) + newer[-19:]
    assert opened(page, spoilt)[0] == "wrong_password"


def test_of_several_keys_each_gets_its_own_certificate(page: SignerPage) -> None:
    keys = [files.enrolled(P256, kind) for kind in ("P-256", "SM2", "RSA-2048")]
    certificates = [key.certificate for key in reversed(keys)] + [P256.intermediate]
    cards = opened(page, files.open_file(keys, certificates), "")
    assert [card["algorithm"] for card in cards] == ["RSA-2048", "SM2", "P-256"]
    for card, key in zip(cards, reversed(keys), strict=True):
        assert card["certificate"] == b64encode(key.certificate).decode()
        assert card["chain"] == [b64encode(P256.intermediate).decode()]
        assert page.run(SIGN, {"handle": card["handle"], "fields": FIELDS})["signature"]


@pytest.mark.parametrize("name", ["legacy-rc2", "legacy-3des", "sm2", "sm2-sm4"])
def test_a_wrong_password_is_told_from_a_bad_file(page: SignerPage, name: str) -> None:
    content = files.kept(name)
    assert opened(page, content, "演练-124")[0] == "wrong_password"
    assert opened(page, content, "")[0] == "wrong_password"
    for bad in files.spoilt(content):
        assert opened(page, bad)[0] == "not_a_pfx"


def test_a_file_without_a_signing_key_says_so(page: SignerPage) -> None:
    assert opened(page, files.kept("encryption-only")) == ["no_key", "encryption"]
    alone = files.enrolled(P256, "P-256")
    assert opened(page, files.open_file([alone], [])) == ["no_key", None]
    assert opened(page, files.open_file([], [alone.certificate])) == ["no_key", None]
    assert opened(page, files.kept("other-curve")) == ["unsupported_key", None]


def test_libraries_are_loaded_only_for_a_file(browser: Browser) -> None:
    with signer_page(browser) as made:
        made.run(
            """async (nothing, load) => {
                const { openSigners } = await load("signers/index.mjs");
                return openSigners({ soft: true }).list();
            }"""
        )
        assert not [path for path in made.loaded if "/vendor/" in path]
        assert databases(made) == []
        opened(made, files.kept("sm2"))
        vendored = [path.rsplit("/", 1)[1] for path in made.loaded if "/vendor/" in path]
        assert sorted(vendored) == ["forge.min.js", "sm-crypto-v2.umd.js"]
        assert made.run("async () => [typeof forge, typeof SmCryptoV2]") == ["undefined"] * 2


def test_private_keys_are_imported_so_that_no_script_can_take_them_out(page: SignerPage) -> None:
    imported = page.run(
        """async (file, load) => {
            const { SoftSigner } = await load("signers/soft.mjs");
            const { fromBase64 } = await load("statement.mjs");
            const taken = [];
            const real = crypto.subtle.importKey;
            crypto.subtle.importKey = async function (...how) {
                const key = await real.apply(crypto.subtle, how);
                if (key.type === "private") taken.push(key);
                return key;
            };
            try {
                await new SoftSigner().open(fromBase64(file), "演练-123");
            } finally {
                crypto.subtle.importKey = real;
            }
            const tries = taken.map((key) => crypto.subtle.exportKey("pkcs8", key));
            const outcomes = await Promise.allSettled(tries);
            return taken.map((key, at) => [key.extractable, outcomes[at].reason?.name]);
        }""",
        b64encode(files.kept("legacy-rc2")).decode(),
    )
    assert imported == [[False, "InvalidAccessError"]]


@pytest.mark.parametrize("name", ["legacy-rc2", "sm2"])
def test_a_key_is_kept_when_asked_until_it_is_forgotten(browser: Browser, name: str) -> None:
    listed = """async (nothing, load) => {
        const { openSigners } = await load("signers/index.mjs");
        globalThis.soft = openSigners({ soft: true });
        return (await soft.list()).map(({ handle, kept }) => [handle, kept]);
    }"""
    with signer_page(browser) as made:
        (card,) = opened(made, files.kept(name), keep=True)
        made.page.reload()
        assert made.run(listed) == [[card["handle"], True]]
        assert made.run(SIGN, {"handle": card["handle"], "fields": FIELDS})["signature"]
        stored = made.run(
            """async (nothing, load) => {
                const request = indexedDB.open("auction-kept-keys");
                await new Promise((resolve) => (request.onsuccess = resolve));
                const store = request.result.transaction("keys").objectStore("keys").getAll();
                await new Promise((resolve) => (store.onsuccess = resolve));
                request.result.close();
                const [{ privateKey, sealed }] = store.result;
                const key = privateKey ?? sealed.key;
                return [key.extractable, key.type, sealed?.bytes.byteLength ?? null];
            }"""
        )
        # SM2: 32 bytes and the seal's tag of 16, under a key that stays in the browser.
        assert stored == [False, *(["secret", 48] if name == "sm2" else ["private", None])]
        made.run("async (nothing, load) => (await load('signers/kept.mjs')).forgetAll()")
        assert databases(made) == []
        made.page.reload()
        assert made.run(listed) == []


def test_forgetting_closes_keys_that_are_open(page: SignerPage) -> None:
    (card,) = opened(page, files.kept("sm2"))
    assert page.run("async () => { await soft.forget(); return soft.list(); }") == []
    assert page.run(SIGN, {"handle": card["handle"], "fields": FIELDS}) == ["unknown_key", None]


def test_serials_and_names_are_shown_as_the_server_writes_them(page: SignerPage) -> None:
    (card,) = opened(page, files.kept("legacy-rc2"))
    assert re.fullmatch(r"[0-9a-f]{30}", card["serial"])
    assert (card["issuer"], card["kind"], card["kept"]) == ("演练数字证书签发机构", "soft", False)
