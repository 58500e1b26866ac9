"""Source `docs`: the records from which AWS makes its list of available images.

aws/deep-learning-containers, docs/src/data/<folder>/*.yml and docs/src/global.yml; also names
(without facts) from the history of its page available_images.md, one `repository:tag` a line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from packaging.version import InvalidVersion, Version

from catalog.errors import SourceError
from catalog.facts import REGIONAL, Evidence, Fact, Kind, Reading, Repository, Statement
from catalog.references import is_tag
from catalog.sources import github
from catalog.sources.documents import as_list, as_mapping, as_text, load_yaml, text_at
from catalog.sources.files import read_files, read_text
from catalog.sources.interface import LiveOptions
from catalog.sources.spellings import cuda_of, framework_of, python_of, refined

HISTORY = "dlc_tags_seen.txt"

# Where records stand: in a checkout or archive, in a folder that holds a copy, in the copy.
_LAYOUTS = tuple(
    re.compile(f"^{top}(?:data/)?(?P<folder>[^/]+)/[^/]+\\.yml$|^{top}global\\.yml$")
    for top in (r"(?:[^/]+/)?docs/src/", "dlc_docs/", "")
)
_NOT_RECORDS = {"template", "tables"}
_ACCOUNT = re.compile(r"[0-9]{12}")
_COPIED_FACTS = (
    ("accelerator", Kind.DEVICE),
    ("os", Kind.OS),
    ("sdk", Kind.NEURON_SDK),
    ("transformers", Kind.TRANSFORMERS),
    ("public_registry", Kind.PUBLIC_REGISTRY),
)


@dataclass(frozen=True)
class _Record:
    """One image as one file documents it."""

    key: str
    repository: Repository
    tags: tuple[str, ...]
    facts: tuple[Fact, ...]
    accounts: Mapping[str, str]


class DocsSource:
    """The documentation's data; see the module."""

    name = "docs"

    def from_path(self, path: Path, as_of: date) -> tuple[Reading, ...]:
        """Read a checkout or archive, a folder of records, or one that holds `dlc_docs`."""
        return (_read(path, str(path), as_of),)

    def live(self, options: LiveOptions) -> tuple[Reading, ...]:
        """Read the main branch's archive from GitHub; options.url is another archive's."""
        url = options.url or f"{github.ARCHIVES}/refs/heads/main.tar.gz"
        with github.branch_archive(url, options) as path:
            return (_read(path, url, options.today),)


def _read(path: Path, origin: str, as_of: date) -> Reading:
    files = dict(read_files(path, _wanted))
    history = files.pop(HISTORY, b"")
    for layout in _LAYOUTS:
        records = {name: found for name in files if (found := layout.match(name))}
        if any(found["folder"] for found in records.values()):
            break
    else:
        raise SourceError(f"{origin}: no records of images (docs/src/data/*/*.yml) in it")
    statements = _statements(_records(files, records))
    named = {(s.repository.name, tag) for s in statements for tag in s.tags}
    statements += _from_history(read_text(history, HISTORY), named)
    return Reading(
        DocsSource.name, origin, github.commit_of(path), as_of, github.LICENCE, tuple(statements)
    )


def _wanted(name: str) -> bool:
    return name == HISTORY or any(layout.match(name) for layout in _LAYOUTS)


def _records(files: Mapping[str, bytes], names: Mapping[str, re.Match[str]]) -> list[_Record]:
    defaults: dict[str, object] = {}
    for name, found in names.items():
        if not found["folder"]:
            defaults = as_mapping(load_yaml(files[name], name), name)
    records = []
    for name, found in names.items():
        if found["folder"] and found["folder"] not in _NOT_RECORDS:
            document = as_mapping(load_yaml(files[name], name), name)
            records.append(_record(document, found["folder"], defaults, name))
    return records


def _record(
    document: dict[str, object], folder: str, defaults: dict[str, object], where: str
) -> _Record:
    tags = tuple(as_text(tag, f"{where}: tags") for tag in as_list(document.get("tags"), where))
    wrong = [tag for tag in tags if not is_tag(tag)]
    if wrong or not tags:
        raise SourceError(f"{where}: {wrong[0]!r} is not a tag" if wrong else f"{where}: no tags")
    return _Record(
        f"{folder}/{where.rpartition('/')[2]}",
        Repository(REGIONAL, text_at(document, "ecr_repository", where) or folder),
        tags,
        tuple(_facts(document, folder, where)),
        _accounts(document, defaults, where),
    )


