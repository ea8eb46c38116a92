"""Where one deployment keeps its things: one folder (``--data`` or ``LINLI_DATA``) with keys, files, logs and the embedded database."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


class Home:
    """Paths inside the data folder. Making a ``Home`` creates nothing; each method that writes says so."""

    def __init__(self, data: Path | str | None = None) -> None:
        self.data = Path(data or os.environ.get("LINLI_DATA") or Path.cwd() / ".linli").resolve()

    @property
    def media(self) -> Path:
        return self.data / "media"

    @property
    def keyring(self) -> Path:
        """The keys that protect residents' fields. Back it up apart from the database: either alone is worthless."""
        return Path(os.environ.get("LINLI_KEYRING") or self.data / "keys.json")

    @property
    def cluster(self) -> Path:
        return self.data / "postgres"

    def secret(self, name: str) -> str:
        """A random secret kept in a file readable by its owner only; made on first use."""
        path = self.data / f"{name}.secret"
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            self.data.mkdir(parents=True, exist_ok=True)
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:  # another process of the same start was quicker
                return path.read_text().strip()
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
            return path.read_text().strip()
