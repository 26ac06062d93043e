"""The tokens of the tests, one for each kind, and the file that a server reads them from."""

from pathlib import Path

READER = "reader-0123456789abcdef"
WRITER = "writer-0123456789abcdef"
ADMIN = "admin-0123456789abcdef"

TOKEN_FILE = f"# who may do what\n\n{READER} read\n{WRITER}\twrite\n{ADMIN}\n"


def private_file(path: Path, text: str, mode: int = 0o600) -> Path:
    """Writes a file that nobody but its owner may read."""
    path.write_text(text)
    path.chmod(mode)
    return path


def bearer(token: str) -> dict[str, str]:
    """The header field with which a client shows its token."""
    return {"Authorization": f"Bearer {token}"}
