"""Files of a source, out of a folder, a tar archive or a zip, on this machine or over HTTPS.

Archives are read as a stream and never unpacked: no path of theirs touches the disk.
"""

from __future__ import annotations

import io
import lzma
import os
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from catalog.errors import SourceError

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
MAX_FILES = 200_000
MAX_DOWNLOAD_BYTES = 2 * 1024 * 1024 * 1024

Wanted = Callable[[str], bool]
"""Tells from a path (with `/`, relative to the top) whether a file is of interest."""


def read_files(path: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of the wanted files in a folder or archive, in path order.

    Raises SourceError if `path` is not there, is damaged, or goes past the bounds above.
    """
    try:
        if path.is_dir():
            yield from _folder(path, wanted)
        elif zipfile.is_zipfile(path):
            yield from _zip(path, wanted)
        elif path.is_file():
            with path.open("rb") as stream:
                yield from _tar(stream, wanted)
        else:
            raise SourceError(f"{path}: no such file or folder")
    except (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError) as error:
        reason = str(error).partition("\n")[0].rstrip(":")  # tarfile lists all it tried below
        raise SourceError(f"{path}: damaged archive ({reason})") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror or error})") from error


def read_text(content: bytes, path: str) -> str:
    """Decode one file of a source. Raises SourceError naming it if it is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 text ({error.reason})") from error


def download(url: str, progress: Callable[[str], None], *, insecure: bool = False) -> Path:
    """Fetch `url` into a temporary file, which the caller removes. Raises SourceError."""
    import httpx

    host = httpx.URL(url).host
    local = host in {"localhost", "127.0.0.1", "::1"}
    if httpx.URL(url).scheme != "https" and not (local or insecure):
        raise SourceError(f"{url}: not HTTPS", "plain HTTP is for this machine, or --insecure")
    descriptor, name = tempfile.mkstemp(prefix="dlcat-", suffix=".download")
    target = Path(name)
    try:
        with (
            os.fdopen(descriptor, "wb") as out,
            httpx.stream("GET", url, follow_redirects=True, timeout=60) as response,
        ):
            response.raise_for_status()
            for block in response.iter_bytes(1 << 20):
                out.write(block)
                if out.tell() > MAX_DOWNLOAD_BYTES:
                    raise SourceError(f"{url}: larger than {MAX_DOWNLOAD_BYTES} bytes")
                progress(f"{out.tell() / 1e6:.0f} MB from {host}")
    except httpx.HTTPStatusError as error:
        target.unlink()
        raise SourceError(f"{url}: HTTP {error.response.status_code}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        target.unlink()
        reason = str(error) or type(error).__name__
        raise SourceError(
            f"{url}: {reason}", "is the network up? the catalog is as it was"
        ) from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def _folder(top: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    found = []
    for folder, subfolders, names in os.walk(top):
        subfolders.sort()
        relative = Path(folder).relative_to(top)
        found += [(relative / name).as_posix() for name in names]
    budget = _Budget(str(top))
    for name in sorted(filter(wanted, found)):
        budget.take((top / name).stat().st_size, name)
        yield name, (top / name).read_bytes()


def _zip(path: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(str(path))
    with zipfile.ZipFile(path) as archive:
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            if not entry.is_dir() and wanted(entry.filename):
                budget.take(entry.file_size, entry.filename)
                yield entry.filename, archive.read(entry)


def _tar(stream: IO[bytes], wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(getattr(stream, "name", "archive"))
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for entry in archive:
            name = entry.name.removeprefix("./")
            if entry.isfile() and wanted(name):
                budget.take(entry.size, name)
                content = archive.extractfile(entry)
                found[name] = (content or io.BytesIO()).read()
    yield from sorted(found.items())


class _Budget:
    """Counts what was read from one place, and stops at the bounds of this module."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.files = 0
        self.bytes = 0

    def take(self, size: int, name: str) -> None:
        self.files += 1
        self.bytes += size
        if size > MAX_FILE_BYTES or self.bytes > MAX_TOTAL_BYTES or self.files > MAX_FILES:
            raise SourceError(f"{self.place}: too large to be a source (at {name})")