def _facts(document: dict[str, object], folder: str, where: str) -> Iterable[Fact]:
    """Give what a record states. `default` as its platform says nothing."""
    stated = {key: text_at(document, key, where) for key in document if key != "tags"}
    yield Fact(Kind.FRAMEWORK, framework_of(folder))
    yield from _versions(stated, framework_of(folder))
    if stated.get("platform") in {"sagemaker", "ec2"}:
        yield Fact(Kind.PLATFORM, stated["platform"])
    for key, kind in _COPIED_FACTS:
        if stated.get(key):
            yield Fact(kind, stated[key])
    for key, kind in (("ga", Kind.GENERAL_AVAILABILITY), ("eop", Kind.END_OF_PATCH)):
        if stated.get(key):
            yield Fact(kind, _day(stated[key], f"{where}: {key}"))
    for job in ("training", "inference"):
        if re.search(rf"-{job}\b", folder):
            yield Fact(Kind.JOB, job)


def _versions(stated: Mapping[str, str], framework: str) -> Iterable[Fact]:
    version, cuda = stated.get("version", ""), cuda_of(stated.get("cuda", ""))
    if framework == "base":  # an image of no framework: its version is that of its CUDA
        cuda = refined(cuda, version)
    elif version:
        kind = Kind.FRAMEWORK_VERSION if _is_release(version) else Kind.CONTAINER_VERSION
        yield Fact(kind, version)
    if python := python_of(stated.get("python", "")):
        yield Fact(Kind.PYTHON, python)
    if cuda:
        yield Fact(Kind.CUDA, cuda)


def _is_release(version: str) -> bool:
    """Tell whether it is the framework's release; `3.0-5` is a container's revision 5."""
    try:
        Version(version)
    except InvalidVersion:
        return False
    return "-" not in version


def _day(text: str, where: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise SourceError(f"{where}: {text!r} is not a date") from error


def _accounts(
    document: dict[str, object], defaults: dict[str, object], where: str
) -> Mapping[str, str]:
    """Give the region and account of the record's example; `<account-id>` is none."""
    example = {**defaults, **document}
    account = text_at(example, "example_ecr_account", where)
    region = text_at(example, "example_region", where)
    is_stated = _ACCOUNT.fullmatch(account) and region and "<" not in region
    return {region: account} if is_stated else {}


def _statements(records: list[_Record]) -> list[Statement]:
    """Give one statement a record, and one of its own for each tag that moves.

    A short tag such as sglang:0.5-gpu-py312 stands in the record of every release that it
    named in turn; only what all of them say is true of it.
    """
    counts = Counter((r.repository, tag) for r in records for tag in dict.fromkeys(r.tags))
    moving: dict[tuple[Repository, str], list[_Record]] = {}
    statements = []
    for record in records:
        own = []
        for tag in dict.fromkeys(record.tags):
            if counts[record.repository, tag] > 1:
                moving.setdefault((record.repository, tag), []).append(record)
            else:
                own.append(tag)
        if own:
            statements.append(_statement(record, tuple(own), record.facts, record.key))
    for (_, tag), holders in moving.items():
        first, *rest = holders
        facts = tuple(f for f in first.facts if all(f in other.facts for other in rest))
        key = f"{first.key.partition('/')[0]}, moving tag, in {len(holders)} records"
        statements.append(_statement(first, (tag,), facts, key))
    return statements


def _statement(
    record: _Record, tags: tuple[str, ...], facts: tuple[Fact, ...], key: str
) -> Statement:
    return Statement(
        record.repository, tags, Evidence.DOCUMENTED, key, facts, accounts=record.accounts
    )


def _from_history(text: str, named: set[tuple[str, str]]) -> list[Statement]:
    """Give the names that the page once had; it cut some off after a dot (`22.`)."""
    statements = []
    for line in sorted(set(text.split())):
        repository, _, tag = line.partition(":")
        if not repository or not is_tag(tag):
            raise SourceError(f"{HISTORY}: {line!r} is not repository:tag")
        if not tag.endswith(".") and (repository, tag) not in named:
            statements.append(
                Statement(
                    Repository(REGIONAL, repository),
                    (tag,),
                    Evidence.DOCUMENTED,
                    "available_images.md history",
                )
            )
    return statements
