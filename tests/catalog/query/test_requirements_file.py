"""requirements.txt is read as pip reads it: pip's own parser is the truth.

Which pip that is depends on the machine, so that it is asked only of what pip 23.0 has too.
"""

from __future__ import annotations

import codecs
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import Requirement
from pip._internal.exceptions import InstallationError
from pip._internal.network.session import PipSession
from pip._internal.req import parse_requirements

from catalog.errors import UsageError
from catalog.query.requirements_file import RequirementLine, RequirementsFile, read_requirements

DATA = Path(__file__).parents[3] / "data"

LINUX_310 = {
    "implementation_name": "cpython",
    "implementation_version": "3.10.14",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.10.14",
    "python_version": "3.10",
    "sys_platform": "linux",
}

FILES = {
    "pins": "xgboost==1.7.6\nnumpy>=1.21,<2\npandas\n",
    "text": "xgboost==1.7.6  # für später\n",
    "comments": "# top\nxgboost==1.7.6  # why\n  # indented\nnumpy#not-a-comment==1\n"[:-24],
    "continued": "xgboost \\\n  ==1.7.6 \\\n  # a comment\nnumpy\\\n>=1.21\n",
    "continued at the end": "numpy\nxgboost==1.7.6 \\",
    "continued over a comment": "numpy \\\n# a comment \\\npandas\n",
    "hashes": (
        "xgboost==1.7.6 \\\n"
        "    --hash=sha256:127cf1f5e2ec25cd41429394c6719b87af1456ce583e89f0bffd35d02ad18bcb \\\n"
        "    --hash=sha256:4c34675b4d2678c624ddde5d45361e7e16046923e362e4e609b88353e6b87124\n"
        "six==1.16.0 "
        "--hash sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254\n"
    ),
    "markers": (
        "numpy==1.21.6; python_version < '3.8'\n"
        'numpy==1.26.4 ; python_version >= "3.8" and platform_machine != "arm64"\n'
        "pywin32>=300; sys_platform == 'win32'\n"
    ),
    "extras": "dask[dataframe]==2024.11.2\nuvicorn [standard] >= 0.20\n",
    "parenthesised": "numpy (>=1.21,<2)\n",
    "urls": (
        "https://example.org/pool/foo-1.0-py3-none-any.whl\n"
        "git+https://github.com/org/project.git@v1.2#egg=project\n"
        "foo @ https://example.org/pool/foo-1.0.zip\n"
        "bar @ git+ssh://git@example.org/bar.git ; python_version > '3.6'\n"
        "file:///srv/wheels/baz-1.0.tar.gz\n"
    ),
    "editables": "-e git+https://github.com/org/p.git#egg=p\n--editable=./here\n-e.\n",
    "paths": "./local/package\n../other.whl\nfoo-1.0-py3-none-any.whl\n",
    "options": (
        "--index-url https://pypi.example/simple\n--extra-index-url=https://b.example/simple\n"
        "-i https://c.example/simple\n-f ./wheels\n--no-binary :all:\n--only-binary=numpy\n"
        "--pre\n--require-hashes\n--trusted-host b.example\n--prefer-binary\n--no-index\nnumpy\n"
    ),
    "nothing": "",
    "only comments": "# one\n\n   \n#two",
    "other line ends": "numpy\r\npandas\rscipy\x0csix\n",
    "names": "Typing_Extensions==4.8.0\nruamel.yaml\nFlask==1.1.1\n",
    "specifiers": "a===1.0-custom\nb~=1.4.2\nc!=1.5.*\nd==1.0.post1\ne==2.0.1+cu118\nf==1!2.0\n",
    "variables": "--index-url https://${USER_NAME_NOBODY_HAS}@pypi.example/simple\nnumpy\n",
}


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    return folder / "main.txt"


