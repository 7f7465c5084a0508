"""Secrets on disk: created once, readable by their owner only."""

import os
from pathlib import Path


def write_private_file(path: Path, content: bytes) -> None:
    """Create `path` with mode 0600. Raises FileExistsError: a secret is never overwritten."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
