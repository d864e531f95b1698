"""Who may ask what: hosts, origins, the header of changes, owners, static files, uploads' limits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from backend.addresses import is_loopback
from backend.config import Config
from backend.http.guard import Guard, host_name
from backend.http.identity import COOKIE
from backend.services import build_services
from tests.backend.clients import make_client
from tests.backend.tiny import write_tiny_nifti

MakeClient = Callable[..., TestClient]


@pytest.fixture
def client_with(config: Config, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A client of a server with a changed configuration."""
    opened = []

    def make(**changes: object) -> TestClient:
        services = build_services(dataclasses.replace(config, **changes))  # type: ignore[arg-type]
        opened.append(services)
        static = tmp_path / "static"
        static.mkdir(exist_ok=True)
        (static / "main.js").write_text("export {};")
        (tmp_path / "secret.txt").write_text("secret")
        return make_client(services, static)

    yield make
    for services in opened:
        services.close()


def test_changes_need_the_header(client: TestClient) -> None:
    client.headers.pop("X-Fewshot-Sam")
    answer = client.post("/api/projects", json={"name": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert client.get("/api/health").status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "file://"])
def test_foreign_origins_are_refused(client: TestClient, origin: str) -> None:
    for method in ("GET", "POST"):
        answer = client.request(method, "/api/projects", headers={"Origin": origin}, json={"name": "x"})
        assert answer.status_code == 403


def test_our_own_origin_is_fine(client: TestClient) -> None:
    answer = client.post("/api/projects", json={"name": "x"}, headers={"Origin": "http://127.0.0.1:7860"})
    assert answer.status_code == 201


