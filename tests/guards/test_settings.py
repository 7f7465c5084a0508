"""An installation that is not described completely does not start, and says all that is wrong."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from auction.app import create_app
from auction.pki.demo_ca import DemoCA
from auction.trading.time import ReferenceClock
from config import Settings, SettingsError

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


def test_the_demonstration_is_not_there_in_production(tmp_path: Path) -> None:
    client = create_app(production(tmp_path, real_anchor())).test_client()
    for path in ("/demo/", "/demo/styleguide", "/demo/certificates", "/demo/side-by-side"):
        assert client.get(path).status_code == 404
