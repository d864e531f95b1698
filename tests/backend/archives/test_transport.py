"""Archives that answer badly: each is told in one sentence, and gets no more than it should."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import io
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from backend.archives import client as client_module
from backend.archives.client import ArchiveClient, Wanted
from backend.archives.errors import ArchiveError
from backend.archives.settings import ArchiveSettings
from fewshot_sam.errors import OperationCancelled
from tests.fewshot_sam.synthetic_files import dicom_series

MULTIPART = 'multipart/related; type="application/dicom"; boundary=b'
PART = b"--b\r\nContent-Type: application/dicom\r\n\r\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        self.server.answer(self)  # type: ignore[attr-defined]

    def do_POST(self) -> None:
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 2**20)))
        self.do_GET()

    def log_message(self, *_args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    seen: list[tuple[str, dict[str, str]]]
    answer: Callable[[BaseHTTPRequestHandler], None]

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that end a connection early are what is tested."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/dw"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def say(
    status: int,
    body: bytes = b"",
    kind: str = "application/dicom+json",
    length: int | None = None,
    **headers: str,
) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)
        if length is not None:
            handler.close_connection = True

    return answer


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Type", MULTIPART)
    handler.send_header("Content-Length", str(10**9))
    handler.end_headers()
    handler.close_connection = True
    try:
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.02)
    except OSError:
        pass


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.3)
    handler.close_connection = True


def archive(server: Server, **others: object) -> ArchiveSettings:
    return ArchiveSettings("a", "PACS", server.url, **{"timeout_s": 1.0, **others})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (say(302, Location="http://127.0.0.1:1/"), "^PACS answers with a redirect, which is not followed"),
        (say(308, Location="/dw/elsewhere"), "a redirect"),
        (say(401), "refuses the login of this server"),
        (say(403), "refuses the login of this server"),
        (say(404), "^PACS has no DICOMweb service at its address"),
        (say(503), "too busy, or down"),
        (say(500, b"<secret>"), r"could not answer \(status 500\)"),
        (say(200, b"<html>", "text/html"), "something else than DICOM"),
        (say(200, b"[" * 100_000), "something else than DICOM"),
        (say(200, b'"x"'), "something else than DICOM"),
        (say(200, b"3"), "something else than DICOM"),
        (say(200, gzip.compress(b"[]"), Content_Encoding="gzip"), "compresses its answer"),
        (say(200, b"[{}", length=100), "broke off its answer"),
        (say(200, b"[" + b" " * 3000 + b"]"), "sent more than"),
        (silent, "did not answer within 1 s"),
    ],
)
def test_a_search_that_fails_is_told(
    server: Server,
    answer: Callable[[BaseHTTPRequestHandler], None],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.answer = answer
    if told == "sent more than":
        monkeypatch.setattr(client_module, "MAX_ANSWER_BYTES", 2000)
    with pytest.raises(ArchiveError, match=told) as error:
        ArchiveClient(archive(server)).studies(Wanted())
    assert "secret" not in str(error.value) and "127.0.0.1" not in str(error.value)
    assert len(server.seen) == 1  # not asked again, and not elsewhere


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (say(404), "^PACS has no such series any more"),
        (say(302, Location="http://127.0.0.1:1/"), "a redirect"),
        (say(200, b"{}", "application/json"), "something else than DICOM"),
        (say(200, PART + b"DICM\r\n", MULTIPART), "broke off before the whole series was here"),
        (say(200, PART + b"DICM", MULTIPART, length=1000), "broke off its answer"),
        (say(200, b"no headers\r\n--b--\r\n", MULTIPART), "something else than DICOM"),
        (say(200, (PART + b"DICM\r\n") * 3 + b"--b--\r\n", MULTIPART), "more than 2 images"),
        (say(200, PART + bytes(3 * 10**6) + b"\r\n--b--\r\n", MULTIPART), r"sent more than 2\.861 MB"),
        (drip, "was not done within 0.3 s"),
    ],
)
def test_a_fetch_that_fails_is_told(
    server: Server, answer: Callable[[BaseHTTPRequestHandler], None], told: str, tmp_path: Path
) -> None:
    server.answer = answer
    chosen = archive(server, max_instances=2, max_bytes=3 * 10**6, fetch_s=0.3 if answer is drip else 9.0)
    with pytest.raises(ArchiveError, match=told):
        ArchiveClient(chosen).fetch("1.2", "1.3", tmp_path)
    assert len(server.seen) == 1


def test_one_large_part_is_too_much(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MAX_INSTANCE_BYTES", 2**20)
    server.answer = say(200, PART + bytes(2 * 2**20) + b"\r\n--b--\r\n", MULTIPART)
    with pytest.raises(ArchiveError, match="sent more than 1 MB"):
        ArchiveClient(archive(server)).fetch("1.2", "1.3", tmp_path)


def test_what_is_cancelled_ends_at_the_next_byte(server: Server, tmp_path: Path) -> None:
    server.answer = drip
    began_s = time.monotonic()

    def check() -> None:
        if time.monotonic() - began_s > 0.2:
            raise OperationCancelled("enough")

    with pytest.raises(OperationCancelled, match="enough"):
        ArchiveClient(archive(server), check).fetch("1.2", "1.3", tmp_path)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (say(409), "did not take the object. Ask"),
        (say(413), "does not take an object of this size"),
        (say(200, b'{"00081198": {"vr": "SQ", "Value": [{"00081197": {"vr": "US", "Value": [42752]}}]}}'),
         r"did not take the object \(reason A700 of DICOM\)"),
        (say(200, b"<x", "application/dicom+xml"), "something else than DICOM"),
        (say(302, Location="http://127.0.0.1:1/"), "a redirect"),
    ],
)  # fmt: skip
def test_a_store_that_fails_is_told(
    server: Server, answer: Callable[[BaseHTTPRequestHandler], None], told: str
) -> None:
    server.answer = answer
    content = io.BytesIO()
    (made,) = dicom_series(1)
    made.PixelData = bytes(2**21 + 2)
    made.save_as(content)
    with pytest.raises(ArchiveError, match=told):
        ArchiveClient(archive(server)).store(content.getvalue())
    ((path, headers),) = server.seen
    assert path == "/dw/studies" and int(headers["Content-Length"]) > 2**21
    assert headers["Accept"] == "application/dicom+json"


def test_parts_come_as_files(server: Server, tmp_path: Path) -> None:
    server.answer = say(200, PART + b"one\r\n" + PART + b"two\r\n--b--\r\n", MULTIPART)
    told: list[tuple[int, int]] = []
    size = ArchiveClient(archive(server, token="t0k")).fetch(
        "1.2", "1.3", tmp_path, lambda *at: told.append(at)
    )
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [b"one", b"two"]
    assert told == [(1, size), (2, size)]
    ((path, headers),) = server.seen
    assert path == "/dw/studies/1.2/series/1.3"
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"
    assert headers["Authorization"] == "Bearer t0k"
    assert headers["Accept-Encoding"] == "identity"


def test_wildcards_are_sent_as_they_are(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a login as UTF-8; what the environment says of proxies and logins is not used."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.answer = say(200, b"[]")
    chosen = archive(server, user="s", password="\u20ac")
    assert ArchiveClient(chosen).studies(Wanted(patient_name="M\u00fc*", modality="CT")) == ([], False)
    (first, headers), (second, _) = server.seen
    assert "00100010=M%C3%BC*&" in first and "limit=101" in first and "00100010=M*&" in second
    assert headers["Authorization"] == f"Basic {base64.b64encode('s:€'.encode()).decode()}"


def test_certificates_are_verified(server: Server, tmp_path: Path) -> None:
    """Those that certifi trusts, or those of the hospital; never for another name."""
    server.answer = say(200, b"[]")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    write_certificate(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = server.url.replace("http:", "https:")
    trusting = ArchiveSettings("a", "PACS", url, ca_file=str(certificate), timeout_s=2)
    assert ArchiveClient(trusting).studies(Wanted()) == ([], False)
    for other in (
        ArchiveSettings("a", "PACS", url, timeout_s=2),
        dataclasses.replace(trusting, url=url.replace("127.0.0.1", "localhost")),
    ):
        with pytest.raises(ArchiveError, match="no certificate that is trusted here"):
            ArchiveClient(other).studies(Wanted())


def write_certificate(certificate: Path, key: Path) -> None:
    """One of 127.0.0.1 that nobody signed but itself."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "archive")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def test_more_than_are_told_the_newest_first(server: Server) -> None:
    study = '{"0020000D": {"Value": ["1.2"]}, "00080020": {"vr": "DA", "Value": ["2026010%d"]}}'
    server.answer = say(200, f"[{','.join(study % day for day in (2, 1, 3, 4))}]".encode())  # knows no limit
    found, more = ArchiveClient(archive(server, max_results=3)).studies(Wanted())
    assert ([each.date[-1] for each in found], more) == (["3", "2", "1"], True)


def test_who_is_not_there_is_told() -> None:
    for url in ("http://127.0.0.1:1/dw", "https://127.0.0.1:1/dw", "http://nowhere.invalid/dw"):
        with pytest.raises(ArchiveError, match=r"^PACS cannot be reached"):
            ArchiveClient(ArchiveSettings("a", "PACS", url, timeout_s=1)).studies(Wanted())
