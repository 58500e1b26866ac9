"""Files of a source, out of a folder, a tar archive or a zip, on this machine or over HTTPS.

Archives are read as a stream and never unpacked: no path of theirs touches the disk. Their
bounds count every entry, of interest or not, for all of a tar archive has to be decompressed.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from catalog.errors import SourceError
from catalog.sources.addresses import check_address

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
MAX_FILES = 200_000
MAX_DOWNLOAD_BYTES = 2 * 1024 * 1024 * 1024
MAX_HEADERS_BYTES = 1024 * 1024
"""The most that stands between two entries of a tar archive: headers, names, pax records."""

Wanted = Callable[[str], bool]
"""Tells from a path (with `/`, relative to the top) whether a file is of interest."""

_DAMAGES = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    KeyError,  # these two: tarfile, of sparse files with damaged maps
    ValueError,
)


class NotThereError(SourceError):
    """There is nothing at an address: the server says HTTP 404."""


def read_files(path: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of the wanted files in a folder or archive, in path order.

    Of a folder only regular files are read, or links to such. Raises SourceError if `path`
    is not there, is damaged or encrypted, or goes past the bounds above.
    """
    try:
        if path.is_dir():
            yield from _folder(path, wanted)
        elif not path.is_file():
            raise SourceError(f"{path}: no such file or folder")
        elif zipfile.is_zipfile(path):
            yield from _zip(path, wanted)
        else:
            with path.open("rb") as stream:
                yield from _tar(stream, wanted, str(path))
    except _DAMAGES as error:
        raise SourceError(f"{path}: damaged archive ({_reason(error)})") from error
    except RuntimeError as error:  # zipfile: encrypted, or of a method that it does not know
        raise SourceError(f"{path}: not an archive that can be read ({_reason(error)})") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror or error})") from error


def read_text(content: bytes, path: str) -> str:
    """Decode one file of a source. Raises SourceError naming it if it is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 text ({error.reason})") from error


def download(url: str, progress: Callable[[str], None], *, insecure: bool = False) -> Path:
    """Fetch `url` into a temporary file, which the caller removes.

    The address, and each that it redirects to, must be one that may be used; from HTTPS
    plain HTTP is never followed. Raises NotThereError for HTTP 404, else SourceError.
    """
    import httpx

    check_address(url, insecure=insecure)
    host = httpx.URL(url).host
    needs_https = httpx.URL(url).scheme == "https" and not insecure

    def check(request: httpx.Request) -> None:
        check_address(str(request.url), insecure=insecure)
        if needs_https and request.url.scheme != "https":
            raise SourceError(f"{url}: leads from HTTPS to plain HTTP")

    descriptor, name = tempfile.mkstemp(prefix="dlcat-", suffix=".download")
    target = Path(name)
    try:
        with (
            os.fdopen(descriptor, "wb") as out,
            httpx.Client(timeout=60, event_hooks={"request": [check]}) as client,
            client.stream("GET", url, follow_redirects=True) as response,
        ):
            response.raise_for_status()
            for block in response.iter_bytes(1 << 20):
                out.write(block)
                if out.tell() > MAX_DOWNLOAD_BYTES:
                    raise SourceError(f"{url}: larger than {MAX_DOWNLOAD_BYTES} bytes")
                progress(f"{out.tell() / 1e6:.0f} MB from {host}")
    except httpx.HTTPStatusError as error:
        target.unlink()
        kind = NotThereError if error.response.status_code == 404 else SourceError
        raise kind(f"{url}: HTTP {error.response.status_code}") from error
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
        status = (top / name).stat()
        if stat.S_ISREG(status.st_mode):  # of a pipe or device the reading might never end
            budget.take(status.st_size, name, is_wanted=True)
            yield name, (top / name).read_bytes()


def _zip(path: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(str(path))
    with zipfile.ZipFile(path) as archive:
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            is_wanted = not entry.is_dir() and wanted(entry.filename)
            budget.take(entry.file_size, entry.filename, is_wanted=is_wanted)
            if is_wanted:
                yield entry.filename, archive.read(entry)


def _tar(stream: io.BufferedReader, wanted: Wanted, place: str) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(place)
    found: dict[str, bytes] = {}
    bounded = _Bounded(_decompressed(stream), place)
    with tarfile.open(fileobj=bounded, mode="r|") as archive:
        while (entry := archive.next()) is not None:
            # It keeps every entry that it met, in a list that its type stubs do not show.
            archive.members.clear()  # type: ignore[attr-defined]
            name = entry.name.removeprefix("./")
            is_wanted = entry.isfile() and wanted(name)
            budget.take(entry.size, name, is_wanted=is_wanted)
            bounded.end = archive.offset + MAX_HEADERS_BYTES
            content = archive.extractfile(entry) if is_wanted else None
            if content is not None:
                found[name] = content.read()
        while bounded.read(1 << 16):
            pass  # to the end, where the checksum is
    yield from sorted(found.items())


def _decompressed(stream: io.BufferedReader) -> io.BufferedIOBase:
    """Tell by its first bytes what a tar archive is compressed with, and undo that."""
    start = stream.read(6)
    stream.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return gzip.open(stream)
    if start.startswith(b"BZh"):
        return bz2.open(stream)
    if start.startswith(b"\xfd7zXZ\x00"):
        return lzma.open(stream)
    return stream


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(":")


class _Bounded(io.BufferedIOBase):
    """A stream that is read up to a point, `end`, which is moved on from entry to entry.

    tarfile reads what stands before an entry without asking how much that is.
    """

    def __init__(self, stream: io.BufferedIOBase, place: str) -> None:
        self.end = MAX_HEADERS_BYTES
        self._stream = stream
        self._place = place
        self._position = 0

    def read(self, size: int | None = -1) -> bytes:
        block = self._stream.read(-1 if size is None else size)
        self._position += len(block)
        if self._position > self.end:
            raise SourceError(f"{self._place}: too large to be a source (headers)")
        return block


class _Budget:
    """Counts the entries of one place, and stops at the bounds of this module."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.files = 0
        self.bytes = 0

    def take(self, size: int, name: str, *, is_wanted: bool) -> None:
        """Count an entry before it is read; one that is not wanted may be large itself."""
        self.files += 1
        self.bytes += size
        is_too_large = is_wanted and size > MAX_FILE_BYTES
        if is_too_large or self.bytes > MAX_TOTAL_BYTES or self.files > MAX_FILES:
            raise SourceError(f"{self.place}: too large to be a source (at {name})")
