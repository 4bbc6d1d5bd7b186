"""The files of the pages: which form is sent, when nothing is, and that nothing else can be reached."""

import gzip

import pytest
from gateway_world import settings_for

from bot.gateway.app import WEB, create_app

SCRIPT = "/static/widget/main.js"


@pytest.fixture
async def client(aiohttp_client, tmp_path):
    # As it comes over the line: aiohttp's client would unpack it.
    return await aiohttp_client(create_app(settings_for(tmp_path, 1)), auto_decompress=False)


@pytest.mark.parametrize(
    ("asked", "packed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.8", True),
        ("GZIP", True),
        ("*", True),
        ("identity", False),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, identity", False),
        ("*;q=0", False),
    ],
)
async def test_who_takes_gzip_gets_it(client, asked, packed):
    response = await client.get(SCRIPT, headers={"Accept-Encoding": asked})
    body, original = await response.read(), (WEB / "widget" / "main.js").read_bytes()
    assert response.status == 200
    assert response.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert (gzip.decompress(body) if packed else body) == original
    assert int(response.headers["Content-Length"]) == len(body)
    assert "Accept-Encoding" in ", ".join(response.headers.getall("Vary"))
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"


async def test_each_form_has_a_name_of_its_own_and_is_not_sent_twice(client):
    tags = set()
    for asked in ("gzip", "identity"):
        headers = {"Accept-Encoding": asked}
        tag = (await client.get(SCRIPT, headers=headers)).headers["ETag"]
        tags.add(tag)
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = await client.get(SCRIPT, headers={**headers, "If-None-Match": known})
            assert (again.status, await again.read()) == (304, b"")
            assert again.headers["ETag"] == tag
            assert "Content-Encoding" not in again.headers
        other = await client.get(SCRIPT, headers={**headers, "If-None-Match": '"other"'})
        assert other.status == 200
    assert len(tags) == 2 and not any(tag.startswith("W/") for tag in tags)


async def test_a_head_has_the_headers_alone(client):
    got = await client.get(SCRIPT, headers={"Accept-Encoding": "gzip"})
    head = await client.head(SCRIPT, headers={"Accept-Encoding": "gzip"})
    assert (head.status, await head.read()) == (200, b"")
    for name in ("ETag", "Content-Length", "Content-Encoding", "Content-Type"):
        assert head.headers[name] == got.headers[name]


async def test_every_file_of_the_pages_is_there_with_its_type(client):
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
    files = [path for path in WEB.rglob("*") if path.is_file()]
    assert len(files) > 20
    for path in files:
        response = await client.get(f"/static/{path.relative_to(WEB).as_posix()}")
        assert response.status == 200, path
        assert response.headers["Content-Type"].startswith(kinds.get(path.suffix, "")), path


@pytest.mark.parametrize(
    "path", ["/static/", "/static/nope.js", "/static/widget", "/static//etc/passwd", "/static/%2e%2e/app.py"]
)
async def test_nothing_else_is_there(client, path):
    response = await client.get(path)
    assert response.status == 404
