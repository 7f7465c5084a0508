"""An installation that is not described completely does not start, and says all that is wrong."""

import hashlib
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from chains import holder, made, revocation_list
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from auction.app import create_app
from auction.ledger.cosignature import CosignatureKey
from auction.pki.demo.authority import DemoCA
from auction.pki.revocation import issuer_key
from auction.store.certificates import RevocationRecord, TrustAnchor
from auction.store.models import Base
from auction.trading.time import ReferenceClock
from config import ROOT, Settings, SettingsError

COMPLETE = {
    "AUCTION_MODE": "production",
    "AUCTION_DATABASE_URL": "sqlite:////nowhere/floor.sqlite3",
    "AUCTION_ORIGIN": "https://floor.example",
    "AUCTION_LOG_ORIGIN": "floor.example",
}


def production(folder: Path, *anchors: bytes) -> Settings:
    """Production settings whose data, database and trust anchors lie in `folder`."""
    (folder / "anchors").mkdir()
    for place, der in enumerate(anchors):
        (folder / "anchors" / f"{place}.crt").write_bytes(der)
    return Settings.from_environment(
        COMPLETE
        | {
            "AUCTION_DATA_DIR": str(folder),
            "AUCTION_DATABASE_URL": f"sqlite:///{folder}/floor.sqlite3",
            "AUCTION_ANCHORS_DIR": str(folder / "anchors"),
        }
    )


