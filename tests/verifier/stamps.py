"""A timestamp authority of our own, by OpenSSL: real RFC 3161 tokens, with the machine's time."""

import base64
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

_CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[stamping]
extendedKeyUsage = critical,timeStamping
basicConstraints = CA:FALSE
"""


class Authority:
    """A root and a time-stamping certificate in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.folder.mkdir()
        (self.folder / "serial").write_text("01\n")
        self.config = self.folder / "openssl.cnf"
        self.config.write_text(_CONFIG.format(folder=self.folder))
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650")
        self._openssl(
            *("req", "-x509", *key, "-subj", f"/CN={name} root", "-keyout", "root.key"),
            *("-out", "root.pem"),
        )
        self._openssl(
            *("req", "-x509", *key, "-subj", f"/CN={name}", "-keyout", "tsa.key"),
            *("-CA", "root.pem", "-CAkey", "root.key", "-out", "tsa.pem"),
            *("-config", "openssl.cnf", "-extensions", "stamping"),
            *("-addext", "subjectKeyIdentifier=hash"),
        )

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    @property
    def chain(self) -> list[str]:
        """As trust.json holds it."""
        return [
            base64.b64encode(
                x509.load_pem_x509_certificate((self.folder / name).read_bytes()).public_bytes(
                    Encoding.DER
                )
            ).decode()
            for name in ("tsa.pem", "root.pem")
        ]

    def stamp(self, note: str) -> bytes:
        """TimeStampResp over a note as its log signed it."""
        (self.folder / "note").write_text(note)
        self._openssl("ts", "-query", "-data", "note", "-sha256", "-cert", "-out", "query")
        self._openssl(
            *("ts", "-reply", "-config", "openssl.cnf", "-section", "here"),
            *("-queryfile", "query", "-out", "reply"),
        )
        return (self.folder / "reply").read_bytes()
