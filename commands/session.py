"""What every command needs around it: the catalog, the two output streams, the day."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any, NoReturn

from catalog.errors import DlcatError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID
    from sqlalchemy import Engine


_PASSWORD = re.compile(r"//[^/@\s]*@")


def open_catalog(place: str) -> Engine:
    """Open the catalog; one that is new is filled from the bundled snapshot."""
    from catalog.database import open_database

    return open_database(place, _fill)


def today() -> date:
    """Give today's date, UTC."""
    return datetime.now(timezone.utc).date()


def home_region() -> str:
    """Give the region that the user's own AWS tools would use, empty if none is set."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""


def print_text(text: str, end: str = "\n") -> None:
    """Write data to standard output."""
    sys.stdout.write(text + end)


def print_lines(lines: Iterable[str]) -> None:
    """Write data to standard output, a line each."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def note(text: str) -> None:
    """Tell the person at the terminal something beside the data, without a password in it."""
    sys.stderr.write(f"{_PASSWORD.sub('//***@', _one_line(text))}\n")


def complain(text: str) -> None:
    """Tell what is wrong, in one line."""
    note(f"dlcat: {text}")


def fail(error: DlcatError, code: int | None = None) -> NoReturn:
    """Tell what is wrong and leave."""
    complain(str(error))
    sys.exit(error.exit_code if code is None else code)


@dataclass
class Reporting:
    """Shows how far long work is: a bar on a terminal, a line elsewhere."""

    bar: Progress | None
    _tasks: dict[str, TaskID] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """Show what is being done."""
        if self.bar is None:
            return
        if "say" not in self._tasks:
            self._tasks["say"] = self.bar.add_task(text, total=None)
        self.bar.update(self._tasks["say"], description=_one_line(text))

    def counted(self, text: str) -> Callable[[int, int], None]:
        """Give a function that shows how much of the whole is done."""
        if self.bar is None:
            note(text)
            return lambda _done, _total: None
        bar, task = self.bar, self.bar.add_task(text, total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return show


@contextmanager
def progress() -> Iterator[Reporting]:
    """Show the progress of what is done inside, on standard error."""
    if not sys.stderr.isatty():
        yield Reporting(None)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield Reporting(bar)


def _fill(engine: Engine) -> None:
    from catalog import snapshot, store

    with progress() as reporting:
        shown = reporting.counted("first use: making your catalog from the bundled snapshot")
        store.write(engine, snapshot.bundled(), shown)


def _one_line(text: Any) -> str:
    return " ".join(
        "".join(letter if letter.isprintable() else " " for letter in str(text)).split()
    )