def real_anchor() -> bytes:
    """A root certificate that bears no mark of the demonstration (DER)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Some Real Root")])
    now = ReferenceClock().now()
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(Encoding.DER)


def test_demo_mode_needs_nothing(tmp_path: Path) -> None:
    settings = Settings.from_environment({"AUCTION_DATA_DIR": str(tmp_path)})
    assert settings.demo
    assert settings.origin == "http://127.0.0.1:8000"


def test_port_overrides_and_moves_the_origin() -> None:
    assert Settings.from_environment({"PORT": "9001"}).origin == "http://127.0.0.1:9001"


def test_production_names_every_missing_variable_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"AUCTION_MODE": "production"})
    text = str(caught.value)
    for name in ("DATABASE_URL", "ORIGIN", "LOG_ORIGIN"):
        assert f"AUCTION_{name}" in text


def test_production_refuses_plain_http() -> None:
    with pytest.raises(SettingsError, match="https"):
        Settings.from_environment(COMPLETE | {"AUCTION_ORIGIN": "http://floor.example"})


@pytest.mark.parametrize(
    "origin",
    [
        "https://floor.example/",
        "https://user@floor.example",
        "https://floor.example?x=1",
        "https://Floor.example",
        "https://成交.example",
        "floor.example",
    ],
)
def test_an_origin_that_no_statement_can_name_is_refused(origin: str) -> None:
    with pytest.raises(SettingsError, match="AUCTION_ORIGIN must be"):
        Settings.from_environment(COMPLETE | {"AUCTION_ORIGIN": origin})


@pytest.mark.parametrize("url", ["floor", "postgresql://127.0.0.1/floor", "sqlite://"])
def test_a_database_that_is_none_of_the_two_kinds_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL must be"):
        Settings.from_environment(COMPLETE | {"AUCTION_DATABASE_URL": url})


@pytest.mark.parametrize("port", ["0", "65536", "many"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(SettingsError, match="PORT"):
        Settings.from_environment({"AUCTION_PORT": port})


@pytest.mark.parametrize("choice", ["auto", "stock"])
def test_the_socket_path_is_chosen_by_the_operator(choice: str) -> None:
    settings = Settings.from_environment({"AUCTION_SOCKET_PATH": choice})
    assert settings.socket_path == choice


def test_a_socket_path_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="SOCKET_PATH"):
        Settings.from_environment({"AUCTION_SOCKET_PATH": "fast"})


def test_production_refuses_the_demonstrations_authority(tmp_path: Path) -> None:
    demo = DemoCA.create(None, ReferenceClock().now())
    with pytest.raises(SettingsError, match=r"0\.crt .*demonstration"):
        create_app(production(tmp_path, demo.anchor))


def test_production_without_a_trust_anchor_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ANCHORS_DIR"):
        create_app(production(tmp_path))


def stored(folder: Path, der: bytes, **policy: str) -> None:
    """A trust store in the database that holds this anchor under this policy."""
    made = create_engine(f"sqlite:///{folder}/floor.sqlite3")
    Base.metadata.create_all(made)
    with Session(made) as session:
        session.add(
            TrustAnchor(
                fingerprint=hashlib.sha256(der).hexdigest(),
                kind="anchor",
                label="x",
                certificate=der,
                policy=policy,
                sources={},
                added_at=ReferenceClock().now(),
            )
        )
        session.commit()
    made.dispose()


def test_production_refuses_a_demo_anchor_in_its_trust_store(tmp_path: Path) -> None:
    demo = DemoCA.create(None, ReferenceClock().now()).anchor
    stored(tmp_path, demo)
    with pytest.raises(SettingsError, match=r"trust store: anchor .*demonstration"):
        create_app(production(tmp_path, real_anchor()))


def test_production_refuses_to_fail_hard_without_a_list(tmp_path: Path) -> None:
    anchor = real_anchor()
    stored(tmp_path, anchor, revocation="hard")
    with pytest.raises(SettingsError, match=r"Some Real Root .*no usable revocation list"):
        create_app(production(tmp_path))


def test_commands_that_mend_it_run_all_the_same(tmp_path: Path) -> None:
    stored(tmp_path, real_anchor(), revocation="hard")
    assert create_app(production(tmp_path), maintenance=True)


def test_a_hard_anchor_with_its_list_starts(tmp_path: Path) -> None:
    now = ReferenceClock().now()
    root = made("Some Real Root", now)
    stored(tmp_path, root.der, revocation="hard")
    made_list = revocation_list(root, now)
    engine = create_engine(f"sqlite:///{tmp_path}/floor.sqlite3")
    with Session(engine) as session:
        session.add(
            RevocationRecord(
                sha256=hashlib.sha256(made_list).hexdigest(),
                kind="crl",
                issuer=issuer_key(root.certificate),
                number="5",
                der=made_list,
                this_update=now,
                next_update=now + timedelta(days=1),
                loaded_at=now,
                in_force=True,
            )
        )
        session.commit()
    engine.dispose()
    assert create_app(production(tmp_path))


def test_what_is_no_authority_is_refused_by_the_name_of_its_file(tmp_path: Path) -> None:
    now = ReferenceClock().now()
    settings = production(tmp_path, holder("Somebody", now).der, b"no certificate")
    with pytest.raises(SettingsError) as caught:
        create_app(settings)
    assert "1.crt holds no certificate" in str(caught.value)
    (tmp_path / "anchors" / "1.crt").unlink()
    with pytest.raises(
        SettingsError, match=r"0\.crt Somebody .*not the certificate of an authority"
    ):
        create_app(settings)


def test_wsgi_ends_with_everything_that_is_wrong(tmp_path: Path) -> None:
    demo = DemoCA.create(None, ReferenceClock().now()).anchor
    production(tmp_path, demo)
    stored(tmp_path, real_anchor(), revocation="hard")
    environment = COMPLETE | {
        "AUCTION_DATA_DIR": str(tmp_path),
        "AUCTION_DATABASE_URL": f"sqlite:///{tmp_path}/floor.sqlite3",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "wsgi.py"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("cannot start:")
    assert "AUCTION_ANCHORS_DIR: 0.crt" in done.stderr
    assert "trust store: anchor Some Real Root" in done.stderr
    assert "Traceback" not in done.stderr


def test_soft_keys_are_refused_in_production_unless_allowed() -> None:
    assert not Settings.from_environment(COMPLETE).soft_keys
    assert Settings.from_environment(COMPLETE | {"AUCTION_SOFT_KEYS": "allowed"}).soft_keys
    assert Settings.from_environment({}).soft_keys
    with pytest.raises(SettingsError, match="SOFT_KEYS"):
        Settings.from_environment(COMPLETE | {"AUCTION_SOFT_KEYS": "yes"})


def test_bridges_are_named_and_on_the_users_own_computer() -> None:
    wanted = "ca-one=ws://127.0.0.1:21051/sign, two=wss://localhost:9000"
    found = Settings.from_environment({"AUCTION_BRIDGES": wanted}).bridges
    assert found == (("ca-one", "ws://127.0.0.1:21051/sign"), ("two", "wss://localhost:9000"))


@pytest.mark.parametrize(
    "bridges",
    [
        "ws://127.0.0.1:1",
        "x=ws://192.168.0.2:1",
        "x=ws://127.0.0.1",
        "x=ws://127.0.0.1:99999",
        "x=http://127.0.0.1:1",
        "x=ws://127.0.0.1.evil.example:1",
        "x=ws://user@127.0.0.1:1",
        "x=ws://127.0.0.1:1/;connect-src",
        "x=ws://127.0.0.1:1,x=ws://127.0.0.1:2",
    ],
)
def test_a_bridge_anywhere_else_is_refused(bridges: str) -> None:
    with pytest.raises(SettingsError, match="BRIDGES"):
        Settings.from_environment({"AUCTION_BRIDGES": bridges})


@pytest.mark.parametrize("seconds", ["9", "0", "a day"])
def test_an_interval_of_revocation_that_is_none_is_refused(seconds: str) -> None:
    with pytest.raises(SettingsError, match="REVOCATION_SECONDS"):
        Settings.from_environment({"AUCTION_REVOCATION_SECONDS": seconds})


def test_the_demonstration_is_not_there_in_production(tmp_path: Path) -> None:
    client = create_app(production(tmp_path, real_anchor())).test_client()
    for path in ("/demo/", "/demo/styleguide", "/demo/certificates", "/demo/side-by-side"):
        assert client.get(path).status_code == 404


WITNESS = CosignatureKey(
    "witness.example/w1", Ed25519PrivateKey.from_private_bytes(bytes(32))
).cosigner.to_string()


def test_witnesses_are_pinned_by_key_and_all_of_them_are_needed_unless_said_otherwise() -> None:
    listed = f"{WITNESS} https://w1.example/x/ , {WITNESS}2 http://127.0.0.1:7380"
    found = Settings.from_environment({"AUCTION_WITNESSES": listed})
    assert found.witnesses == (
        (WITNESS, "https://w1.example/x"),
        (f"{WITNESS}2", "http://127.0.0.1:7380"),
    )
    assert found.witness_quorum == 2
    fewer = {"AUCTION_WITNESSES": listed, "AUCTION_WITNESS_QUORUM": "1"}
    assert Settings.from_environment(fewer).witness_quorum == 1
    assert Settings.from_environment({}).witness_quorum == 0


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"AUCTION_WITNESSES": WITNESS}, "WITNESSES: .* is not a verifier string"),
        ({"AUCTION_WITNESSES": f"{WITNESS} ftp://w1.example"}, "is not a verifier string"),
        ({"AUCTION_WITNESSES": f"{WITNESS} https://w1.example?x=1"}, "is not a verifier string"),
        ({"AUCTION_WITNESSES": f"{WITNESS} https://w1.example:99999"}, "is not a verifier string"),
        ({"AUCTION_WITNESSES": ",".join([f"{WITNESS} https://w1.example"] * 2)}, "twice"),
        (
            {
                "AUCTION_WITNESSES": f"{WITNESS} https://w1.example",
                "AUCTION_WITNESS_QUORUM": "2",
            },
            "WITNESS_QUORUM must be a whole number from 1 to 1",
        ),
        ({"AUCTION_WITNESS_QUORUM": "1"}, "WITNESS_QUORUM must be a whole number from 0 to 0"),
        ({"AUCTION_TSA_URL": "https://tsa.example"}, "belong together"),
        ({"AUCTION_TSA_CERTIFICATE": "tsa.pem"}, "belong together"),
        (
            {"AUCTION_TSA_URL": "tsa.example", "AUCTION_TSA_CERTIFICATE": "tsa.pem"},
            "TSA_URL must be",
        ),
        (
            COMPLETE | {"AUCTION_WITNESSES": f"{WITNESS} http://w1.example"},
            "must be https in production",
        ),
    ],
)
def test_a_place_that_anchors_is_described_completely(
    environment: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        Settings.from_environment(environment)


def test_what_is_no_key_or_certificate_of_theirs_keeps_it_from_starting(tmp_path: Path) -> None:
    (tmp_path / "tsa.pem").write_text("no certificate")
    settings = Settings.from_environment(
        {
            "AUCTION_DATA_DIR": str(tmp_path),
            "AUCTION_WITNESSES": "witness.example/w1+00000000+AAAA https://w1.example",
            "AUCTION_TSA_URL": "https://tsa.example",
            "AUCTION_TSA_CERTIFICATE": str(tmp_path / "tsa.pem"),
        }
    )
    with pytest.raises(SettingsError) as refused:
        create_app(settings)
    assert len(refused.value.problems) == 2
    assert "AUCTION_WITNESSES: witness.example/w1+" in refused.value.problems[0]
    assert "AUCTION_TSA_CERTIFICATE: " in refused.value.problems[1]
