"""The image_uri_config tables of the SageMaker Python SDK, taken apart and checked.

One JSON file per framework, in the wheel `sagemaker` (version 2) under
`sagemaker/image_uri_config/`: https://github.com/aws/sagemaker-python-sdk, branch master-v2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from catalog.errors import SourceError
from catalog.regions import is_region
from catalog.sources.files import read_text

MAX_NAMES = 2_000
"""The most keys or values that one list or mapping of a table may have (the largest has 51)."""

NOT_A_FRAMEWORK = "instance_gpu_info"
"""The one file of the folder that is about machines: GPUs of an instance type in a region."""

BASE_PYTHON = "sagemaker-base-python"
"""The framework whose repositories end in a Python version that its file leaves out."""

BASE_PYTHON_VERSIONS = ("310", "38")
"""Those versions, from the docstring of the SDK's `image_uris.get_base_python_image_uri`."""

_ACCOUNT = re.compile(r"[0-9]{12}")
_PY_KEY = re.compile(r"py[0-9]+")
_REPOSITORY = re.compile(r"(?=.{2,256}$)[a-z0-9]+(?:[._/-]+[a-z0-9]+)*")
_WORD = re.compile(r"[A-Za-z0-9_.-]{0,128}")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry that names a repository: images that differ in processor and Python only.

    base_framework: `pytorch1.6.0` in the huggingface files, empty elsewhere.
    py_versions: empty where the tag has no such part. accounts: region -> account.
    tag_prefix: None where the version stands in its place; it may be empty.
    container_versions: processor -> the tag's ending. sdk_versions: `sdk2.20.0`.
    """

    repository: str
    accounts: Mapping[str, str]
    base_framework: str
    py_versions: tuple[str, ...]
    processors: tuple[str, ...]
    container_versions: Mapping[str, str]
    sdk_versions: tuple[str, ...]
    tag_prefix: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """What a table has for one version; base_aliases: `pytorch1.6` -> `pytorch1.6.0`."""

    leaves: tuple[Leaf, ...]
    base_aliases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """One file, or the part of it for one scope where images differ between scopes.

    framework: the file's name without `.json`. scopes: `training`, `inference`,
    `inference_graviton`, `eia`, `processing` ...; empty where the file names none.
    aliases: version as a caller may spell it -> key of versions.
    """

    framework: str
    scopes: tuple[str, ...]
    versions: Mapping[str, Version]
    aliases: Mapping[str, str]


def parse_tables(files: Iterable[tuple[str, bytes]]) -> tuple[Table, ...]:
    """Read (path, content) of the JSON files. Raises SourceError naming a wrong one."""
    tables: list[Table] = []
    for path, content in files:
        framework = path.rpartition("/")[2].removesuffix(".json")
        if framework != NOT_A_FRAMEWORK:
            tables += _Reader(path, framework).tables(content)
    return tuple(tables)


class _Reader:
    """Reads one file; every check that fails names the file and the place in it."""

    def __init__(self, path: str, framework: str) -> None:
        self.path = path
        self.framework = framework

    def wrong(self, where: str, what: str) -> SourceError:
        return SourceError(f"{self.path}: {where or 'top'} {what}")

    def tables(self, content: bytes) -> list[Table]:
        try:
            loaded: object = json.loads(read_text(content, self.path))
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{self.path}: not JSON ({error})") from error
        top = self.mapping(loaded, "")
        if "versions" in top:
            return [self.table(top, self.words(top, "scope", ""), "")]
        return [
            self.table(self.mapping(part, scope), (self.word(scope, "scope"),), scope)
            for scope, part in top.items()
        ]

    def table(self, part: Mapping[str, object], scopes: tuple[str, ...], where: str) -> Table:
        shared = self.words(part, "processors", where)
        versions = {
            self.word(name, where): self.version(entry, shared, f"{where} {name}".strip())
            for name, entry in self.mapping(part.get("versions"), f"{where} versions").items()
        }
        aliases = self.names(part, "version_aliases", where)
        for alias, name in aliases.items():
            if name not in versions:
                raise self.wrong(where, f"alias {alias} is of {name}, which is not there")
        return Table(self.framework, scopes, versions, aliases)

    def version(self, entry: object, shared: tuple[str, ...], where: str) -> Version:
        found = self.mapping(entry, where)
        if "repository" in found:
            return Version(tuple(self.plain(found, shared, where)), {})
        aliases = self.names(found, "version_aliases", where)
        leaves = []
        for key, inner in found.items():
            if key != "version_aliases":
                # `py2` and `py3` are Python versions here; `pytorch1.6.0` begins alike.
                python = key if _PY_KEY.fullmatch(key) else ""
                base = "" if python else self.word(key, where)
                part = dict(self.mapping(inner, f"{where} {key}"))
                if python:
                    part["py_versions"] = [python]
                leaves.append(self.leaf(part, shared, base, f"{where} {key}"))
        return Version(tuple(leaves), aliases)

    def plain(
        self, part: Mapping[str, object], shared: tuple[str, ...], where: str
    ) -> Iterator[Leaf]:
        leaf = self.leaf(part, shared, "", where)
        if self.framework != BASE_PYTHON:
            yield leaf
            return
        for python in BASE_PYTHON_VERSIONS:
            name = f"{leaf.repository}-{python}"
            yield replace(leaf, repository=name, py_versions=(python,))

    def leaf(
        self, part: Mapping[str, object], shared: tuple[str, ...], base: str, where: str
    ) -> Leaf:
        repository, prefix = part.get("repository"), part.get("tag_prefix")
        if not isinstance(repository, str) or not _REPOSITORY.fullmatch(repository):
            raise self.wrong(where, f"repository is {_short(repository)}")
        if prefix is not None:
            prefix = self.word(prefix, f"{where} tag_prefix")
        accounts = self.names(part, "registries", where)
        for region, account in accounts.items():
            if not is_region(region) or not _ACCOUNT.fullmatch(account):
                raise self.wrong(where, f"registries has {_short(account)} for {_short(region)}")
        return Leaf(
            repository=repository,
            accounts=accounts,
            base_framework=base,
            py_versions=self.words(part, "py_versions", where),
            processors=shared or self.words(part, "processors", where),
            container_versions=self.names(part, "container_version", where),
            sdk_versions=self.words(part, "sdk_versions", where),
            tag_prefix=prefix,
        )

    def mapping(self, value: object, where: str) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self.wrong(where, f"is not a mapping but {_short(value)}")
        if len(value) > MAX_NAMES:
            raise self.wrong(where, f"has more than {MAX_NAMES} entries")
        return value

    def names(self, part: Mapping[str, object], key: str, where: str) -> Mapping[str, str]:
        found = self.mapping(part.get(key, {}), f"{where} {key}")
        return {self.word(name, key): self.word(value, key) for name, value in found.items()}

    def words(self, part: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
        found = part.get(key, [])
        if not isinstance(found, list) or len(found) > MAX_NAMES:
            raise self.wrong(where, f"{key} is {_short(found)}")
        return tuple(self.word(value, f"{where} {key}") for value in found)

    def word(self, value: object, where: str) -> str:
        if not isinstance(value, str) or not _WORD.fullmatch(value):
            raise self.wrong(where, f"has {_short(value)}")
        return value


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
