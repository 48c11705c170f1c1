"""The real site, built once and served at the origin it was built for."""

from __future__ import annotations

import functools
import gzip
import http.server
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def page_urls() -> list[str]:
    """Addresses of all pages, relative to the site's root: what `docs/` holds, so that none can be forgotten."""
    urls = []
    for path in sorted([*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")]):
        name = path.relative_to(DOCS).with_suffix("").as_posix()
        if ".ipynb_checkpoints" not in path.parts:
            urls.append("" if name == "index" else name.removesuffix("/index") + "/")
    return urls


@dataclass(frozen=True, slots=True)
class Site:
    directory: Path
    origin: str

    def file(self, url: str) -> Path:
        return self.directory / url / "index.html"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """`mkdocs build --strict` of this repository, as `make build` does it."""
    directory = tmp_path_factory.mktemp("site")
    origin = f"http://127.0.0.1:{_free_port()}/"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(directory)],
        cwd=ROOT,
        env={**os.environ, "SITE_URL": origin, "NO_MKDOCS_2_WARNING": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, f"mkdocs build --strict failed:\n{done.stderr[-6000:]}"
    return Site(directory, origin)


@functools.cache
def _compressed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), 6)


class _Handler(http.server.SimpleHTTPRequestHandler):
    """As a static host does it: compressed, kept by the browser, and `404.html` for what is not there."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        file = path / "index.html" if path.is_dir() else path
        if not file.is_file() or (path.is_dir() and not self.path.partition("?")[0].endswith("/")):
            super().do_GET()
            return
        body = _compressed(file)
        self.send_response(200)
        kind = self.guess_type(str(file))
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="session")
def served(site: Site) -> Iterator[Site]:
    """The site, served at its own origin."""
    port = int(site.origin.rsplit(":", 1)[1].strip("/"))
    handler = functools.partial(_Handler, directory=str(site.directory))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield site
    server.shutdown()
    server.server_close()
