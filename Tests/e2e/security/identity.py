"""Certificates that servers show."""

import subprocess
from pathlib import Path


class Identity:
    """A certificate for localhost that nobody has signed, and its key."""

    def __init__(self, directory: Path, name: str):
        self.certificate = directory / f"{name}.crt"
        self.key = directory / f"{name}.key"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "2"]
        command += ["-keyout", str(self.key), "-out", str(self.certificate)]
        subprocess.run(command, check=True, capture_output=True)
        self.key.chmod(0o600)

    @property
    def flags(self) -> list[str]:
        return ["--tls-certificate", str(self.certificate), "--tls-key", str(self.key)]

    def replace(self, other: "Identity") -> None:
        self.certificate.write_bytes(other.certificate.read_bytes())
        self.key.write_bytes(other.key.read_bytes())
