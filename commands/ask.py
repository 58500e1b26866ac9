"""Commands that ask the catalog."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import UsageError
from catalog.facts import Kind
from commands import session
from commands.options import Csv, Json, Limit, Reference, Region, Uris

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from catalog.query.criteria import Criteria
    from catalog.query.find import Findings
    from catalog.query.images import Image

_SHOWN_LETTERS = 60


def find(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(help="What is wanted, e.g. 'py310 xgboost==1.7.6 gpu'."),
    ] = None,
    python: Annotated[str, typer.Option(help="e.g. 3.10 or '>=3.9'")] = "",
    package: Annotated[
        list[str] | None, typer.Option("-p", "--package", help="e.g. 'xgboost==1.7.6'")
    ] = None,
    requirements: Annotated[
        list[Path] | None, typer.Option("-r", "--requirements", help="A requirements file.")
    ] = None,
    device: Annotated[str, typer.Option(help="gpu, cpu, neuron ...")] = "",
    cuda: Annotated[str, typer.Option(help="e.g. 11.8 or '>=12.1'")] = "",
    framework: Annotated[
        str, typer.Option(help="A container family, e.g. pytorch or 'pytorch>=2.1'")
    ] = "",
    os_name: Annotated[str, typer.Option("--os", help="e.g. 'ubuntu>=20.04', amzn2023")] = "",
    arch: Annotated[str, typer.Option(help="x86_64 or arm64")] = "",
    platform: Annotated[str, typer.Option(help="sagemaker or ec2")] = "",
    job: Annotated[str, typer.Option(help="training or inference")] = "",
    region: Region = "",
    supported: Annotated[
        bool, typer.Option("--supported", help="Only images whose end of patch is not past.")
    ] = False,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Also list images of which it is not known.")
    ] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day for --supported.", show_default="today"),
    ] = None,
    limit: Limit = 100,
    json: Json = False,
    csv: Csv = False,
    uris: Uris = False,
) -> None:
    """Find images by what they have.

    Words and options mean the same:

    dlcat find "which image supports py310 + xgboost 1.7.6 on GPU"

    dlcat find --python 3.10 --package xgboost==1.7.6 --device gpu
    """
    _check_form(json=json, csv=csv, uris=uris)
    from catalog.query import find as query
    from catalog.query.criteria import Criteria
    from catalog.query.options import criteria_of
    from catalog.query.sentence import parse_words
    from catalog.query.vocabulary import vocabulary

    engine = session.open_catalog(context.obj)
    facts = {
        Kind.PYTHON: python,
        Kind.CUDA: cuda,
        Kind.DEVICE: device,
        Kind.OS: os_name,
        Kind.ARCH: arch,
        Kind.PLATFORM: platform,
        Kind.JOB: job,
    }
    known = vocabulary(engine)
    criteria = criteria_of(
        facts,
        framework=framework,
        region=region,
        packages=package or [],
        supported=supported,
        vocabulary=known,
    )
    criteria = criteria.merged(parse_words(words or [], vocabulary=known))
    criteria = criteria.merged(_of_files(requirements or []))
    if criteria == Criteria():
        raise UsageError("nothing to look for", "such as: dlcat find py310 gpu xgboost==1.7.6")
    for wish in criteria.packages:
        if wish.name not in known.packages:
            session.note(_nobody_has(wish.name, known.packages))
    found = query.find(
        engine,
        criteria,
        as_of.date() if as_of else session.today(),
        uri_region=session.home_region(),
        with_unknown=unknown,
    )
    if uris:
        has_answer = _print_uris([one.image for one in found.matches])
    else:
        _show_findings(found, " ".join(words or []), limit, json=json, csv=csv)
        has_answer = bool(found.matches)
    if found.unknown_count and not unknown:
        session.note(
            f"{found.unknown_count} more images are neither a match nor a mismatch: not all of "
            "this is known of them. --unknown lists them and says what."
        )
    if not found.matches:
        for family in query.families(criteria, known.frameworks):
            session.note(f"framework={family} asks for the containers of that name instead")
    raise typer.Exit(0 if has_answer else 1)


def _of_files(paths: Sequence[Path]) -> Criteria:
    """Read what requirements files want, and tell what of them cannot be looked up."""
    from catalog.query.criteria import Criteria

    criteria = Criteria()
    if paths:
        from catalog.query.requirements_file import read_requirements
    for path in paths:
        file = read_requirements(path)
        criteria = criteria.merged(Criteria.of(packages=file.packages))
        for caution in file.cautions:
            session.note(caution)
    return criteria


def _show_findings(found: Findings, question: str, limit: int, *, json: bool, csv: bool) -> None:
    if json or csv:
        from reports import machine

        if csv:
            session.print_text(machine.findings_csv(found), end="")
        else:
            session.print_text(machine.as_json(machine.findings(found, question)))
    else:
        from reports import terminal

        terminal.findings(terminal.console(), found, limit=limit or sys.maxsize)


def _print_uris(found: Sequence[Image]) -> bool:
    """Print the names to pull images by; tells whether there is one."""
    names = [image.uri for image in found if image.uri]
    session.print_lines(names)
    if len(names) < len(found):
        session.note(f"of {len(found) - len(names)} more images no registry is known")
    return bool(names)


def _nobody_has(package: str, known: Collection[str]) -> str:
    from catalog.query.wishes import nearest

    words = f"no image is known to have {package[:_SHOWN_LETTERS]}"
    hint = nearest(package, known)
    return f"{words}: {hint}" if hint else words


def _check_form(**chosen: bool) -> None:
    """Raise UsageError if more than one form of output is asked for."""
    names = [f"--{name}" for name, is_chosen in chosen.items() if is_chosen]
    if len(names) > 1:
        raise UsageError(f"{' and '.join(names)} are different forms of output", "say one")


def show(
    context: typer.Context, reference: Reference, region: Region = "", json: Json = False
) -> None:
    """Tell all that is known of one image, and who says so.

    dlcat show pytorch-training:2.0.1-gpu-py310
    """
    from catalog.query import show as query
    from catalog.query.vocabulary import known_region

    engine = session.open_catalog(context.obj)
    shown = query.describe(
        engine, reference, known_region(engine, region), preferred=session.home_region()
    )
    if json:
        from reports import machine

        session.print_text(machine.as_json(shown))
    else:
        from reports import terminal

        terminal.description(terminal.console(), shown)


def packages(
    context: typer.Context, reference: Reference, json: Json = False, csv: Csv = False
) -> None:
    """List what is installed in an image.

    dlcat packages public.ecr.aws/sagemaker/sagemaker-distribution:1.9.2-gpu
    """
    from catalog.query import show as query

    _check_form(json=json, csv=csv)
    image, environments = query.contents_of(session.open_catalog(context.obj), reference)
    if not environments:
        session.fail(UsageError(f"{image.name}: not scanned", "what is in it is not known"), code=1)
    from reports import machine

    if json:
        session.print_text(machine.as_json({"image": image, "environments": environments}))
    elif csv:
        session.print_text(machine.packages_csv(environments), end="")
    else:
        from reports import terminal

        terminal.contents(terminal.console(), environments)


def which(
    context: typer.Context,
    package: Annotated[str, typer.Argument(help="e.g. xgboost or 'torch>=2.1'")],
    region: Region = "",
    limit: Limit = 100,
    json: Json = False,
    csv: Csv = False,
    uris: Uris = False,
) -> None:
    """List every image that is known to have a package, by version.

    dlcat which 'xgboost>=1.7,<2'
    """
    from catalog.query import show as query
    from catalog.query.vocabulary import known_region, vocabulary
    from catalog.query.wishes import package_wanted
    from reports import machine, terminal

    _check_form(json=json, csv=csv, uris=uris)
    wish = package_wanted(package)
    engine = session.open_catalog(context.obj)
    found = query.holders(
        engine,
        wish,
        known_region(engine, region),
        preferred=session.home_region(),
    )
    if uris:
        has_answer = _print_uris([holder.image for holder in found])
        raise typer.Exit(0 if has_answer else 1)
    if json:
        session.print_text(machine.as_json(found))
    elif csv:
        session.print_text(machine.holders_csv(found), end="")
    elif found:
        terminal.holders(terminal.console(), found, limit=limit or sys.maxsize)
    else:
        session.note(_nobody_has(wish.text, set(vocabulary(engine).packages) - {wish.name}))
    raise typer.Exit(0 if found else 1)


def stats(context: typer.Context, json: Json = False) -> None:
    """Count what the catalog knows, and name its sources.

    dlcat stats --json
    """
    from catalog.query.overview import statistics
    from reports import machine, terminal

    counted = statistics(session.open_catalog(context.obj))
    if json:
        session.print_text(machine.as_json(counted))
    else:
        terminal.statistics(terminal.console(), counted)


def audit(context: typer.Context, json: Json = False, csv: Csv = False) -> None:
    """List where two sources contradict each other; exit code 1 if they do.

    dlcat audit --csv
    """
    _check_form(json=json, csv=csv)
    from catalog.query.overview import contradictions
    from reports import machine, terminal

    found = contradictions(session.open_catalog(context.obj))
    if json:
        session.print_text(machine.as_json(found))
    elif csv:
        session.print_text(machine.contradictions_csv(found), end="")
    else:
        terminal.contradictions(terminal.console(), found)
        session.note(f"{len(found)} contradictions")
    raise typer.Exit(1 if found else 0)


def explain(
    tag: Annotated[str, typer.Argument(help="repository:tag, or a whole URI.")],
    json: Json = False,
) -> None:
    """Tell what each piece of a tag says, and what it does not.

    dlcat tags explain pytorch-training:2.9.0-gpu-py312-cu130-ubuntu22.04-ec2
    """
    from catalog.references import parse_reference
    from catalog.tags import parse
    from reports import machine, terminal

    reference = parse_reference(tag)
    if not reference.tag:
        raise UsageError(
            f"{tag}: a repository's name is needed too", f"such as pytorch-training:{tag}"
        )
    reading = parse(reference.path, reference.tag)
    if json:
        session.print_text(machine.as_json(reading))
    else:
        terminal.tag_reading(terminal.console(), reading)
