"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import os
from pathlib import Path

from catalog.errors import DlcatError, UsageError


def write_file(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it; what is not a plain file is written to.

    A link is followed, and a device or pipe stays what it is. Raises UsageError for a path
    that names no file, DlcatError if it cannot be written.
    """
    if not path.name:
        raise UsageError(f"{str(path)!r} does not name a file")
    target = path.resolve()
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as stream:
                stream.write(content)
            return
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        raise DlcatError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        partial.unlink(missing_ok=True)
