"""The `sdk` source: every image that the SageMaker Python SDK's tables name, and where it is.

Files: `sagemaker/image_uri_config/*.json` of the wheel `sagemaker`, version 2 (Apache-2.0),
https://pypi.org/project/sagemaker/. Being in a table is not support: the SDK keeps images
past their end of life.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path, PurePosixPath

from catalog.errors import SourceError, UsageError
from catalog.facts import REGIONAL, Evidence, Fact, Reading, Repository, Statement
from catalog.references import is_tag
from catalog.sources.files import read_files
from catalog.sources.index import downloaded_wheel, without_credentials
from catalog.sources.interface import LiveOptions
from catalog.sources.sdk_choices import choices
from catalog.sources.sdk_compose import Choice, tag_of
from catalog.sources.sdk_facts import facts_of
from catalog.sources.sdk_tables import Table, parse_tables

REQUIREMENT = "sagemaker<3"
"""What to ask the package index for: version 3's own wheel has no tables."""

MAX_STATEMENTS = 100_000
"""The most images that one set of tables may name (2.257.7 names 1,549)."""

_FOLDER = "image_uri_config"
_METADATA = re.compile(r"(?:^|/)sagemaker-(?P<version>[^/]+)\.dist-info/METADATA$")
_WHEEL = re.compile(r"sagemaker-(?P<version>[^-]+)-.*\.whl")


class SdkSource:
    """Reads the tables from a folder, a wheel or another archive, or the package index."""

    name = "sdk"

    def from_path(self, path: Path, as_of: date) -> tuple[Reading, ...]:
        """Read a wheel, an archive or a folder that has `image_uri_config/*.json` anywhere."""
        return (self._read(path, str(path), as_of),)

    def live(self, options: LiveOptions) -> tuple[Reading, ...]:
        """Read the newest version 2 wheel of the user's package index, or of options.url."""
        options.progress(f"{REQUIREMENT} from the package index")
        with downloaded_wheel(REQUIREMENT, options.url, insecure=options.insecure) as wheel:
            index = without_credentials(options.url) or "the package index"
            return (self._read(wheel, f"{wheel.name} from {index}", options.today),)

    def _read(self, path: Path, origin: str, as_of: date) -> Reading:
        files, revision = _files(path)
        return Reading(
            source=self.name,
            origin=origin,
            revision=revision,
            as_of=as_of,
            licence="Apache-2.0",
            statements=statements(parse_tables(files)),
        )


def statements(tables: Sequence[Table]) -> tuple[Statement, ...]:
    """Give one statement per repository and tag that the tables name, in that order."""
    found: dict[tuple[str, str], list[Choice]] = {}
    for choice, tag in _tagged(tables):
        found.setdefault((choice.leaf.repository, tag), []).append(choice)
        if len(found) > MAX_STATEMENTS:
            raise SourceError(f"{choice.table.framework}.json: more than {MAX_STATEMENTS} images")
    return tuple(_statement(*name, found[name]) for name in sorted(found))


def _tagged(tables: Sequence[Table]) -> Iterator[tuple[Choice, str]]:
    for table in tables:
        for choice in choices(table):
            try:
                tag = tag_of(choice)
            except UsageError:
                continue  # where the SDK itself fails, there is no image to name
            if tag and not is_tag(tag):
                raise SourceError(f"{table.framework}.json: {tag[:60]!r} is not a tag")
            yield choice, tag


def _statement(repository: str, tag: str, ways: Sequence[Choice]) -> Statement:
    """Merge all ways to one name; where two disagree on an account, the first is kept."""
    accounts: dict[str, str] = {}
    for choice in ways:
        accounts = {**choice.leaf.accounts, **accounts}
    facts = {fact: None for choice in ways for fact in facts_of(choice)}
    return Statement(
        repository=Repository(REGIONAL, repository),
        tags=(tag,),
        evidence=Evidence.DOCUMENTED,
        key="; ".join(dict.fromkeys(_key(choice) for choice in ways)),
        facts=tuple(sorted(facts, key=_order)),
        accounts=dict(sorted(accounts.items())),
        accounts_complete=True,
    )


def _order(fact: Fact) -> tuple[str, str]:
    return fact.kind, fact.value


def _key(choice: Choice) -> str:
    words = (
        f"{choice.table.framework}.json",
        "+".join(choice.table.scopes),
        choice.asked,
        choice.asked_base,
        choice.py_version,
        choice.inference_tool or choice.processor,
        "p4d" if choice.on_p4d else "",
    )
    return " ".join(word for word in words if word)


def _files(path: Path) -> tuple[list[tuple[str, bytes]], str]:
    """Give the JSON files of the one folder of tables in `path`, and the SDK's version."""
    match = _WHEEL.fullmatch(path.name)
    version = match["version"] if match else ""
    folders: dict[str, list[tuple[str, bytes]]] = {}
    for name, content in read_files(path, _wanted):
        metadata = _METADATA.search(name)
        if metadata:
            version = version or metadata["version"]
        else:
            folders.setdefault(name.rpartition("/")[0], []).append((name, content))
    named = [folder for folder in folders if PurePosixPath(folder).name == _FOLDER]
    if len(named) > 1:
        raise SourceError(f"{path}: has {named[0]} and {named[1]}", "name one of the two")
    found = folders.get(named[0] if named else "", [])
    if not found:
        raise SourceError(
            f"{path}: has no {_FOLDER}/*.json",
            "the wheel of sagemaker 2 has them, that of version 3 does not",
        )
    return found, version


def _wanted(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    is_table = file.endswith(".json") and folder.rpartition("/")[2] in {_FOLDER, ""}
    return is_table or _METADATA.search(name) is not None
