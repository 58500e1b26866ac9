"""Query results for people at a terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from catalog.facts import Contents, Kind

if TYPE_CHECKING:
    from catalog.query.find import Findings, Found
    from catalog.query.overview import Contradiction, Statistics
    from catalog.query.search import Met
    from catalog.query.show import Description, Holder, Listing
    from catalog.tags import TagReading

_PIPE_COLUMNS = 200
_GAP_COLUMNS = 2
"""Between the columns of a table."""
_BUILT_FOR = re.compile(r"cuda[0-9]+|cpu")
"""How the build of a conda package begins that was made for CUDA or without."""

_SHOWN_KINDS = (
    (Kind.PYTHON, "python"),
    (Kind.CUDA, "CUDA"),
    (Kind.OS, "OS"),
    (Kind.END_OF_PATCH, "end of patch"),
)


def console() -> Console:
    """Give a console on standard output; wide where no terminal sets the width."""
    is_set = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if is_set else _PIPE_COLUMNS, highlight=False)


def clean(text: str) -> Text:
    """Give text of unknown origin without what a terminal would act upon."""
    return Text(
        "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    )


def findings(out: Console, found: Findings, *, limit: int) -> None:
    """Show the answer to `dlcat find`."""
    if found.matches:
        _found_table(out, found.matches[:limit])
        _say_left_out(out, len(found.matches), limit)
    else:
        out.print("No image is known to match.")
    if found.unknown:
        out.print("\nNot known whether these match:", style="bold")
        _found_table(out, found.unknown[:limit])
        _say_left_out(out, len(found.unknown), limit)


def description(out: Console, shown: Description) -> None:
    """Show the answer to `dlcat show`."""
    image = shown.image
    _names(out, shown)
    table = _table("fact", "value", "evidence", "source", "as of", "stated in")
    components = (replace(said, kind=f"component {said.kind}") for said in shown.components)
    for said in (*shown.said, *components):
        cells = (said.kind, said.value, said.evidence.label, said.source, str(said.as_of), said.key)
        table.add_row(*map(clean, cells), style="" if said.answers else "dim")
    out.print(table)
    for title, words in (("entrypoint", shown.entrypoint), ("command", shown.command)):
        if words is not None:
            out.print(clean(f"{title}: {' '.join(words)}"))
    for title, settings in (("label", shown.labels), ("variable", shown.variables)):
        if settings:
            table = _table(title, "value")
            for name, value in settings.items():
                table.add_row(clean(name), clean(value))
            out.print(table)
    out.print(_how_much(image.contents, shown.package_count))


def _names(out: Console, shown: Description) -> None:
    image = shown.image
    out.print(clean(image.name), style="bold")
    for name in image.names[1:]:
        out.print(Text("  also ").append(clean(name)))
    if image.uri:
        doubt = "" if image.is_documented else "  (by other images of its repository)"
        out.print(Text("pull     ").append(clean(image.uri)).append(doubt, style="yellow"))
    if image.digest:
        out.print(Text("digest   ").append(clean(image.digest)))
    out.print(f"seen     {shown.first_seen} to {shown.last_seen}")
    if shown.accounts:
        out.print(f"regions  {len(shown.accounts)}: {', '.join(shown.accounts)}")


def contents(out: Console, environments: Iterable[Listing]) -> None:
    """Show the answer to `dlcat packages`."""
    for environment in environments:
        whole = "complete list" if environment.complete else "partial list: others may be there"
        where = environment.prefix or "default environment"
        python = f", Python {environment.python_version}" if environment.python_version else ""
        said = f"{environment.evidence.label}, {environment.source}"
        out.print(clean(f"{where}{python} ({whole}; {said})"), style="bold")
        table = _table("distribution", "version", "installer", "conda package", "build")
        for item in environment.distributions:
            cells = (item.name, item.version, item.installer, item.conda_name, item.build)
            table.add_row(*map(clean, cells))
        for item in environment.conda_only:
            table.add_row(*map(clean, ("-", item.version, "conda", item.conda_name, item.build)))
        out.print(table)


def holders(out: Console, found: Sequence[Holder], *, limit: int) -> None:
    """Show the answer to `dlcat which`."""
    table = _table("version", "image", "Python", "device", "CUDA", "build", "evidence")
    for holder in found[:limit]:
        image = holder.image
        facts = [image.value(kind) for kind in (Kind.PYTHON, Kind.DEVICE, Kind.CUDA)]
        cells = (holder.version, image.name, *facts, holder.build, holder.evidence.label)
        table.add_row(*map(clean, cells))
    out.print(table)
    _say_left_out(out, len(found), limit)


def statistics(out: Console, counted: Statistics) -> None:
    """Show the answer to `dlcat stats`."""
    table = _table("", "count", show_header=False)
    for title, number in (
        ("images", counted.images),
        ("names (repository:tag)", counted.names),
        ("repositories", counted.repositories),
        ("regions", counted.regions),
        ("registry accounts", counted.accounts),
        ("images with a complete package list", counted.packages_complete),
        ("images with some packages known", counted.packages_partial),
        ("images with no package known", counted.packages_unknown),
        ("distinct Python distributions", counted.distributions),
        ("package rows", counted.package_rows),
    ):
        table.add_row(title, f"{number:,}")
    out.print(table)
    table = _table("source", "statements", "as of", "revision", "origin", "licence")
    for source in counted.sources:
        cells = (str(source.as_of), source.revision[:12], source.origin, source.licence)
        table.add_row(clean(source.name), f"{source.statements:,}", *map(clean, cells))
    out.print(table)


def contradictions(out: Console, found: Iterable[Contradiction]) -> None:
    """Show the answer to `dlcat audit`."""
    table = _table("image", "on", "answers", "evidence", "against", "against evidence")
    for clash in found:
        one, two = clash.claims
        table.add_row(
            clean(clash.image),
            clean(clash.subject),
            clean(one.value),
            clean(f"{one.evidence.label}: {one.source}, {one.key}"),
            clean(two.value),
            clean(f"{two.evidence.label}: {two.source}, {two.key}"),
        )
    out.print(table)


def tag_reading(out: Console, reading: TagReading) -> None:
    """Show the answer to `dlcat tags explain`."""
    out.print(clean(f"{reading.repository}:{reading.tag}"), style="bold")
    table = _table("piece", "says", "value", "from")
    for token in reading.tokens:
        style = "red" if token.kind == "unknown" else ""
        cells = (token.text, token.kind, token.value, token.origin)
        table.add_row(*map(clean, cells), style=style)
    out.print(table)
    for item in reading.distributions:
        out.print(clean(f"so it holds {item.name} {item.version} (evidence: tag)"))
    if reading.unknown:
        out.print(clean(f"not understood: {', '.join(reading.unknown)}"))


def _found_table(out: Console, found: Sequence[Found]) -> None:
    """A row an image: each wish with what is there and by what evidence."""
    wishes = [met.wish for met in found[0].met]
    wished = " ".join(wishes).lower()
    others = [
        (kind, title)
        for kind, title in _SHOWN_KINDS
        if title.lower() not in wished and any(one.image.value(kind) for one in found)
    ]
    titles = [*wishes, *(title for _, title in others)]
    rows = []
    for one in found:
        # A URI of the region that was asked for, or what the image is called everywhere.
        name = clean(one.image.uri if _asks_region(one) else one.image.name)
        cells = [_met(met) for met in one.met]
        cells += [clean(one.image.value(kind)) for kind, _ in others]
        rows.append((name, cells))
    columns = zip(("image", *titles), *((name, *cells) for name, cells in rows), strict=True)
    widths = [max(len(cell) for cell in column) for column in columns]
    fits = sum(widths) + _GAP_COLUMNS * (len(widths) - 1) <= out.width
    if fits and not out.is_terminal:
        # Without colours a table is its words and gaps, and a pipe need not wait for more.
        for line in (("image", *titles), *((name.plain, *cells) for name, cells in rows)):
            words = (str(cell).ljust(width) for cell, width in zip(line, widths, strict=True))
            out.file.write((" " * _GAP_COLUMNS).join(words).rstrip() + "\n")
        return
    if fits:
        table = _table("image", *titles)
        for name, cells in rows:
            table.add_row(name, *cells)
        out.print(table)
        return
    # What does not fit side by side stands below each other, and nothing is cut off.
    for name, cells in rows:
        out.print(name, style="bold", soft_wrap=True)
        lines = _table("", "", show_header=False)
        for title, cell in zip(titles, cells, strict=True):
            if cell.plain:
                lines.add_row(Text(f"  {title}"), cell)
        out.print(lines)


def _asks_region(found: Found) -> bool:
    return any(met.wish == found.image.region for met in found.met if found.image.region)


def _met(met: Met) -> Text:
    if not met.value:
        return Text(met.reason or "-", style="yellow")
    text = clean(met.value)
    if built_for := _BUILT_FOR.match(met.build):
        text.append(f" {built_for[0]}")
    if met.evidence:
        text.append(f" {met.evidence.label}", style="dim")
    return text.append(f" ({met.reason})", style="yellow") if met.reason else text


def _how_much(known: Contents, count: int) -> Text:
    words = {
        Contents.UNKNOWN: "packages not known: not scanned",
        Contents.PARTIAL: f"{count} packages known, the list is not complete:"
        " `dlcat packages` lists them",
        Contents.COMPLETE: f"{count} packages, the list is complete: `dlcat packages` lists them",
    }
    return Text(words[known])


def _say_left_out(out: Console, count: int, limit: int) -> None:
    if count > limit:
        out.print(f"... and {count - limit} more (--limit 0 shows all)", style="dim")


def _table(*titles: str, show_header: bool = True) -> Table:
    table = Table(box=None, pad_edge=False, show_header=show_header, header_style="bold")
    for title in titles:
        table.add_column(clean(title), overflow="fold")
    return table