def same_as_pip(path: Path) -> RequirementsFile:
    """Read a file both ways, and compare line by line."""
    ours = read_requirements(path)
    with PipSession() as session:
        theirs = list(parse_requirements(str(path), session=session))
    assert len(ours.lines) == len(theirs)
    for mine, pips in zip(ours.lines, theirs, strict=True):
        assert mine.constraint is pips.constraint
        assert mine.place.rpartition(":")[2] == str(pips.comes_from).rpartition("line ")[2][:-1]
        hashes = (pips.options or {}).get("hashes", {})
        assert mine.hashes == tuple(f"{name}:{one}" for name in hashes for one in hashes[name])
        if mine.requirement is None:
            assert pips.requirement in mine.text
            assert mine.unresolvable
        else:
            assert not pips.is_editable
            assert mine.requirement == Requirement(pips.requirement)
    return ours


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_file_has_the_requirements_that_pip_reads_from_it(tmp_path: Path, text: str) -> None:
    same_as_pip(written(tmp_path, main=text))


@pytest.mark.parametrize(
    "path", sorted((DATA / "package_lists").glob("*.txt")), ids=lambda p: p.name
)
def test_the_requirements_of_real_images_are_read_as_pip_reads_them(path: Path) -> None:
    read = same_as_pip(path)
    assert len(read.packages) > 5


def test_the_requirements_of_real_recipes_are_read_as_pip_reads_them(tmp_path: Path) -> None:
    count = 0
    with tarfile.open(DATA / "dlc_recipes.tar.xz") as archive:
        for entry in archive:
            if Path(entry.name).name == "requirements.txt":
                content = archive.extractfile(entry)
                assert content is not None
                count += 1
                path = tmp_path / f"{count}.txt"
                path.write_bytes(content.read())
                same_as_pip(path)
    assert count


def test_included_files_are_found_beside_the_file_that_names_them(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        main="-r sub/base.txt\nxgboost\n-c limits.txt\n--requirement=sub/more.txt\n-rsix.txt\n",
        sub__base="-r more.txt\nnumpy\n",
        sub__more="pandas\n",
        limits="xgboost==1.7.6\nscipy<1.12\n-r six.txt\n",
        six="six\n",
    )
    read = same_as_pip(path)
    assert [package.text for package in read.packages] == [
        *("pandas", "numpy", "xgboost==1.7.6", "six"),
    ]


def test_a_constraint_limits_what_is_asked_for_and_asks_for_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, main="-c limits.txt\ntorch>=2.1\n", limits="torch<2.4\nnumpy<2\n")
    assert [package.text for package in read_requirements(path).packages] == ["torch>=2.1,<2.4"]


def test_the_same_name_in_two_lines_is_wanted_in_a_version_for_both(tmp_path: Path) -> None:
    path = written(tmp_path, main="scikit_learn>=1.2\nScikit-Learn<1.4\n")
    assert [p.text for p in read_requirements(path).packages] == ["scikit-learn>=1.2,<1.4"]
    path = written(tmp_path, main="numpy==1.26.4\nnumpy==2.0.0\n")
    with pytest.raises(UsageError, match=r"main.txt:2: numpy==1.26.4,==2.0.0: no version"):
        _ = read_requirements(path).packages


def test_options_are_kept(tmp_path: Path) -> None:
    read = read_requirements(written(tmp_path, main=FILES["options"]))
    assert len(read.options) == 11
    assert read.options[0] == "--index-url https://pypi.example/simple"
    assert [line.text for line in read.lines] == ["numpy"]


def test_options_that_later_pips_have_are_known(tmp_path: Path) -> None:
    # https://pip.pypa.io/en/stable/news/: --config-settings came after 23.0, --all-releases
    # and --only-final with 26.0.
    text = (
        "--all-releases :all:\n--only-final=numpy\n"
        "numpy --config-settings=a=b\nsix==1.16.0 -C c=d\nscipy --config-setting e=f\n"
    )
    read = read_requirements(written(tmp_path, main=text))
    assert read.options == ("--all-releases :all:", "--only-final=numpy")
    assert [line.text for line in read.lines] == [
        "numpy --config-settings=a=b", "six==1.16.0 -C c=d", "scipy --config-setting e=f",
    ]  # fmt: skip
    assert [package.text for package in read.packages] == ["numpy", "six==1.16.0", "scipy"]


