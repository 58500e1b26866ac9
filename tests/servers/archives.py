"""A web server of files, and archives as GitHub makes them: by `git archive`."""

from __future__ import annotations

import functools
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the test run's output to itself."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder for as long as it is used; gives the URL of its top, without a slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def github_archive(target: Path, files: Mapping[str, bytes], work: Path) -> str:
    """Commit `files` to a new repository at `work` and archive it; gives the commit.

    The archive has one folder around everything, named after the repository and branch.
    """
    for name, content in files.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_bytes(content)
    _git(work, "init", "--quiet")
    _git(work, "add", "--all", "--force")
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    _git(work, *identity, "commit", "--quiet", "--allow-empty", "--message=files")
    target.parent.mkdir(parents=True, exist_ok=True)
    branch = target.name.partition(".")[0]
    prefix = f"--prefix=deep-learning-containers-{branch}/"
    _git(work, "archive", "--format=tar.gz", prefix, f"--output={target}", "HEAD")
    return _git(work, "rev-parse", "HEAD")


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
