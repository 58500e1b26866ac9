"""Options that several commands share, so that they look and mean the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Uris = Annotated[bool, typer.Option("--uris", help="Print one URI a line, for xargs.")]
Limit = Annotated[int, typer.Option(min=0, help="Rows to show in a table; 0 is all.")]
Region = Annotated[str, typer.Option(help="AWS region, e.g. eu-west-1.", show_default=False)]
Reference = Annotated[
    str, typer.Argument(help="An image: URI, digest, or repository:tag.", show_default=False)
]