def test_lines_with_markers_wait_for_an_environment(tmp_path: Path) -> None:
    read = read_requirements(written(tmp_path, main=FILES["markers"] + "six\n"))
    assert [package.text for package in read.packages] == ["six"]
    assert [package.text for package in read.applying(LINUX_310)] == ["numpy==1.26.4", "six"]
    assert [p.text for p in read.applying({**LINUX_310, "python_version": "3.7"})] == [
        *("numpy==1.21.6", "six"),
    ]
    assert read.undecided(LINUX_310) == ()
    assert len(read.cautions) == 3
    assert "main.txt:1: numpy is wanted in some environments only" in read.cautions[0]


def test_a_marker_is_never_answered_with_this_machine(tmp_path: Path) -> None:
    read = read_requirements(written(tmp_path, main=FILES["markers"]))
    known = {"python_version": "3.10"}
    assert [package.text for package in read.applying(known)] == []
    assert [line.place.rpartition(":")[2] for line in read.undecided(known)] == ["2", "3"]
    assert len(read.undecided({})) == 3


MARKERS = [
    "python_version >= '3.8'",
    "python_version < '3.10' or sys_platform == 'linux'",
    "platform_machine in 'x86_64 amd64' and os_name == 'posix'",
    "extra == 'test'",
    "implementation_name != 'pypy' and (python_full_version >= '3.10.1')",
    "'linux' in sys_platform",
    "platform_python_implementation == 'CPython'",
]


@pytest.mark.parametrize("marker", MARKERS)
def test_markers_are_evaluated_as_packaging_does(tmp_path: Path, marker: str) -> None:
    read = read_requirements(written(tmp_path, main=f"numpy; {marker}\n"))
    complete = {**LINUX_310, "platform_release": "", "platform_version": "", "extra": ""}
    assert bool(read.applying(LINUX_310)) is Marker(marker).evaluate(complete)


@pytest.mark.parametrize(
    ("line", "reason", "has_package"),
    [
        ("git+https://github.com/org/p.git#egg=p", "it is a URL", False),
        ("p @ https://example.org/p.zip", "it is from a URL", False),
        ("-e ./p", "an editable is built from its own files", False),
        ("./p", "it is a file or folder", False),
        ("p-1.0-py3-none-any.whl", "it is a file or folder", False),
        ("p[fast]==1.0", "what its extras need is not looked up", True),
        ("p==1.0", "", True),
    ],
)
def test_what_no_package_list_can_confirm_says_so(
    tmp_path: Path, line: str, reason: str, has_package: bool
) -> None:
    read = read_requirements(written(tmp_path, main=line))
    assert read.lines[0].unresolvable == reason
    assert bool(read.packages) is has_package
    assert len(read.cautions) == bool(reason)


def test_no_message_has_the_credentials_of_a_url(tmp_path: Path) -> None:
    secret = "https://user:hunter2@example.org/p.whl?token=hunter2"
    read = read_requirements(written(tmp_path, main=f"{secret}\np @ {secret}\n-e git+{secret}\n"))
    assert len(read.cautions) == 3
    assert "hunter2" not in " ".join(read.cautions)
    for bad in (f"p p @ {secret}", f"p -r {secret}", f"-r {secret}"):
        with pytest.raises(UsageError) as error:
            read_requirements(written(tmp_path, main=bad))
        assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("numpy==\n", "main.txt:1: 'numpy==' is not a requirement"),
        ("six\nnumpy=1.0\n", "main.txt:2: 'numpy=1.0' is not a requirement"),
        ("six\n\nnumpy numpy\n", "main.txt:3: 'numpy numpy' is not a requirement"),
        ("numpy==${VERSION}\n", "main.txt:1: .* is not a requirement"),
        ("--colour=red\n", "main.txt:1: no such option: --colour"),
        ("--hash\n", "main.txt:1: --hash option requires 1 argument"),
        ("-r 'half\n", "main.txt:1: No closing quotation"),
        ("-r nowhere.txt\n", "nowhere.txt: cannot be read"),
        ("-r a\0b.txt\n", "cannot be read"),
        ("-r .\n", "cannot be read"),
        ("numpy; python_version > 'x' or\n", "main.txt:1: .* is not a requirement"),
    ],
)
def test_a_line_that_pip_refuses_is_an_error_naming_file_and_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = written(tmp_path, main=text)
    with pytest.raises(UsageError, match=message) as error:
        read_requirements(path)
    assert "\n" not in str(error.value)
    with pytest.raises((InstallationError, ValueError)):
        requirements_of_pip(path)


