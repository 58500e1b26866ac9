"""requirements.txt to the packages that it wants, in pip's format.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
Variables `${NAME}` are not expanded: a file means the same whoever asks.
"""

from __future__ import annotations

import codecs
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from optparse import OptionParser, Values
from pathlib import Path
from typing import NoReturn

from packaging.requirements import InvalidRequirement, Requirement

from catalog.errors import UsageError
from catalog.query import releases
from catalog.query.criteria import PackageWanted
from catalog.query.releases import shown

MAX_BYTES = 1_000_000
MAX_LINES = 10_000
MAX_DEPTH = 20
_MAX_REQUIREMENT = 10_000

_Identity = tuple[int, int]
"""Device and number of a file: the same by whatever path."""

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$")
_ENCODINGS = (
    # UTF-32 first: its mark begins with that of UTF-16.
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar|t[gbxl]z|tar\.(?:gz|bz2|xz|lz|lzma))$", re.IGNORECASE)
_FLAGS = ("--no-index", "--prefer-binary", "--require-hashes", "--no-require-hashes", "--pre")
_VALUED = (
    *("-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links"),
    *("--no-binary", "--only-binary", "--all-releases", "--only-final", "--trusted-host"),
    *("--use-feature", "--global-option", "-C", "--config-settings", "--config-setting"),
)


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """One requirement as it stands in a file.

    text: verbatim without comment and continuation, with its options. place: `file:line`.
    requirement: taken apart, None for a bare URL, a path or an editable. package: the
    distribution that is wanted, None where the build and not the version is what counts.
    constraint: it limits a version and asks for nothing. hashes: `sha256:...`, any of which
    will do. unresolvable: why no list of packages can tell that it is satisfied, empty if
    one can. text may hold credentials, in a URL.
    """

    text: str
    place: str
    requirement: Requirement | None
    package: PackageWanted | None
    constraint: bool = False
    hashes: tuple[str, ...] = ()
    unresolvable: str = ""

    def applies(self, environment: Mapping[str, str]) -> bool | None:
        """Evaluate the marker; None if it asks for what the environment does not tell."""
        marker = self.requirement.marker if self.requirement else None
        if marker is None:
            return True
        given = {"extra": "", **environment}
        bare = re.sub(r"\"[^\"]*\"|'[^']*'", "", str(marker))
        names = set(re.findall(r"[a-z_]+", bare)) - {"and", "or", "in", "not"}
        if not names <= given.keys():
            return None
        try:
            return marker.evaluate(given)
        except ValueError as error:
            raise UsageError(f"{self.place}: {shown(str(marker))} cannot be evaluated") from error


@dataclass(frozen=True, slots=True)
class RequirementsFile:
    """A requirements file with all that it includes.

    options: lines of options for pip, verbatim; they may hold credentials, in a URL.
    """

    path: Path
    lines: tuple[RequirementLine, ...]
    options: tuple[str, ...]

    @property
    def packages(self) -> tuple[PackageWanted, ...]:
        """What is wanted whatever the environment: all lines that have no marker."""
        return _packages(line for line in self.lines if not _marked(line))

    @property
    def cautions(self) -> tuple[str, ...]:
        """What `packages` does not say of the file, one sentence for each such line."""
        marked = [
            f"{line.place}: {_name(line)} is wanted in some environments only"
            for line in self.lines
            if _marked(line)
        ]
        unresolved = [
            f"{line.place}: {_name(line)} cannot be looked up: {line.unresolvable}"
            for line in self.lines
            if line.unresolvable
        ]
        return tuple(marked + unresolved)

    def applying(self, environment: Mapping[str, str]) -> tuple[PackageWanted, ...]:
        """Give what is wanted in an environment of marker variables, as PEP 508 names them.

        Lines for which the environment does not tell enough are left out; `undecided` has
        them. Raises UsageError for a marker that cannot be evaluated.
        """
        return _packages(line for line in self.lines if line.applies(environment))

    def undecided(self, environment: Mapping[str, str]) -> tuple[RequirementLine, ...]:
        """Give the lines whose marker asks for what the environment does not tell."""
        return tuple(line for line in self.lines if line.applies(environment) is None)


