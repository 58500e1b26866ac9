"""Source `recipes`: the published files that images are built from.

aws/deep-learning-containers: image configurations and locks on branch main, buildspecs on branch
master, Dockerfiles on both. What they list of an image is partial: they can confirm a package
and never deny one. The XGBoost and scikit-learn containers come from a table (see there).
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
from catalog.sources.files import read_files
from catalog.sources.interface import LiveOptions

CONFIGS = "dlc_recipes.tar.xz"
BUILDSPECS = "dlc_legacy_buildspecs_and_core_packages.tar.xz"
DOCKERFILE_FACTS = "dlc_dockerfile_facts.json.xz"
PACKAGE_LISTS = "package_lists"

_DOCKERFILE = re.compile(r"(?:.*/)?Dockerfile(?:\.[\w.]+)?")
_LIST = re.compile(r"[\w.-]+\.requirements\.txt")
_TOP = re.compile(r"(?:aws-)?deep-learning-containers-[^/]+/")
_MAX_FACTS_BYTES = 8 * 1024 * 1024


class RecipesSource:
    """The files of the builds; see the module."""

    name = "recipes"

    def from_path(self, path: Path, as_of: date) -> tuple[Reading, ...]:
        """Read a checkout or archive of either branch, or a folder of the parts named above."""
        if path.is_dir() and any((path / part).exists() for part in (CONFIGS, BUILDSPECS)):
            statements = _from_parts(path)
        else:
            files = _tree(path)
            statements = image_configs.statements(files, _reader(files))
            statements += buildspecs.statements(files, _reader(files))
            if not statements:
                raise SourceError(f"{path}: no recipes of images (image configs, buildspecs) in it")
            statements += script_containers.statements({})
        return (_reading(statements, str(path), github.commit_of(path), as_of),)

    def live(self, options: LiveOptions) -> tuple[Reading, ...]:
        """Read the archives of both branches; options.url goes before /refs/heads/<branch>."""
        base = options.url or github.ARCHIVES
        statements: list[Statement] = []
        commits = []
        for branch, recipes in (("main", image_configs), ("master", buildspecs)):
            url = f"{base}/refs/heads/{branch}.tar.gz"
            with github.branch_archive(url, options) as path:
                files = _tree(path)
                found = recipes.statements(files, _reader(files))
                if not found:
                    raise SourceError(f"{url}: no recipes of images in it")
                statements += found
                commits.append(f"{branch} {github.commit_of(path)}".strip())
        statements += script_containers.statements({})
        return (_reading(statements, base, ", ".join(commits), options.today),)


def _reading(statements: list[Statement], origin: str, revision: str, as_of: date) -> Reading:
    return Reading(RecipesSource.name, origin, revision, as_of, github.LICENCE, tuple(statements))


def _from_parts(folder: Path) -> list[Statement]:
    """Read the parts of a folder that are there; each holds what one branch has."""
    dockerfiles: Mapping[str, Dockerfile] = {}
    if (folder / DOCKERFILE_FACTS).exists():
        dockerfiles = read_facts(_unpacked(folder / DOCKERFILE_FACTS), DOCKERFILE_FACTS)
    statements: list[Statement] = []
    for part, recipes in ((CONFIGS, image_configs), (BUILDSPECS, buildspecs)):
        if (folder / part).exists():
            statements += recipes.statements(_tree(folder / part), dockerfiles.get)
    lists: dict[str, bytes] = {}
    if (folder / PACKAGE_LISTS).is_dir():
        lists = dict(read_files(folder / PACKAGE_LISTS, lambda n: bool(_LIST.fullmatch(n))))
    return statements + script_containers.statements(lists)


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