def requirements_of_pip(path: Path) -> list[Requirement]:
    with PipSession() as session:
        read = parse_requirements(str(path), session=session)
        return [Requirement(one.requirement) for one in read]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # pip drops silently what is after the first of these.
        ("-r a.txt -r b.txt\n", "main.txt:1: '-r a.txt -r b.txt' is not understood"),
        ("numpy -r a.txt\n", "main.txt:1: 'numpy -r a.txt' is not understood"),
        ("--pre numpy\n", "main.txt:1: 'numpy' after an option is not understood"),
        # pip finds out later, or goes over the network.
        ("-r https://example.org/r.txt\n", "main.txt:1: a file at a URL is not read"),
        ("numpy>2,<1\n", "main.txt:1: numpy>2,<1: no version can be all of this"),
        (f"numpy=={'9' * 5000}\n", "main.txt:1: .*99"),
        (f"numpy; python_version > '3' {'and (' * 3000}\n", "is not a requirement"),
        (f"numpy{',>=1' * 4000}\n", "is not a requirement"),
        ("-r main.txt\n", "main.txt: the file includes itself"),
        ("# only\n" * 3 + "six\n" * 10_001, "more than 10000 lines"),
        ("#" * 1_000_001, "more than 1000000 bytes"),
    ],
)
def test_what_pip_would_pass_over_or_choke_on_is_an_error_too(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        read_requirements(written(tmp_path, main=text))


def test_files_that_include_each_other_are_an_error_by_whatever_path(tmp_path: Path) -> None:
    path = written(tmp_path, main="-r sub/a.txt\n", sub__a="-r ../again.txt\n")
    (tmp_path / "again.txt").symlink_to(path)
    with pytest.raises(UsageError, match="includes itself"):
        read_requirements(path)
    chain = {f"f{n}": f"-r f{n + 1}.txt\n" for n in range(30)}
    with pytest.raises(UsageError, match="more than 20 deep"):
        read_requirements(written(tmp_path, main="-r f0.txt\n", **chain))


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, mark: bytes, encoding: str) -> None:
    path = tmp_path / "main.txt"
    path.write_bytes(mark + "xgboost==1.7.6  # für später\nnumpy<2\n".encode(encoding))
    read = read_requirements(path)
    assert [line.text for line in read.lines] == ["xgboost==1.7.6", "numpy<2"]
    assert [package.text for package in read.packages] == ["xgboost==1.7.6", "numpy<2"]


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "main.txt"
    path.write_bytes(b"numpy\n\xff\xfe\xfa\n")
    with pytest.raises(UsageError, match=r"main\.txt: not utf-8 text"):
        read_requirements(path)


PIECES = st.sampled_from(
    [*" \\\n#;,=<>()[]@/.-", "numpy", "==1.0", "-r ", "-e ", "--hash=", "python_version", "'3'"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(PIECES).map(lambda p: "".join(p).encode())))
def test_no_content_is_worse_than_a_usage_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / f"{os.getpid()}.txt"
    path.write_bytes(content)
    assert "\n" not in refusal(path)


def refusal(path: Path) -> str:
    """Give the error of a file, empty if there is none."""
    try:
        read = read_requirements(path)
        assert all(isinstance(line, RequirementLine) for line in read.undecided({}))
        _ = read.packages, read.applying(LINUX_310)
    except UsageError as error:
        return str(error)
    return ""
