"""Fixtures for every test: real servers, and an environment that is nobody's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import docker_registry as registries
from servers.docker_registry import LOGIN, DockerRegistry
from servers.ecr import CREDENTIALS, MotoServer, moto_server
from servers.tokens import TokenServer, token_server
from sqlalchemy import Engine

from catalog import snapshot, store
from catalog.database import open_database

_LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs docker-registry where it is not installed; never on CI."""
    if registries.is_installed() or os.environ.get("CI") == "true":
        return
    needing = [item for item in items if _needs_docker_registry(item)]
    if needing:
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if not _needs_docker_registry(item)]
    config.stash[_LEFT_OUT] = len(needing)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was left out, and what brings it back."""
    if count := config.stash.get(_LEFT_OUT, 0):
        terminalreporter.write_line(
            f"{count} tests left out: they need docker-registry (apt-get install docker-registry)"
        )


def _needs_docker_registry(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    return any(name.startswith("docker_registry") for name in names)


@pytest.fixture(scope="session")
def moto_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoServer]:
    """One moto server for the whole run; tests ask for `aws`."""
    with moto_server(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Take the user's own AWS configuration, region and credentials away."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    nowhere = tmp_path_factory.getbasetemp() / "no-such-file"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(nowhere))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def aws(
    moto_process: MotoServer, no_aws: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MotoServer]:
    """Give an empty AWS of moto's, with its credentials in the environment."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    moto_process.reset()
    yield moto_process
    moto_process.require_valid_credentials(False)


@pytest.fixture(autouse=True)
def _no_docker_login(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep the user's own registry logins out of every test."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path_factory.getbasetemp() / "no-such-folder"))


@pytest.fixture(scope="session")
def docker_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """Give an open registry, one for the whole run: push under a path of your own."""
    with registries.docker_registry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture(scope="session")
def docker_registry_with_login(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[DockerRegistry]:
    """Give a registry with htpasswd, whose one login is LOGIN."""
    folder = tmp_path_factory.mktemp("registry-login")
    auth = registries.htpasswd_auth(folder)
    with registries.docker_registry(folder, auth, lambda _: registries.basic(LOGIN)) as registry:
        yield registry


@pytest.fixture(scope="session")
def docker_registry_tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenServer]:
    """Give the server of the tokens that `docker_registry_with_tokens` asks for."""
    folder = tmp_path_factory.mktemp("tokens")
    with token_server(folder, LOGIN) as server:
        yield server


@pytest.fixture(scope="session")
def docker_registry_with_tokens(
    docker_registry_tokens: TokenServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DockerRegistry]:
    """Give a registry that sends its callers for a token first."""
    folder = tmp_path_factory.mktemp("registry-tokens")
    tokens = docker_registry_tokens
    with registries.docker_registry(
        folder,
        tokens.registry_auth(),
        lambda path: f"Bearer {tokens.token(f'repository:{path}:pull,push')}",
    ) as registry:
        yield registry


@pytest.fixture(scope="session")
def catalog_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a catalog made from the bundled snapshot; nobody writes it."""
    place = tmp_path_factory.mktemp("catalog") / "catalog.db"
    open_database(str(place), lambda engine: store.write(engine, snapshot.bundled())).dispose()
    return place


@pytest.fixture(scope="session")
def catalog_engine(catalog_place: Path) -> Engine:
    """Give the catalog made from the bundled snapshot, to be read."""
    return open_database(str(catalog_place), lambda _: None)


@pytest.fixture
def catalog_copy(catalog_place: Path, tmp_path: Path) -> Path:
    """Give the file of a catalog made from the bundled snapshot, to do anything with."""
    return Path(shutil.copy(catalog_place, tmp_path / "copy.db"))


@pytest.fixture
def empty_place(tmp_path: Path) -> Path:
    """Give the file of a catalog that knows nothing."""
    place = tmp_path / "empty.db"
    open_database(str(place), lambda _: None).dispose()
    return place


@pytest.fixture
def empty_engine(empty_place: Path) -> Engine:
    """Give a catalog that knows nothing."""
    return open_database(str(empty_place), lambda _: None)
