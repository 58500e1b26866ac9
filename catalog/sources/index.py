"""A wheel from the user's own package index, fetched by the user's own pip.

pip runs as a program of its own, https://pip.pypa.io/en/stable/cli/pip_download/, so that
the user's index, proxy, certificates and credentials hold; nothing fetched is ever run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from catalog.errors import SourceError
from catalog.sources.addresses import is_this_machine

TIMEOUT_SECONDS = 600
PYTHON_VERSION = "3.11"
"""Asked for in place of the running one, which the wheel's Requires-Python may not admit."""

_CREDENTIALS = re.compile(r"//[^/\s]*@")


@contextmanager
def downloaded_wheel(requirement: str, index_url: str, *, insecure: bool) -> Iterator[Path]:
    """Fetch the newest wheel of `requirement` into a folder that goes away afterwards.

    index_url: instead of the index that pip is set up for, if given.
    Raises SourceError, with pip's own words but without any user name or password.
    """
    with tempfile.TemporaryDirectory(prefix="dlcat-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
        command += ["--python-version", PYTHON_VERSION, "--dest", folder]
        _run([*command, requirement], Path(folder), _index_settings(index_url, insecure=insecure))
        wheels = sorted(Path(folder).glob("*.whl"))
        if len(wheels) != 1:
            raise SourceError(f"{requirement}: pip fetched {len(wheels)} wheels, not one")
        yield wheels[0]


def without_credentials(text: str) -> str:
    """Blank out the `user:password@` of every URL in a text."""
    return _CREDENTIALS.sub("//", text)


def _index_settings(url: str, *, insecure: bool) -> dict[str, str]:
    """Give pip's --index-url in the environment: other users can read a command line."""
    if not url:
        return {}
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise SourceError(f"{without_credentials(url)}: not a URL ({error})") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise SourceError(f"{without_credentials(url)}: not the URL of a package index")
    if parts.scheme == "http" and not (insecure or is_this_machine(host)):
        raise SourceError(
            f"{without_credentials(url)}: not HTTPS",
            "plain HTTP is for this machine, or --insecure",
        )
    return {"PIP_INDEX_URL": url, **({"PIP_TRUSTED_HOST": host} if insecure else {})}


def _run(command: list[str], folder: Path, settings: dict[str, str]) -> None:
    """Run pip in a folder of ours: in the user's, `-m pip` would run a file named pip.py."""
    requirement = command[-1]
    hint = "is the package index up? the catalog is as it was"
    try:
        done = subprocess.run(  # noqa: S603 - a list without a shell, all of it from this module
            command,
            cwd=folder,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(
            f"{requirement}: pip took longer than {TIMEOUT_SECONDS} seconds", hint
        ) from error
    except OSError as error:
        raise SourceError(f"pip cannot be run ({error.strerror or error})") from error
    if done.returncode:
        raise SourceError(f"{requirement}: {_reason(done.stderr)}", hint)


def _reason(stderr: str) -> str:
    """Pick the one line of pip's that says why."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    for mark in ("ERROR: HTTP error", "WARNING: Retrying", "ERROR:", "No module named pip"):
        for line in lines:
            if mark in line:
                return without_credentials(line)[:500]
    return without_credentials(lines[-1])[:500] if lines else "pip failed and said nothing"