def read_requirements(path: Path) -> RequirementsFile:
    """Read a requirements file and those that it includes.

    Raises UsageError naming file and line: it cannot be read, is too large, includes
    itself, or has a line that pip would not take either.
    """
    reader = _Reader()
    reader.read(path, constraint=False, within=())
    return RequirementsFile(path, tuple(reader.lines), tuple(reader.options))


class _Reader:
    """Reads files into lines and options, and counts what it has read."""

    def __init__(self) -> None:
        self.lines: list[RequirementLine] = []
        self.options: list[str] = []
        self.bytes = 0
        self.count = 0

    def read(self, path: Path, *, constraint: bool, within: tuple[_Identity, ...]) -> None:
        identity, content = self._opened(path)
        if identity in within:
            raise UsageError(f"{path}: the file includes itself")
        if len(within) >= MAX_DEPTH:
            raise UsageError(f"{path}: files include each other more than {MAX_DEPTH} deep")
        for number, line in _logical_lines(content):
            self.count += 1
            if self.count > MAX_LINES:
                raise UsageError(f"{path}: more than {MAX_LINES} lines")
            place = f"{path}:{number}"
            arguments, options = _taken_apart(line, place)
            nested = [*(options.requirements or ()), *(options.constraints or ())]
            if nested and (len(nested) > 1 or arguments or options.editables):
                hint = "each -r and -c needs a line of its own"
                raise UsageError(f"{place}: {_safe(line)} is not understood", hint)
            if arguments or options.editables:
                self.lines.append(_requirement(line, arguments, options, place, constraint))
            elif nested and re.match(r"(?:https?|file):", nested[0], re.IGNORECASE):
                hint = "fetch it and name the copy"
                raise UsageError(f"{place}: a file at a URL is not read", hint)
            elif nested:
                limits = bool(options.constraints)
                self.read(path.parent / nested[0], constraint=limits, within=(*within, identity))
            else:
                self.options.append(line)

    def _opened(self, path: Path) -> tuple[_Identity, str]:
        try:
            with path.open("rb") as stream:
                status = os.fstat(stream.fileno())
                content = stream.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"{path}: cannot be read ({reason})") from error
        self.bytes += len(content)
        if self.bytes > MAX_BYTES:
            raise UsageError(f"{path}: more than {MAX_BYTES} bytes of requirements")
        marked = (one for one in _ENCODINGS if content.startswith(one[0]))
        mark, encoding = next(marked, (b"", "utf-8"))
        try:
            text = content[len(mark) :].decode(encoding)
        except UnicodeDecodeError as error:
            raise UsageError(f"{path}: not {encoding} text ({error.reason})") from error
        return (status.st_dev, status.st_ino), text


class _Options(OptionParser):
    """pip's options of a requirements file, under pip's names."""

    def __init__(self) -> None:
        super().__init__(add_help_option=False)
        self.add_option("-r", "--requirement", dest="requirements", action="append")
        self.add_option("-c", "--constraint", dest="constraints", action="append")
        self.add_option("-e", "--editable", dest="editables", action="append")
        self.add_option("--hash", dest="hashes", action="append")
        for flag in _FLAGS:
            self.add_option(flag, action="store_true")
        for name in _VALUED:
            self.add_option(name, action="append")

    def error(self, msg: str) -> NoReturn:
        raise UsageError(msg)


@cache
def _options() -> _Options:
    return _Options()


