"""The real site: how it is built, and how it is served."""

from __future__ import annotations

import functools
import gzip
import http.server
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ORIGIN = "https://site.invalid/"
"""What the site is built for."""


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


def recipe(target: str) -> list[str]:
    """The lines of a target of the Makefile."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(rf"(?m)^{target}:.*\n((?:\t.*\n)+)", text)
    assert found is not None
    return [line.strip().lstrip("@") for line in found[1].splitlines()]


def build(directory: Path) -> None:
    """This repository, built by the Makefile's own lines but for the check, which other tests are, and for the folder
    and the origin."""
    lines = [line for line in recipe("build") if "proofread check" not in line]
    assert len(lines) == 2
    for line in lines:
        command = re.sub(r"-o site\b", f"-o {shlex.quote(str(directory))}", line)
        if "mkdocs" in line:
            command += f" --site-dir {shlex.quote(str(directory))}"
        python = shlex.quote(sys.executable)
        command = command.replace("$(BIN)/python", python).replace("$(BIN)/mkdocs", f"{python} -m mkdocs")
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env={**os.environ, "SITE_URL": ORIGIN, "NO_MKDOCS_2_WARNING": "1", "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, f"{command} failed:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"


@functools.cache
def _compressed(file: Path, origin: str) -> bytes:
    return gzip.compress(file.read_bytes().replace(ORIGIN.encode("ascii"), origin.encode("ascii")), 6)


class _Handler(http.server.SimpleHTTPRequestHandler):
    """As the site's own host does it: compressed, kept by the browser, and `404.html` for what is not there."""

    server: http.server.HTTPServer

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        file = path / "index.html" if path.is_dir() else path
        if not file.is_file() or (path.is_dir() and not self.path.partition("?")[0].endswith("/")):
            super().do_GET()
            return
        body = _compressed(file, self.origin)
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
        body = page.read_bytes().replace(ORIGIN.encode("ascii"), self.origin.encode("ascii"))
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serve(site: Site) -> Iterator[Site]:
    """The site at a server of its own: what names its origin names the server's."""
    handler = functools.partial(_Handler, directory=str(site.directory))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Site(site.directory, f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()
    server.server_close()
