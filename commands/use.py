"""Commands that make something of an image that was found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands import session
from commands.options import Reference, Region


def dockerfile(
    context: typer.Context,
    reference: Reference,
    requirements: Annotated[
        list[Path], typer.Option("-r", "--requirements", help="A requirements file.")
    ],
    region: Region = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write here, not to standard output.")
    ] = None,
) -> None:
    """Write a Dockerfile that puts requirements on top of an image.

    dlcat dockerfile pytorch-training:2.0.1-gpu-py310 -r requirements.txt --region eu-west-1
    """
    from catalog.query.extend import extension
    from catalog.query.vocabulary import known_region
    from catalog.writing import write_file
    from reports.dockerfiles import extend

    engine = session.open_catalog(context.obj)
    region = known_region(engine, region)
    text = extend(extension(engine, reference, requirements, region, session.home_region()))
    if output is None:
        session.print_text(text, end="")
    else:
        write_file(output, text.encode())
        session.note(f"wrote {output}")
