"""Commands that fill the catalog and look after its database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import DlcatError, UsageError
from commands import session

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from catalog.facts import Reading
    from catalog.sources.interface import LiveOptions, Source


def sync(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="sdk, docs, recipes, distribution, ecr, registry; none is the first four."
        ),
    ] = None,
    path: Annotated[
        Path | None, typer.Option("--from", help="Read a copy on this machine, not the network.")
    ] = None,
    bundled: Annotated[
        bool, typer.Option("--bundled", help="Read what comes with dlcat, not the network.")
    ] = False,
    url: Annotated[str, typer.Option(help="Instead of the source's usual address.")] = "",
    region: Annotated[list[str] | None, typer.Option(help="Of ECR; may be repeated.")] = None,
    account: Annotated[
        list[str] | None, typer.Option(help="Registry account of ECR; may be repeated.")
    ] = None,
    repository: Annotated[
        list[str] | None, typer.Option(help="A repository of ecr or registry; may be repeated.")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Allow plain HTTP to other machines.")
    ] = False,
) -> None:
    """Bring what sources say up to date; each source is one transaction.

    dlcat sync docs recipes

    dlcat sync registry --repository public.ecr.aws/deep-learning-containers/pytorch-training

    dlcat sync ecr --region us-west-2 --account 763104351884 --repository pytorch-training
    """
    from catalog.query.vocabulary import regional_repositories
    from catalog.sources.interface import LiveOptions
    from catalog.sources.registered import BUNDLED, chosen

    if bundled and path:
        raise UsageError("--bundled and --from are two places", "say one")
    named = chosen(sources or BUNDLED)
    if url and len(named) > 1:
        raise UsageError("--url is the address of one source", "name that source")
    engine = session.open_catalog(context.obj)
    repositories = tuple(repository or ())
    if account and not repositories:
        # The owner of a registry may list its repositories; of others, names must be known.
        repositories = regional_repositories(engine)
    options = LiveOptions(
        today=session.today(),
        url=url,
        regions=tuple(region or ()),
        accounts=tuple(account or ()),
        repositories=repositories,
        insecure=insecure,
    )
    # A source that is down is no reason not to ask the others.
    failures = [
        failure
        for source in named.values()
        if (failure := _sync_one(engine, source, options, path, bundled=bundled))
    ]
    if failures:
        raise typer.Exit(max(failure.exit_code for failure in failures))


def _sync_one(
    engine: Engine, source: Source, options: LiveOptions, path: Path | None, *, bundled: bool
) -> DlcatError | None:
    """Read one source and store what it says, or tell what is wrong and give the error."""
    from catalog import store
    from catalog.query.overview import statements_of

    try:
        with session.progress() as progress:
            if bundled:
                readings = _bundled(source.name)
            elif path:
                readings = source.from_path(path, options.today)
            else:
                readings = source.live(replace(options, progress=progress.say, warn=session.note))
            names = [reading.source for reading in readings]
            before = statements_of(engine, names)
            store.write(engine, readings, progress.counted(f"{source.name}: storing"))
    except DlcatError as error:
        prefix = "" if str(error).startswith(source.name) else f"{source.name}: "
        session.complain(f"{prefix}{error}")
        return error
    count = sum(len(reading.statements) for reading in readings)
    session.note(f"{source.name}: {count:,} statements")
    if count * 2 < before:
        session.note(
            f"{source.name}: it said {before:,} before; is the copy whole?"
            f" `dlcat sync {source.name} --bundled` brings back what comes with dlcat"
        )
    return None


def build_snapshot(
    data: Annotated[Path, typer.Option("--from", help="The folder of raw data.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Instead of the bundled snapshot.")
    ] = None,
) -> None:
    """Build the bundled snapshot from raw data; the same data gives the same bytes.

    dlcat snapshot build --from data
    """
    from catalog import snapshot
    from catalog.snapshot.build import build
    from catalog.writing import write_file

    target = output or Path(snapshot.__file__).parent / snapshot.FILE_NAME
    with session.progress() as progress:
        content = build(data, progress.say)
    write_file(target, content)
    session.note(f"wrote {target} ({len(content):,} bytes)")


def upgrade(context: typer.Context, revision: str = "head") -> None:
    """Bring the tables up to this version's.

    dlcat db upgrade
    """
    from catalog import database

    database.migrate(database.connect_only(context.obj), revision)


def downgrade(context: typer.Context, revision: str) -> None:
    """Take the tables back to an older revision; what they cannot hold is lost.

    dlcat db downgrade base
    """
    from catalog import database

    database.migrate(database.connect_only(context.obj), revision)


def _bundled(name: str) -> tuple[Reading, ...]:
    from catalog import snapshot

    readings = tuple(one for one in snapshot.bundled() if one.source == name)
    if not readings:
        raise UsageError(f"{name}: nothing of it comes with dlcat")
    return readings
