"""A branch of a GitHub repository, as the archive that GitHub makes of it.

https://docs.github.com/en/repositories/working-with-files/using-files/downloading-source-code-archives
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.errors import SourceError
from catalog.sources.files import download
from catalog.sources.interface import LiveOptions

ARCHIVES = "https://github.com/aws/deep-learning-containers/archive"
LICENCE = "Apache-2.0"

_COMMIT = re.compile(r"[0-9a-f]{40}")


def commit_of(path: Path) -> str:
    """Give the commit that an archive says it was made of, or an empty text.

    git archive writes it as the comment of the archive's global pax header.
    """
    if not path.is_file():
        return ""
    try:
        with tarfile.open(path) as archive:
            comment = archive.pax_headers.get("comment", "")
    except (tarfile.TarError, EOFError, OSError):
        return ""  # reading the files will say what is wrong with it
    return comment if _COMMIT.fullmatch(comment) else ""


@contextmanager
def branch_archive(url: str, options: LiveOptions) -> Iterator[Path]:
    """Download an archive for as long as it is used. Raises SourceError naming `url`."""
    path = download(url, options.progress, insecure=options.insecure)
    try:
        yield path
    except SourceError as error:
        raise SourceError(error.message.replace(str(path), url), error.hint) from error
    finally:
        path.unlink(missing_ok=True)