def test_a_cross_site_fetch_without_origin_is_refused(client: TestClient) -> None:
    assert client.get("/api/projects", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(
    ("host", "listens", "allowed", "status"),
    [
        ("localhost:7860", "127.0.0.1", (), 200),
        ("[::1]:7860", "127.0.0.1", (), 200),
        ("rebound.example", "127.0.0.1", (), 403),
        ("192.0.2.9:7860", "127.0.0.1", (), 403),
        ("192.0.2.9:7860", "0.0.0.0", (), 200),
        ("workstation:7860", "0.0.0.0", (), 200),
        ("rebound.example", "0.0.0.0", (), 403),
        ("labels.hospital.example", "0.0.0.0", ("labels.hospital.example",), 200),
    ],
)
def test_hosts(
    client_with: MakeClient, host: str, listens: str, allowed: tuple[str, ...], status: int
) -> None:
    client = client_with(host=listens, allowed_hosts=allowed)
    assert client.get("/api/health", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "host", ["[::1", "::1]", "localhost:abc", "localhost:1:2", "a@localhost", "", "\xff", "[x]"]
)
def test_hosts_that_are_no_addresses(client_with: MakeClient, host: str) -> None:
    for listens in ("127.0.0.1", "0.0.0.0"):
        answer = client_with(host=listens).get("/api/health", headers={"Host": host.encode("latin-1")})
        assert answer.status_code == (200 if not host and listens == "0.0.0.0" else 403)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/config",
            "/openapi.json",
            "/docs",
            "/redoc",
            "/login",
            "/monitoring",
            "/monitoring/summary",
            "/svelte/x",
        ),
        *(
            "/pwa_icon",
            "/api/docs",
            "/api/openapi.json",
            "/secret.txt",
            "/a/../config",
            "/static/%00",
            "/x" * 2000,
        ),
        *("/static/..%2f..%2fetc%2fpasswd", "/static/%5c..", "/assets/" + "a" * 300, "//config", "/Config"),
    ],
)
def test_what_the_page_does_not_use_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/theme.css", "/assets/x.js", "/robots.txt", "/favicon.ico"])
def test_the_page_is_only_read(client: TestClient, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        assert client.request(method, path).status_code == 404


def test_crawlers_are_sent_away(client: TestClient) -> None:
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_gradio_sees_neither_queries_nor_foreign_addresses(config: Config) -> None:
    """Its page looks up ?page= in a table and builds links from X-Forwarded-Host."""
    seen: dict[str, object] = {}

    async def page(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        seen.update(scope)
        await PlainTextResponse("page")(scope, receive, send)

    client = TestClient(Guard(page, config), base_url="http://localhost")
    for forwarded, kept in (("evil.example", False), ("[", False), ("localhost:8000", True)):
        headers = {"X-Forwarded-Host": forwarded, "X-Gradio-Server": "::"}
        assert client.get("/?page=x&deep_link=../..", headers=headers).status_code == 200
        names = [name for name, _ in seen["headers"]]  # type: ignore[attr-defined]
        assert (seen["query_string"], b"x-gradio-server" in names) == (b"", False)
        assert (b"x-forwarded-host" in names) is kept


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/file=/etc/passwd", "/gradio_api/proxy=x", "/gradio_api/run/predict", "/gradio_api/api/x"],
)
def test_gradios_own_file_routes_are_closed(client: TestClient, path: str) -> None:
    assert client.post(path).status_code == 403
    assert client.get(path).status_code == 403


def test_host_names() -> None:
    assert host_name("LOCALHOST:80") == "localhost"
    assert host_name("[::1]:80") == "::1"
    assert is_loopback("127.9.9.9")
    assert not is_loopback("localhost.evil.example")


def test_answers_carry_security_headers(client: TestClient) -> None:
    headers = client.get("/api/health").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_a_space_may_be_framed_by_hugging_face_only(client_with: MakeClient) -> None:
    headers = client_with(on_spaces=True, multi_user=True, host="0.0.0.0").get("/api/health").headers
    assert "frame-ancestors 'self' https://huggingface.co" in headers["content-security-policy"]
    assert "x-frame-options" not in headers
    assert "SameSite=None; Secure" in headers["set-cookie"]


def test_two_browsers_do_not_see_each_other(client_with: MakeClient, tmp_path: Path) -> None:
    first = client_with(multi_user=True)
    second = TestClient(first.app, base_url="http://127.0.0.1:7860", headers=first.headers)
    cookie = first.get("/api/health").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    project = first.post("/api/projects", json={"name": "mine"}).json()
    label = first.post(f"/api/projects/{project['id']}/labels", json={"name": "l"}).json()
    path = write_tiny_nifti(tmp_path / "v.nii")
    volume = first.post(
        f"/api/projects/{project['id']}/volumes", files={"files": (path.name, path.read_bytes())}
    ).json()
    slice_url = f"/api/volumes/{volume['id']}/annotations/axial/0"
    saved = first.put(
        slice_url, content=bytes([1]) + bytes(29), headers={"X-Base-Version": "0", "X-State": "painted"}
    )
    assert saved.status_code == 200
    run = first.post(f"/api/volumes/{volume['id']}/runs", json={"kind": "propagate"}).json()
    foreign = [
        ("GET", f"/api/projects/{project['id']}/batches"),
        ("GET", f"/api/projects/{project['id']}"),
        ("DELETE", f"/api/projects/{project['id']}"),
        ("GET", f"/api/projects/{project['id']}/models"),
        ("DELETE", f"/api/labels/{label['id']}"),
        ("GET", f"/api/volumes/{volume['id']}"),
        ("GET", f"/api/volumes/{volume['id']}/voxels"),
        ("GET", f"/api/volumes/{volume['id']}/preview.nii"),
        ("GET", f"/api/volumes/{volume['id']}/thumbnail.png"),
        ("GET", f"/api/volumes/{volume['id']}/provenance"),
        ("GET", f"/api/volumes/{volume['id']}/annotations"),
        ("GET", f"/api/volumes/{volume['id']}/readings"),
        ("POST", f"/api/volumes/{volume['id']}/readings"),
        ("GET", f"/api/volumes/{volume['id']}/agreement"),
        ("GET", f"/api/volumes/{volume['id']}/reference"),
        ("DELETE", f"/api/volumes/{volume['id']}/reference"),
        ("GET", f"/api/projects/{project['id']}/scores"),
        ("GET", f"/api/projects/{project['id']}/report"),
        ("GET", f"/api/projects/{project['id']}/masks"),
        ("GET", f"/api/projects/{project['id']}/training-set"),
        ("GET", slice_url),
        ("GET", f"{slice_url}/versions"),
        ("GET", f"/api/volumes/{volume['id']}/runs"),
        ("DELETE", f"/api/volumes/{volume['id']}"),
        ("GET", f"/api/runs/{run['id']}"),
        ("POST", f"/api/runs/{run['id']}/cancel"),
    ]
    for method, url in foreign:
        assert second.request(method, url).status_code == 404, url
    assert project["id"] not in second.get("/api/projects").text
    assert first.get(slice_url).status_code == 200


def test_a_made_up_cookie_is_replaced(client_with: MakeClient) -> None:
    client = client_with(multi_user=True)
    answer = client.get("/api/health", headers={"Cookie": f"{COOKIE}=guess"})
    assert COOKIE in answer.headers["set-cookie"]
    assert "set-cookie" not in client.get("/api/health").headers


def test_one_user_needs_no_cookie(client: TestClient) -> None:
    assert "set-cookie" not in client.get("/api/health").headers


def test_static_files(client_with: MakeClient) -> None:
    client = client_with()
    script = client.get("/static/main.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "no-cache"
    etag = script.headers["etag"]
    assert client.get("/static/main.js", headers={"If-None-Match": etag}).status_code == 304
    assert client.get("/static/nope.js").status_code == 404
    assert client.get("/static/../secret.txt").status_code == 404
    assert client.get("/static/%2e%2e/secret.txt").status_code == 404


def test_niivue_comes_from_the_installed_package(client_with: MakeClient) -> None:
    script = client_with().get("/static/vendor/niivue.umd.js")
    assert script.status_code == 200
    assert "niivue" in script.text[:5000].lower()


def test_an_upload_over_the_limit_is_refused_and_removed(client_with: MakeClient, config: Config) -> None:
    client = client_with(max_upload_bytes=1000)
    project = client.post("/api/projects", json={"name": "x"}).json()["id"]
    answer = client.post(f"/api/projects/{project}/volumes", files={"files": ("a.nii", bytes(5000))})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")

    def chunks():  # type: ignore[no-untyped-def]
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.nii"\r\n\r\n'
        for _ in range(10):
            yield bytes(500)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}  # no Content-Length
    answer = client.post(f"/api/projects/{project}/volumes", content=chunks(), headers=headers)
    assert answer.status_code == 413
    assert list(config.uploads_folder.iterdir()) == []


def test_a_cut_off_upload_is_refused_and_removed(client: TestClient, project_id: str, config: Config) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.nii"\r\n\r\nabc'
    answer = client.post(
        f"/api/projects/{project_id}/volumes",
        content=body,
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert (answer.status_code, "before it was complete" in answer.text) == (400, True)
    assert list(config.uploads_folder.iterdir()) == []