def _logical_lines(content: str) -> Iterator[tuple[int, str]]:
    """Join continued lines and leave out comments, by pip's rules; number from 1."""
    held: list[str] = []
    first = 0
    for number, line in enumerate(content.splitlines(), start=1):
        comment = line.lstrip().startswith("#")
        first = first if held else number
        if line.endswith("\\") and not comment:
            held.append(line.strip("\\"))
            continue
        # A space before a comment keeps it one after it is joined.
        yield from _without_comment(first, "".join([*held, " " if comment else "", line]))
        held = []
    if held:
        yield from _without_comment(first, "".join(held))


def _without_comment(number: int, line: str) -> Iterator[tuple[int, str]]:
    if text := _COMMENT.sub("", line).strip():
        yield number, text


def _taken_apart(line: str, place: str) -> tuple[str, Values]:
    """Split a line where its options begin, at the first word that starts with `-`."""
    words = line.split(" ")
    first = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    try:
        options, rest = _options().parse_args(shlex.split(" ".join(words[first:])))
    except (UsageError, ValueError) as error:
        message = error.message if isinstance(error, UsageError) else str(error)
        raise UsageError(f"{place}: {message}", "as pip has it") from error
    if rest and not options.editables:
        raise UsageError(f"{place}: {shown(' '.join(rest))} after an option is not understood")
    return " ".join(words[:first]).strip(), options


def _requirement(
    line: str, arguments: str, options: Values, place: str, constraint: bool
) -> RequirementLine:
    hashes = tuple(options.hashes or ())
    if reason := _no_requirement(arguments):
        return RequirementLine(line, place, None, None, constraint, hashes, reason)
    try:
        if len(arguments) > _MAX_REQUIREMENT:
            raise InvalidRequirement("too long")
        requirement = Requirement(arguments)
        releases.parse_specifier(str(requirement.specifier))
        package: PackageWanted | None = PackageWanted.of(requirement.name, requirement.specifier)
    except UsageError as error:
        raise UsageError(f"{place}: {error.message}") from error
    except (ValueError, RecursionError) as error:
        message = f"{place}: {_safe(arguments)} is not a requirement"
        raise UsageError(message, "such as xgboost==1.7.6") from error
    if requirement.url:
        package, reason = None, "it is from a URL"
    elif requirement.extras:
        reason = "what its extras need is not looked up"
    return RequirementLine(line, place, requirement, package, constraint, hashes, reason)


def _no_requirement(arguments: str) -> str:
    """Say what a line names instead of a requirement of PEP 508, empty if it is one."""
    target = arguments.partition(";")[0].strip()
    if not target:
        return "an editable is built from its own files"
    if re.match(r"[a-z][a-z0-9+.-]*://|file:", target, re.IGNORECASE):
        return "it is a URL"
    name, at, _ = target.partition("@")
    if re.search(r"[/\\]", name) or name.startswith(".") or (not at and _ARCHIVE.search(name)):
        return "it is a file or folder"
    return ""


def _packages(lines: Iterable[RequirementLine]) -> tuple[PackageWanted, ...]:
    """Unite the lines of each name; constraints join only what is asked for."""
    wanted: dict[str, PackageWanted] = {}
    for line in sorted(lines, key=lambda line: line.constraint):
        package = line.package
        if package is None or (line.constraint and package.name not in wanted):
            continue
        try:
            wanted[package.name] = wanted.get(package.name, package).both(package)
        except UsageError as error:
            raise UsageError(f"{line.place}: {error.message}") from error
    return tuple(wanted.values())


def _marked(line: RequirementLine) -> bool:
    return line.requirement is not None and line.requirement.marker is not None


def _name(line: RequirementLine) -> str:
    if line.requirement is None:
        return _safe(line.text)
    extras = ",".join(sorted(line.requirement.extras))
    return f"{line.requirement.name}[{extras}]" if extras else line.requirement.name


def _safe(text: str) -> str:
    """Quote a line for a message, without the credentials that its URL may hold."""
    return shown(re.sub(r"\?\S*", "", re.sub(r"//[^/\s]*@", "//", text)))
