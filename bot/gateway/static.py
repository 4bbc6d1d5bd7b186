"""The files of the pages: read once at the start, packed once, named by what they hold.

aiohttp's own file answers have one name for the packed and the plain form of a file, and packing on the way breaks 304.
The files are a few dozen kilobytes of text; what is not in the folder at the start is not there.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bot.gateway.widget_script import ENTRY, join

# Less than this is sent plain: one packet either way. Bytes.
WORTH_PACKING = 600
# The widget changes without its address changing: a browser keeps it and asks each time whether it still counts.
CACHE = "no-cache"


@dataclass(frozen=True)
class Form:
    """One way to send a file."""

    body: bytes = field(repr=False)
    tag: str
    packed: bool


@dataclass(frozen=True)
class File:
    """One file with its forms; ``packed`` is None where it would save nothing."""

    kind: str
    plain: Form
    packed: Form | None


class StaticFiles:
    """The files below one folder, by their path in it."""

    def __init__(self, folder: Path) -> None:
        paths = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
        self._files = {path.relative_to(folder).as_posix(): _read(path) for path in sorted(paths)}
        if (folder / "widget" / ENTRY).is_file():
            self._files["widget.js"] = _file(join(folder / "widget").encode(), "text/javascript; charset=utf-8")

    def answer(self, request: web.Request, name: str) -> web.Response:
        """Return one file in the form that the request can take, or 304 when it has it already.

        Raises:
            HTTPNotFound: there was no such file at the start.
        """
        file = self._files.get(name)
        if file is None:
            raise web.HTTPNotFound
        form = file.packed if file.packed is not None and takes_gzip(request) else file.plain
        headers = {"ETag": form.tag, "Cache-Control": CACHE, "Vary": "Accept-Encoding"}
        if _has_already(request, form.tag):
            return web.Response(status=304, headers=headers)
        if form.packed:
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=form.body, headers={**headers, "Content-Type": file.kind})


def takes_gzip(request: web.Request) -> bool:
    """Say whether the client has asked for gzip; ``q=0`` forbids it."""
    for part in ",".join(request.headers.getall("Accept-Encoding", ())).split(","):
        coding, _, parameter = part.partition(";")
        if coding.strip().lower() in ("gzip", "x-gzip", "*"):
            weight = parameter.strip().lower().removeprefix("q=").strip()
            return not (parameter and weight.strip("0.") == "")
    return False


def _has_already(request: web.Request, tag: str) -> bool:
    known = [one.strip() for one in ",".join(request.headers.getall("If-None-Match", ())).split(",")]
    # A proxy that packs or unpacks on the way weakens the tag; for "have you got it" that is the same.
    return "*" in known or tag in [one.removeprefix("W/") for one in known]


def _read(path: Path) -> File:
    return _file(path.read_bytes(), _kind(path))


def _file(body: bytes, kind: str) -> File:
    name = hashlib.sha256(body).hexdigest()[:24]
    # mtime 0: two processes that serve the same file give it the same bytes.
    smaller = gzip.compress(body, compresslevel=9, mtime=0) if len(body) >= WORTH_PACKING else body
    packed = Form(smaller, f'"{name}-gz"', packed=True) if len(smaller) < len(body) else None
    return File(kind, Form(body, f'"{name}"', packed=False), packed)


def _kind(path: Path) -> str:
    # What the machine's own tables say about .js differs, and browsers run nothing else as a module.
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    if kind is None:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith(("json", "svg+xml")) else kind
