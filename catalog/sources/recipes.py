"""Source `recipes`: the published files that images are built from.

aws/deep-learning-containers: image configurations and locks on branch main, buildspecs on branch
master, Dockerfiles on both. What they list of an image is partial: they can confirm a package
and never deny one. The XGBoost and scikit-learn containers come from a table, and lists of pins
on branches of their own repositories (see script_containers).
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from catalog.errors import SourceError
from catalog.facts import Reading, Statement
from catalog.sources import buildspecs, github, image_configs, script_containers
from catalog.sources.dockerfile_text import read_dockerfile, read_facts
from catalog.sources.dockerfiles import Dockerfile, Dockerfiles
from catalog.sources.files import NotThereError, read_files
from catalog.sources.interface import LiveOptions

CONFIGS = "dlc_recipes.tar.xz"
BUILDSPECS = "dlc_legacy_buildspecs_and_core_packages.tar.xz"
DOCKERFILE_FACTS = "dlc_dockerfile_facts.json.xz"
PACKAGE_LISTS = "package_lists"
PARTS = (CONFIGS, BUILDSPECS, DOCKERFILE_FACTS, PACKAGE_LISTS)
"""What a copy is made of; one that lacks a part would say far less, and look the same."""

GITHUB = "https://github.com"
"""Where the repositories are, each with the archives of its branches."""

_DOCKERFILE = re.compile(r"(?:.*/)?Dockerfile(?:\.[\w.]+)?")
_LIST = re.compile(r"[\w.-]+\.requirements\.txt")
_TOP = re.compile(r"(?:aws-)?deep-learning-containers-[^/]+/")
_MAX_FACTS_BYTES = 8 * 1024 * 1024


class RecipesSource:
    """The files of the builds; see the module."""

    name = "recipes"

    def from_path(self, path: Path, as_of: date) -> tuple[Reading, ...]:
        """Read a checkout or archive of either branch, or a folder of all the PARTS."""
        if any((path / part).exists() for part in PARTS):
            statements = _from_parts(path)
        else:
            files = _tree(path)
            statements = image_configs.statements(files, _reader(files))
            statements += buildspecs.statements(files, _reader(files))
            if not statements:
                raise SourceError(f"{path}: no recipes of images (image configs, buildspecs) in it")
            statements += script_containers.statements(_lists_in(files))
        return (_reading(statements, str(path), github.commit_of(path), as_of),)

    def live(self, options: LiveOptions) -> tuple[Reading, ...]:
        """Read the archives of the branches on GitHub, or of a mirror of it at options.url.

        A branch that has a list of pins and is gone is reported through options.warn.
        """
        statements: list[Statement] = []
        lists: dict[str, bytes] = {}
        commits = []
        for branch, recipes in (("main", image_configs), ("master", buildspecs)):
            url = _archive(options, script_containers.DLC_REPOSITORY, branch)
            with github.branch_archive(url, options) as path:
                files = _tree(path)
                found = recipes.statements(files, _reader(files))
                if not found:
                    raise SourceError(f"{url}: no recipes of images in it")
                statements += found
                lists |= _lists_in(files)
                commits.append(f"{branch} {github.commit_of(path)}".strip())
        statements += script_containers.statements(_with_lists_of_branches(lists, options))
        origin = f"{_base(options)}/{script_containers.DLC_REPOSITORY}"
        return (_reading(statements, origin, ", ".join(commits), options.today),)


def _reading(statements: list[Statement], origin: str, revision: str, as_of: date) -> Reading:
    return Reading(RecipesSource.name, origin, revision, as_of, github.LICENCE, tuple(statements))


def _from_parts(folder: Path) -> list[Statement]:
    """Read the parts of a folder. Raises SourceError naming one that is not there."""
    lists: dict[str, bytes] = {}
    if (folder / PACKAGE_LISTS).is_dir():
        lists = dict(read_files(folder / PACKAGE_LISTS, lambda n: bool(_LIST.fullmatch(n))))
    missing = [part for part in PARTS if not (folder / part).exists()]
    missing += [f"{PACKAGE_LISTS}/{n}" for n in script_containers.PACKAGE_LISTS if n not in lists]
    if missing:
        raise SourceError(f"{folder}: has no {missing[0]}", f"a copy has {', '.join(PARTS)}")
    dockerfiles = read_facts(_unpacked(folder / DOCKERFILE_FACTS), DOCKERFILE_FACTS)
    statements = image_configs.statements(_tree(folder / CONFIGS), dockerfiles.get)
    statements += buildspecs.statements(_tree(folder / BUILDSPECS), dockerfiles.get)
    return statements + script_containers.statements(lists)


def _base(options: LiveOptions) -> str:
    return (options.url or GITHUB).rstrip("/")


def _archive(options: LiveOptions, repository: str, branch: str) -> str:
    return f"{_base(options)}/{repository}/archive/refs/heads/{branch}.tar.gz"


def _lists_in(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Pick the lists of the table's containers that a branch of aws/deep-learning-containers has.

    files: path in the repository -> content. Gives them by the name that a copy has.
    """
    return {
        name: files[place.path]
        for name, place in script_containers.PACKAGE_LISTS.items()
        if place.repository == script_containers.DLC_REPOSITORY and place.path in files
    }


def _with_lists_of_branches(
    found: Mapping[str, bytes], options: LiveOptions
) -> Mapping[str, bytes]:
    """Add the lists that the containers' own repositories have; say which are not there."""
    lists = dict(found)
    for name, place in script_containers.PACKAGE_LISTS.items():
        if name in lists:
            continue
        try:
            lists[name] = _fetched_list(place, options)
        except NotThereError as error:
            options.warn(f"left out: {error.message}")
    return lists


def _fetched_list(place: script_containers.PackageList, options: LiveOptions) -> bytes:
    url = _archive(options, place.repository, place.branch)
    missing = NotThereError(f"{url}: no {place.path} in it")
    if place.repository == script_containers.DLC_REPOSITORY:
        raise missing  # that archive was read before
    with github.branch_archive(url, options) as path:
        found = dict(read_files(path, lambda name: name.partition("/")[2] == place.path))
    if not found:
        raise missing
    return next(iter(found.values()))


def _tree(path: Path) -> dict[str, bytes]:
    """Read the files of interest of one branch, by path in the repository."""
    return {_inside(name): content for name, content in read_files(path, _wanted)}


def _inside(name: str) -> str:
    """Take off the folder that GitHub's archives have around everything."""
    return _TOP.sub("", name, count=1) if _TOP.match(name) else name


def _wanted(name: str) -> bool:
    inside = _inside(name)
    return (
        image_configs.wanted(inside)
        or buildspecs.wanted(inside)
        or _DOCKERFILE.fullmatch(inside) is not None
    )


def _reader(files: Mapping[str, bytes]) -> Dockerfiles:
    """Give the lookup of Dockerfiles that reads those that recipes name, and no others."""

    def read(path: str) -> Dockerfile | None:
        return read_dockerfile(files[path], path) if path in files else None

    return read


def _unpacked(path: Path) -> bytes:
    try:
        with lzma.open(path) as stream:
            content = stream.read(_MAX_FACTS_BYTES + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise SourceError(f"{path}: damaged archive ({error})") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror or error})") from error
    if len(content) > _MAX_FACTS_BYTES:
        raise SourceError(f"{path}: larger than {_MAX_FACTS_BYTES} bytes unpacked")
    return content
