"""Files out of folders, archives and downloads: what is read, and what is refused."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import ssl
import tarfile
import threading
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from servers.front import Answer, Call, Forward, Front, Reply

from catalog.errors import SourceError
from catalog.sources import files
from catalog.sources.files import NotThereError, download, read_files
from catalog.sources.interface import silent

FILES = {"a.yml": b"one", "b/c.yml": b"two", "b/other.bin": b"\x00" * 600}


def is_yaml(name: str) -> bool:
    return name.endswith(".yml")


def tarred(path: Path, mode: str, content: dict[str, bytes]) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in content.items():
            entry = tarfile.TarInfo(f"./{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def zipped(path: Path, content: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def unpacked(path: Path, content: dict[str, bytes]) -> Path:
    for name, data in content.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def assert_refused(path: Path, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        list(read_files(path, is_yaml))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("style", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_a_tar_archive_is_read_whatever_it_is_compressed_with(
    tmp_path: Path, mode: str, style: int
) -> None:
    long = "d" * 80 + "/" + "e" * 90 + ".yml"
    with tarfile.open(tmp_path / "x", mode, format=style) as archive:  # type: ignore[call-overload]
        for name, data in {**FILES, long: b"three"}.items():
            entry = tarfile.TarInfo(f"./{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    found = list(read_files(tmp_path / "x", is_yaml))
    assert found == [("a.yml", b"one"), ("b/c.yml", b"two"), (long, b"three")]


def test_a_folder_and_a_zip_read_the_same(tmp_path: Path) -> None:
    expected = [("a.yml", b"one"), ("b/c.yml", b"two")]
    assert list(read_files(unpacked(tmp_path / "folder", FILES), is_yaml)) == expected
    assert list(read_files(zipped(tmp_path / "x.zip", FILES), is_yaml)) == expected


def test_a_pipe_that_is_named_like_a_record_is_passed_over(tmp_path: Path) -> None:
    unpacked(tmp_path, FILES)
    os.mkfifo(tmp_path / "b" / "pipe.yml")
    (tmp_path / "link.yml").symlink_to(tmp_path / "b" / "pipe.yml")
    (tmp_path / "real.yml").symlink_to(tmp_path / "a.yml")
    names = [name for name, _ in read_files(tmp_path, is_yaml)]
    assert names == ["a.yml", "b/c.yml", "real.yml"]
    assert_refused(tmp_path / "b" / "pipe.yml", "no such file or folder")


def test_a_bomb_in_an_entry_that_is_not_wanted_is_refused_before_it_is_decompressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tarred(tmp_path / "bomb.tar.xz", "w:xz", {"large.bin": bytes(40_000_000)})
    assert path.stat().st_size < 10_000
    decompressed: list[int] = []

    class Counting(lzma.LZMAFile):
        def read(self, size: int | None = -1) -> bytes:
            block = super().read(size)
            decompressed.append(len(block))
            return block

    monkeypatch.setattr(lzma, "LZMAFile", Counting)
    monkeypatch.setattr(files, "MAX_TOTAL_BYTES", 30_000_000)
    assert_refused(path, r"too large to be a source \(at large\.bin\)")
    assert sum(decompressed) < 100_000


@pytest.mark.parametrize("mode", ["w:gz", "w:xz"])
def test_the_bytes_of_all_entries_of_a_tar_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(files, "MAX_TOTAL_BYTES", 100_000)
    content = {f"{number}.bin": bytes(10_000) for number in range(11)}
    path = tarred(tmp_path / "x", mode, content)
    assert_refused(path, r"too large to be a source \(at 10\.bin\)")
    path = tarred(tmp_path / "y", mode, dict(list(content.items())[:10]) | {"a.yml": b""})
    assert list(read_files(path, is_yaml)) == [("a.yml", b"")]


def test_the_bytes_of_all_entries_of_a_zip_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_TOTAL_BYTES", 100_000)
    content = {f"{number:02}.bin": bytes(10_000) for number in range(11)}
    assert_refused(zipped(tmp_path / "x", content), "too large to be a source")


@pytest.mark.parametrize(
    "packed", [lambda path, content: tarred(path, "w:gz", content), zipped], ids=["tar", "zip"]
)
def test_entries_that_are_not_wanted_are_counted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    packed: Callable[[Path, dict[str, bytes]], Path],
) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 100)
    content = {f"{number:03}.bin": b"" for number in range(101)}
    assert_refused(packed(tmp_path / "x", content), r"too large to be a source \(at 100\.bin\)")


def test_a_large_file_is_refused_where_it_is_wanted_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 1000)
    path = tarred(tmp_path / "x", "w", {"a.bin": bytes(2000), "b.yml": b"b"})
    assert list(read_files(path, is_yaml)) == [("b.yml", b"b")]
    assert_refused(tarred(tmp_path / "y", "w", {"a.yml": bytes(2000)}), r"\(at a\.yml\)")


def test_a_name_of_many_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("pax")
    entry.type, entry.size = tarfile.XHDTYPE, 50_000_000
    with gzip.open(tmp_path / "x", "wb") as out:
        out.write(entry.tobuf() + bytes(entry.size))
    tracemalloc.start()
    assert_refused(tmp_path / "x", "too large to be a source")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_entries_that_are_passed_over_are_not_kept(tmp_path: Path) -> None:
    content = dict.fromkeys((f"{number}.bin" for number in range(5_000)), b"")
    path = tarred(tmp_path / "x", "w:gz", {**content, "a.yml": b"one"})
    tracemalloc.start()
    assert list(read_files(path, is_yaml)) == [("a.yml", b"one")]
    assert tracemalloc.get_traced_memory()[1] < 1_000_000  # a TarInfo has some 800
    tracemalloc.stop()


def encrypted(path: Path) -> None:
    """Say of the first entry that it is encrypted: bit 0 of its flags (APPNOTE 4.4.4)."""
    content = bytearray(zipped(path, FILES).read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


def of_an_unknown_method(path: Path) -> None:
    """Say of the first entry that it is compressed by method 97, WavPack."""
    content = bytearray(zipped(path, FILES).read_bytes())
    content[8] = 97
    content[content.index(b"PK\x01\x02") + 10] = 97
    path.write_bytes(content)


def of_a_later_version(path: Path) -> None:
    """Say of the first entry that version 25.5 is needed to extract it."""
    content = bytearray(zipped(path, FILES).read_bytes())
    content[content.index(b"PK\x01\x02") + 6] = 255
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("made", "words"),
    [(encrypted, "encrypted"), (of_an_unknown_method, "method"), (of_a_later_version, "version")],
)
def test_a_zip_that_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, made: Callable[[Path], None], words: str
) -> None:
    made(tmp_path / "x.zip")
    assert_refused(tmp_path / "x.zip", f"not an archive that can be read .*{words}")


def test_a_damaged_archive_is_refused_in_one_line(tmp_path: Path) -> None:
    noise = os.urandom(3000)
    for number, mode in enumerate(["w", "w:gz", "w:bz2", "w:xz"]):
        path = tarred(tmp_path / f"x{number}", mode, {"a.yml": noise})
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] if mode != "w" else whole[:1000])
        assert_refused(path, "damaged archive")
    for mode in ("w:gz", "w:bz2", "w:xz"):
        path = tarred(tmp_path / "checksum", mode, {"a.yml": noise})
        whole = bytearray(path.read_bytes())
        whole[len(whole) // 2] ^= 255
        path.write_bytes(whole)
        assert_refused(path, "damaged archive|cannot be read")
    path = zipped(tmp_path / "zip", {"a.yml": noise}, zipfile.ZIP_STORED)
    whole = bytearray(path.read_bytes())
    whole[200] ^= 255
    path.write_bytes(whole)
    assert_refused(path, "damaged archive")
    path.write_bytes(b"<html>Sign in</html>")
    assert_refused(path, "damaged archive")


def test_a_sparse_file_with_a_damaged_map_is_refused_in_one_line(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("a.yml")
    entry.pax_headers = {"GNU.sparse.map": "0,x", "GNU.sparse.size": "10"}
    with tarfile.open(tmp_path / "x", "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(entry)
    assert_refused(tmp_path / "x", "damaged archive")


def answering(*replies: Reply) -> Answer:
    left = list(replies)

    def answer(call: Call, forward: Forward) -> Reply:
        return left.pop(0)

    return answer


def fetched(url: str, *, insecure: bool = False) -> bytes:
    path = download(url, silent, insecure=insecure)
    content = path.read_bytes()
    path.unlink()
    return content


def test_a_download_follows_redirects(tmp_path: Path) -> None:
    front = Front(answer=answering(Reply(302, b"", {"Location": "/there"}), Reply(200, b"here")))
    with front:
        assert fetched(f"{front.url}/x") == b"here"
    assert [call.path for call in front.calls] == ["/x", "/there"]


def test_what_is_gone_is_told_apart_from_what_fails() -> None:
    with Front(answer=answering(Reply(404), Reply(500))) as front:
        with pytest.raises(NotThereError, match=f"{front.url}/x: HTTP 404"):
            download(f"{front.url}/x", silent)
        with pytest.raises(SourceError, match="HTTP 500") as caught:
            download(f"{front.url}/x", silent)
    assert not isinstance(caught.value, NotThereError)


@pytest.mark.parametrize("insecure", [False, True])
@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@archives.example/x",
        "http://user:hunter2@127.0.0.1:1/x",
        "https://user:hunter2@archives.example:99999/x",
        "https://hunter2@archives.example/x",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url: str, insecure: bool) -> None:
    with pytest.raises(SourceError) as caught:
        download(url, silent, insecure=insecure)
    assert "hunter2" not in str(caught.value)


def test_plain_http_to_other_machines_is_refused() -> None:
    with pytest.raises(SourceError, match="not HTTPS"):
        download("http://archives.example/x", silent)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("http://archives.example/x", "not HTTPS"),
        ("https://user:hunter2@archives.example/x", "holds a user name"),
        ("http://user:hunter2@127.0.0.1:1/x", "holds a user name"),
        ("file:///etc/passwd", "is not an address"),
    ],
)
def test_a_redirect_that_leads_astray_is_not_followed(target: str, words: str) -> None:
    redirect = Reply(302, b"", {"Location": target})
    with (
        Front(answer=answering(redirect)) as front,
        pytest.raises(SourceError, match=words) as caught,
    ):
        download(f"{front.url}/x", silent)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


class Redirecting(BaseHTTPRequestHandler):
    """Leads from /http://there to http://there, and answers `secret` to all else."""

    def do_GET(self) -> None:
        target = self.path.removeprefix("/")
        self.send_response(302 if target.startswith("http") else 200)
        self.send_header("Location", target)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secret")

    def log_message(self, *_: object) -> None:
        """Keep the test run's output to itself."""


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a server of HTTPS, whose certificate is trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle)
    with ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()


def test_https_is_not_left_for_plain_http_even_on_this_machine(secure: str) -> None:
    with Front(answer=answering(Reply(200, b"plain"))) as plain:
        assert fetched(f"{secure}/x") == b"secret"
        assert fetched(f"{secure}/{secure}/x") == b"secret"
        with pytest.raises(SourceError, match="leads from HTTPS to plain HTTP"):
            download(f"{secure}/{plain.url}/x", silent)
        assert plain.calls == []
        assert fetched(f"{secure}/{plain.url}/x", insecure=True) == b"plain"
