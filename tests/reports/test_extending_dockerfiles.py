"""The Dockerfile that extends an image: what is in it, and that a shell does what it says."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from catalog import store
from catalog.errors import UsageError
from catalog.facts import Distribution, Environment, Evidence, Reading, Repository, Statement
from catalog.query.extend import extension
from reports.dockerfiles import extend

IMAGE = "sagemaker-distribution:1.6.1-gpu"
DIGEST = "sha256:" + "a" * 64


def dockerfile(
    engine: Engine, tmp_path: Path, requirements: str, image: str = IMAGE, region: str = ""
) -> str:
    file = tmp_path / "requirements.txt"
    file.write_text(requirements)
    return extend(extension(engine, image, [file], region, ""))


def run_step(text: str, tmp_path: Path) -> Path:
    """Run the RUN instruction with a Python that only notes its arguments."""
    step = text.partition("\nRUN ")[2]
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@" > "$(dirname "$0")/arguments"\n')
    python.chmod(0o755)
    step = step.replace("/opt/conda/bin/python", str(python))
    step = step.replace("/tmp/dlcat-", f"{tmp_path}/dlcat-").replace("&& rm -f", "&& true")
    subprocess.run(["sh", "-ec", step], check=True)
    return tmp_path / "dlcat-requirements.txt"


def test_what_is_there_is_left_out_and_said(catalog_engine: Engine, tmp_path: Path) -> None:
    text = dockerfile(catalog_engine, tmp_path, "xgboost==1.7.6\nlightgbm==99\n")
    assert "FROM public.ecr.aws/sagemaker/sagemaker-distribution:1.6.1-gpu\n" in text
    assert "#   xgboost==1.7.6  (it has 1.7.6; evidence: recipe)" in text
    assert run_step(text, tmp_path).read_text() == "lightgbm==99\n"
    assert (tmp_path / "arguments").read_text().startswith("-m pip install")


def test_another_version_of_what_is_there_is_not_left_out(
    catalog_engine: Engine, tmp_path: Path
) -> None:
    text = dockerfile(catalog_engine, tmp_path, "xgboost==1.7.5\n")
    assert "left out" not in text
    assert run_step(text, tmp_path).read_text() == "xgboost==1.7.5\n"


def test_nothing_to_install_is_no_run_step(catalog_engine: Engine, tmp_path: Path) -> None:
    text = dockerfile(catalog_engine, tmp_path, "xgboost\nnumpy\n")
    assert "RUN" not in text
    assert "Nothing is left to install" in text


HOSTILE = [
    "not-there ; python_version >= '3.9' and sys_platform == \"linux\"",
    "pkg @ https://example.com/a%20b$(touch${IFS}pwned).whl",
    "other @ https://example.com/`touch pwned`.whl",
    "--extra-index-url https://example.com/simple?a=1&b='2'",
    "mlflow[extras]>=2,!=2.1 --hash=sha256:" + "0" * 64,
]


def test_every_line_reaches_pip_verbatim(catalog_engine: Engine, tmp_path: Path) -> None:
    lines = [line for line in HOSTILE if "`" not in line and "'2'" not in line]
    text = dockerfile(catalog_engine, tmp_path, "\n".join(lines))
    written = run_step(text, tmp_path).read_text().splitlines()
    assert sorted(written) == sorted(lines)
    assert not list(tmp_path.rglob("pwned"))


def test_no_credential_is_written(catalog_engine: Engine, tmp_path: Path) -> None:
    text = dockerfile(
        catalog_engine,
        tmp_path,
        "--index-url https://me:hunter2@example.com/simple\n"
        "pkg @ https://me:hunter2@example.com/pkg.whl\nrequests==99\n./local\n",
    )
    assert "hunter2" not in text
    assert text.count("it may hold credentials: use a build secret") == 2
    assert "./local  (it needs files" in text
    assert run_step(text, tmp_path).read_text() == "requests==99\n"


def test_constraints_are_constraints(catalog_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").write_text("numpy<2\n")
    text = dockerfile(catalog_engine, tmp_path, "-c constraints.txt\nrequests==99\n")
    assert run_step(text, tmp_path).read_text() == "requests==99\n"
    assert (tmp_path / "dlcat-constraints.txt").read_text() == "numpy<2\n"
    assert "constraints.txt" in (tmp_path / "arguments").read_text()


def test_a_constraint_can_make_what_is_there_the_wrong_version(
    catalog_engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "constraints.txt").write_text("numpy<1.20\n")
    text = dockerfile(catalog_engine, tmp_path, "numpy\n-c constraints.txt\n")
    assert "Already in the image" not in text
    assert run_step(text, tmp_path).read_text() == "numpy\n"


def test_what_sources_contradict_each_other_on_is_not_taken_for_there(
    empty_engine: Engine, tmp_path: Path
) -> None:
    def listing(version: str) -> Reading:
        environment = Environment((Distribution("torch", version),), complete=False)
        statement = Statement(
            Repository("registry.example", "image"),
            ("1",),
            Evidence.RECIPE,
            "",
            environments=(environment,),
        )
        return Reading(version, "", "", date(2026, 11, 21), "", (statement,))

    store.write(empty_engine, [listing("2.0.0"), listing("2.1.0")])
    text = dockerfile(empty_engine, tmp_path, "torch==2.1.0", "registry.example/image:1")
    assert "Already in the image" not in text


def test_what_gives_access_or_needs_files_is_left_out(
    catalog_engine: Engine, tmp_path: Path
) -> None:
    text = dockerfile(
        catalog_engine,
        tmp_path,
        "--find-links ./wheels\n--extra-index-url https://e.example/simple?auth_token=hunter2\n"
        "pkg @ https://e.example/pkg.whl?X-Amz-Signature=hunter2\nnot-there\n",
    )
    assert "hunter2" not in text
    assert run_step(text, tmp_path).read_text() == "not-there\n"


def test_a_digest_that_is_not_the_tags_is_refused(empty_engine: Engine, tmp_path: Path) -> None:
    repository = Repository("registry.example", "team/image")
    statements = tuple(
        Statement(repository, (tag,), Evidence.DOCUMENTED, "", digest="sha256:" + tag * 64)
        for tag in "12"
    )
    store.write(empty_engine, [Reading("ecr", "", "", date(2026, 11, 21), "", statements)])
    name = "registry.example/team/image:1"
    assert "1" * 64 in dockerfile(empty_engine, tmp_path, "six", f"{name}@sha256:{'1' * 64}")
    for digest, message in (("2" * 64, "another image"), ("3" * 64, "no image of that digest")):
        with pytest.raises(UsageError, match=message):
            dockerfile(empty_engine, tmp_path, "six", f"{name}@sha256:{digest}")


def test_a_region_chooses_the_registry(catalog_engine: Engine, tmp_path: Path) -> None:
    image = "pytorch-training:2.0.1-gpu-py310"
    text = dockerfile(catalog_engine, tmp_path, "xgboost==1.7.6", image, "cn-north-1")
    assert f"FROM 727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/{image}\n" in text
    assert "the first on its PATH" in text
    assert "Not all that is in this image is known" in text
    host = "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn"
    assert dockerfile(catalog_engine, tmp_path, "xgboost==1.7.6", f"{host}/{image}") == text
    with pytest.raises(UsageError, match="not documented to be in mars-north-1"):
        dockerfile(catalog_engine, tmp_path, "xgboost==1.7.6", image, "mars-north-1")


def test_a_known_digest_pins_the_image(empty_engine: Engine, tmp_path: Path) -> None:
    statement = Statement(
        Repository("registry.example:5000", "team/image"),
        ("v1",),
        Evidence.OBSERVED,
        "a test",
        environments=(Environment((Distribution("six", "1.16.0"),), complete=True),),
        digest=DIGEST,
    )
    store.write(empty_engine, [Reading("scan", "", "", date(2026, 11, 21), "", (statement,))])
    text = dockerfile(
        empty_engine, tmp_path, "six\nrequests\n", "registry.example:5000/team/image:v1"
    )
    assert f"FROM registry.example:5000/team/image@{DIGEST}\n" in text
    assert "# registry.example:5000/team/image:v1, as it was" in text
