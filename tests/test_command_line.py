"""The command as people and programs run it: output, exit codes, and one line for each mistake."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

QUESTION = "which image supports py310 + xgboost 1.7.6 on GPU"
STRANGER = "111122223333.dkr.ecr.us-west-2.amazonaws.com"
DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def environment(catalog_place: Path, tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "DLCAT_DB": str(catalog_place), "XDG_DATA_HOME": str(tmp_path / "home")}


def run(
    environment: dict[str, str], *arguments: str, **options: object
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def test_the_first_question_is_answered_from_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    del environment["DLCAT_DB"]
    first = run(environment, "find", QUESTION)
    assert first.returncode == 0
    assert "first use" in first.stderr
    rows = [line for line in first.stdout.splitlines() if "sagemaker-distribution:" in line]
    assert len(rows) > 30
    assert all("-gpu" in row and "3.10." in row and "1.7.6" in row for row in rows)
    assert all(row.rstrip().endswith("11.8") for row in rows)
    assert "CUDA" in first.stdout.splitlines()[0]
    second = run(environment, "find", QUESTION)
    assert second.stdout == first.stdout
    assert "first use" not in second.stderr


def test_the_bundled_catalog_is_as_large_as_its_sources(environment: dict[str, str]) -> None:
    counted = json.loads(run(environment, "stats", "--json").stdout)
    assert counted["packages_complete"] >= 540
    assert counted["names"] >= 2_000
    assert counted["regions"] >= 25
    assert {source["name"] for source in counted["sources"]} == {
        "sdk",
        "docs",
        "recipes",
        "distribution",
        "tag",
    }


def test_words_and_options_mean_the_same(environment: dict[str, str]) -> None:
    words = run(environment, "find", "py310 xgboost==1.7.6 gpu", "--uris")
    options = run(
        environment, "find", "--python", "3.10", "-p", "xgboost==1.7.6", "--device", "gpu", "--uris"
    )
    assert words.stdout == options.stdout
    assert words.stdout.count("\n") > 30


def test_json_says_how_each_wish_is_met_and_by_what_evidence(environment: dict[str, str]) -> None:
    answer = json.loads(run(environment, "find", QUESTION, "--json").stdout)
    assert answer["unknown_count"] > 0
    for match in answer["matches"]:
        assert match["packages_known"] == "complete"
        assert [met["wish"] for met in match["met"]] == [
            "xgboost==1.7.6",
            "python 3.10",
            "device gpu",
        ]
        assert all(met["answer"] == "yes" and met["evidence"] == "recipe" for met in match["met"])
        assert match["met"][0]["build"].startswith("cuda")
        assert match["facts"]["cuda"][0]["value"].startswith("11.")


def test_csv_has_a_row_for_each_match(environment: dict[str, str]) -> None:
    rows = list(csv.DictReader(io.StringIO(run(environment, "find", QUESTION, "--csv").stdout)))
    uris = run(environment, "find", QUESTION, "--uris").stdout.split()
    assert [row["uri"] for row in rows] == uris
    assert {row["xgboost==1.7.6"] for row in rows} == {"1.7.6"}
    assert {row["xgboost==1.7.6 evidence"] for row in rows} == {"recipe"}


def test_nothing_found_is_exit_code_1(environment: dict[str, str]) -> None:
    result = run(environment, "find", "xgboost==0.0.1 gpu")
    assert result.returncode == 1
    assert "No image is known to match" in result.stdout


def test_on_a_narrow_terminal_nothing_is_cut_off(environment: dict[str, str]) -> None:
    shown = run({**environment, "COLUMNS": "60"}, "find", QUESTION, "--limit", "2").stdout
    for words in ("sagemaker-distribution:1.13.1-gpu", "1.7.6 cuda118", "device gpu", "11.8"):
        assert words in shown


def test_all_that_an_image_has_can_be_asked_for_at_once(
    environment: dict[str, str], tmp_path: Path
) -> None:
    image = "sagemaker-distribution:3.2.0-gpu"
    known = json.loads(run(environment, "packages", image, "--json").stdout)["environments"][0]
    frozen = [f"{item['name']}=={item['version']}" for item in known["distributions"]]
    assert len(frozen) > 400
    file = tmp_path / "requirements.txt"
    file.write_text("\n".join(line for line in frozen if "==2024a" not in line))
    result = run(environment, "find", "-r", str(file), "--uris")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [f"public.ecr.aws/sagemaker/{image}"]


def test_a_package_that_nobody_has_is_said_to_be_so(environment: dict[str, str]) -> None:
    result = run(environment, "find", "--package", "xgbost==1.7.6")
    assert result.returncode == 1
    assert "no image is known to have xgbost: did you mean xgboost" in result.stderr


def test_a_container_family_is_named_where_its_package_is_not_known(
    environment: dict[str, str],
) -> None:
    result = run(environment, "find", "tensorflow 2.13 gpu training us-east-1")
    assert result.returncode == 1
    assert "framework=tensorflow==2.13.*" in result.stderr
    asked = run(environment, "find", "framework=tensorflow==2.13 gpu training us-east-1", "--uris")
    assert asked.returncode == 0
    assert all(".dkr.ecr.us-east-1.amazonaws.com/" in line for line in asked.stdout.splitlines())


def test_a_region_of_the_environment_is_used_where_it_has_the_image(
    environment: dict[str, str],
) -> None:
    question = ["find", "framework=pytorch==2.0.1 py310 gpu training", "--uris"]
    here = run({**environment, "AWS_REGION": "eu-west-1"}, *question).stdout.splitlines()
    assert any(".dkr.ecr.eu-west-1." in line for line in here)
    nowhere = run({**environment, "AWS_REGION": "mars-north-1"}, *question)
    assert nowhere.stdout == run(environment, *question).stdout


def test_output_may_be_closed(environment: dict[str, str]) -> None:
    command = f"{sys.executable} -m cli find gpu --uris >&-"
    result = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0
    assert "Traceback" not in result.stderr


def test_requirements_can_be_asked_for(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(
        "xgboost==1.7.6  # the model\nscikit-learn\nwin-only; sys_platform == 'win32'\n"
    )
    result = run(environment, "find", "-r", str(file), "py310 gpu", "--uris")
    assert result.stdout.count("\n") > 30
    assert "win-only" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["find", "xgbost"], 2, "'xgbost' is not understood: did you mean xgboost"),
        (["find", "py310", "without", "xgboost"], 2, "'without' is not understood"),
        (["find", "xgboost=>1.7"], 2, "not understood"),
        (["find", "--python", "three"], 2, "three"),
        (["find", "-p", "xgboost==one"], 2, "xgboost==one"),
        (["find", "gpu", "--region", "eu-wst-1"], 2, "did you mean eu-west-1"),
        (["find", "gpu cpu"], 2, "contradict"),
        (["find"], 2, "nothing to look for"),
        (["find", "--no-such-option"], 2, "--no-such-option"),
        (["find", "-r", "no-such-file.txt"], 2, "no-such-file.txt"),
        (["show", "pytorch-training:2.0.1-gpu-py31"], 2, "did you mean pytorch-training:2.0.1-"),
        (["show", "UPPER CASE"], 2, "not an image name"),
        (["show", "sha256:" + "0" * 64], 2, "no image of that digest"),
        (["show", f"{STRANGER}/pytorch-training:2.0.1-gpu-py310"], 2, "not in the catalog"),
        (["which", "pkg>>1"], 2, "pkg>>1"),
        (["sync", "no-such-source"], 2, "unknown source"),
        (["sync", "sdk", "--from", "no-such-folder"], 3, "no-such-folder"),
        (["sync", "docs", "--url", "http://127.0.0.1:9/"], 3, "127.0.0.1:9"),
        (["sync", "docs", "--url", "http://example.com/x.tar.gz"], 3, "HTTPS"),
        (["sync", "ecr", "--bundled"], 2, "nothing of it comes with dlcat"),
        (["sync", "--url", "https://x.example/"], 2, "--url is the address of one source"),
        (["sync", "docs", "--url", "https://me:hunter2@127.0.0.1:9/"], 3, "127.0.0.1"),
        (["tags", "explain", "2.0.1-gpu-py310"], 2, "repository"),
        (["find", "gpu", "--json", "--csv"], 2, "--json and --csv are different forms"),
        (["show", "pytorch-training:2.0.1-gpu-py310", "--region", "mars"], 2, "unknown region"),
        (["which", "numpy", "--region", "mars"], 2, "unknown region"),
        (["which", "numpy==="], 2, "numpy==="),
        (["db", "upgrade", "--revision", ""], 2, "no such revision"),
        (["snapshot", "build", "--from", str(DATA), "-o", ""], 2, "does not name a file"),
        (["dockerfile", "pytorch-training:nope", "-r", "x"], 2, "not in the catalog"),
        (["--db", "nonsense://x", "stats"], 2, "--db"),
        (["--db", "no/such/folder/catalog.db", "stats"], 3, "cannot be made"),
        (["snapshot", "build", "--from", "no-such-folder"], 3, "no-such-folder"),
    ],
)  # fmt: skip
def test_a_mistake_gets_one_line_and_its_exit_code(
    environment: dict[str, str], tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    result = run(environment, *arguments, cwd=tmp_path)
    assert result.returncode == code, result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("dlcat: ")
    assert message in result.stderr
    assert "hunter2" not in result.stderr
    assert result.stdout == ""


def test_help_imports_nothing_heavy(environment: dict[str, str]) -> None:
    script = (
        "import sys; sys.argv = ['dlcat', '--help']\n"
        "import atexit, cli\n"
        "heavy = {'boto3', 'botocore', 'docker', 'sqlalchemy', 'alembic', 'httpx', 'yaml'}\n"
        "atexit.register(lambda: print(sorted(heavy & set(sys.modules)), file=sys.stderr))\n"
        "cli.main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0
    assert result.stderr.strip() == "[]"
    assert "find" in result.stdout


@pytest.mark.parametrize(
    "command",
    [
        "find", "show", "packages", "which", "stats", "audit", "dockerfile", "sync",
        "tags explain", "snapshot build", "db upgrade", "db downgrade",
    ],
)  # fmt: skip
def test_every_help_text_has_an_example(environment: dict[str, str], command: str) -> None:
    result = run({**environment, "COLUMNS": "200", "NO_COLOR": "1"}, *command.split(), "--help")
    assert result.returncode == 0
    assert f"dlcat {command} " in result.stdout or f"dlcat {command}\n" in re.sub(
        r" +\n", "\n", result.stdout
    )


def test_a_reader_that_has_enough_is_no_error(environment: dict[str, str]) -> None:
    command = f"{sys.executable} -m cli which numpy --limit 0 | head -1"
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0
    assert result.stderr == ""


def test_show_takes_a_uri_a_short_name_and_another_tag_of_the_image(
    environment: dict[str, str],
) -> None:
    name = "pytorch-training:2.0.1-gpu-py310"
    host = "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn"
    short = run(environment, "show", name, "--json")
    whole = run(environment, "show", f"{host}/{name}", "--json")
    assert short.returncode == whole.returncode == 0
    assert json.loads(short.stdout)["image"] == json.loads(whole.stdout)["image"]
    there = json.loads(run(environment, "show", name, "--region", "cn-north-1", "--json").stdout)
    assert there["image"]["uri"] == f"{host}/{name}"


def test_packages_lists_what_the_lock_has(environment: dict[str, str]) -> None:
    image = "sagemaker/sagemaker-distribution:1.6.1-gpu"
    listed = json.loads(run(environment, "packages", image, "--json").stdout)
    [known] = listed["environments"]
    assert known["complete"]
    versions = {item["canonical_name"]: item["version"] for item in known["distributions"]}
    assert versions["xgboost"] == "1.7.6"
    assert "libxgboost" in {item["conda_name"] for item in known["conda_only"]}
    rows = list(csv.DictReader(io.StringIO(run(environment, "packages", image, "--csv").stdout)))
    assert len(rows) == len(known["distributions"]) + len(known["conda_only"])


def test_packages_of_an_image_that_nobody_looked_into_are_not_known(
    environment: dict[str, str],
) -> None:
    result = run(environment, "packages", "sagemaker-tritonserver:21.08-py3")
    assert result.returncode == 1
    assert "not scanned" in result.stderr


def test_which_lists_versions_newest_first(environment: dict[str, str]) -> None:
    found = json.loads(run(environment, "which", "xgboost", "--json").stdout)
    versions = [tuple(map(int, holder["version"].split("."))) for holder in found]
    assert versions == sorted(versions, reverse=True)
    assert (3, 2, 0) in versions
    assert (1, 7, 4) in versions


def test_audit_lists_a_contradiction_that_the_documentation_has(
    environment: dict[str, str],
) -> None:
    result = run(environment, "audit", "--json")
    assert result.returncode == 1
    found = {(one["image"], one["subject"]) for one in json.loads(result.stdout)}
    # The record of vllm 0.20.1 says ec2, and its tag sagemaker.
    assert any(image.startswith("vllm:0.20.1") and on == "platform" for image, on in found)
    # The SDK has Triton in the account of all DLCs, the documentation in one of its own.
    assert any("tritonserver" in image and on == "account in us-west-2" for image, on in found)


def test_tags_are_explained(environment: dict[str, str]) -> None:
    result = run(environment, "tags", "explain", "pytorch-training:2.9.0-gpu-py312-cu130-oddity")
    assert result.returncode == 0
    assert "oddity" in result.stdout
    assert "not understood" in result.stdout


def test_a_source_can_be_read_from_a_copy(environment: dict[str, str], catalog_copy: Path) -> None:
    place = ["--db", str(catalog_copy)]
    before = json.loads(run(environment, *place, "stats", "--json").stdout)
    result = run(
        environment, *place, "sync", "sdk", "docs", "recipes", "distribution", "--from", str(DATA)
    )
    assert result.returncode == 0, result.stderr
    after = json.loads(run(environment, *place, "stats", "--json").stdout)
    for name in ("images", "names", "package_rows", "facts"):
        assert after[name] == before[name]


def test_a_source_that_is_down_does_not_stop_the_others(
    environment: dict[str, str], catalog_copy: Path
) -> None:
    place = ["--db", str(catalog_copy)]
    before = run(environment, *place, "find", QUESTION, "--uris").stdout
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    result = run({**environment, **nowhere}, *place, "sync", "docs", "distribution")
    assert result.returncode == 3
    assert result.stderr.count("\n") == 2
    assert run(environment, *place, "find", QUESTION, "--uris").stdout == before


def test_the_version_can_be_asked_for(environment: dict[str, str]) -> None:
    result = run(environment, "--version")
    assert re.fullmatch(r"dlcat [0-9]+\.[0-9]+\.[0-9]+\n", result.stdout)
