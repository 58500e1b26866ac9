"""The `dlcat` command: reads the call, asks the catalog, shows the answer.

Nothing heavy is imported before it is known to be needed; `dlcat --help` must be quick.
Data goes to standard output and everything else to standard error. The exit code is 0
for an answer, 1 for none, 2 for a mistake in the call and 3 for something wrong around it.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import Annotated, Any, NoReturn

import typer

from catalog.errors import DlcatError
from commands import ask, fill, session, use

app = typer.Typer(
    name="dlcat",
    help="Find the container image that has what your job needs, and see what is in it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(rich_help_panel="Ask")(ask.find)
app.command(rich_help_panel="Ask")(ask.show)
app.command(rich_help_panel="Ask")(ask.packages)
app.command(rich_help_panel="Ask")(ask.which)
app.command(rich_help_panel="Ask")(ask.stats)
app.command(rich_help_panel="Ask")(ask.audit)
app.command(rich_help_panel="Use")(use.dockerfile)
app.command(rich_help_panel="Fill")(fill.sync)
tags = typer.Typer(help="What image tags say.", no_args_is_help=True)
tags.command("explain")(ask.explain)
app.add_typer(tags, name="tags")
snapshot = typer.Typer(help="The facts that come with dlcat.", no_args_is_help=True)
snapshot.command("build")(fill.build_snapshot)
app.add_typer(snapshot, name="snapshot")
db = typer.Typer(help="The catalog's database.", no_args_is_help=True)
db.command("upgrade")(fill.upgrade)
db.command("downgrade")(fill.downgrade)
app.add_typer(db, name="db")


_CallError: Any = next(
    one for one in typer.BadParameter.__mro__ if one.__name__ == "ClickException"
)
"""Every mistake in a call; typer has this class under no name of its own."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        session.print_text(f"dlcat {version('dlcat')}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    db: Annotated[
        str,
        typer.Option(envvar="DLCAT_DB", help="Another catalog: a file or a database URL."),
    ] = "",
    version: Annotated[  # noqa: ARG001 - the callback has shown it
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Find the container image that has what your job needs, and see what is in it."""
    context.obj = db


def main() -> NoReturn:
    """Run the command, and turn every failure into one line and an exit code."""
    # A command is short, and looking for garbage among what it has just imported costs a
    # tenth of its time.
    gc.set_threshold(100_000)
    _open_closed_streams()
    try:
        code = app(standalone_mode=False)
    except BrokenPipeError:
        # Whoever reads the output has enough of it; nothing more may be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    except (DlcatError, _CallError, OSError) as error:
        code = _tell(error)
    except Exception as error:
        if not _is_of_database(error):
            raise
        from catalog.database import reason

        session.complain(f"the catalog's database failed: {reason(error)}")
        code = 3
    sys.exit(code if isinstance(code, int) else 0)


def _open_closed_streams() -> None:
    """Give a place to write to for streams that whoever called has closed."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(nowhere, "w", encoding="utf-8", closefd=False))


def _tell(error: Exception) -> int:
    """Tell what is wrong, in one line. Returns the exit code."""
    if isinstance(error, DlcatError):
        session.complain(str(error))
        return error.exit_code
    if isinstance(error, OSError):
        session.complain(f"{error.filename or 'input or output'}: {error.strerror}")
        return 3
    # A command without arguments has shown its help, and has nothing to say.
    if message := error.format_message():  # type: ignore[attr-defined]
        session.complain(message)
    return 2


def _is_of_database(error: Exception) -> bool:
    """Tell a failing database from a bug, without loading what nobody has loaded."""
    if "sqlalchemy" not in sys.modules:
        return False
    from sqlalchemy.exc import SQLAlchemyError

    return isinstance(error, SQLAlchemyError)


if __name__ == "__main__":
    main()
