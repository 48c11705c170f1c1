"""The built site in a browser, measured: a table with a row a page.

    python bench/site.py [SITE] [--lighthouse [URL ...]]

SITE (default: `site`) is what `make build` wrote. It is served as static hosts serve it, compressed. Columns:

- HTML, CSS, JS: KB over the wire, the search worker included; requests: how many, to the site itself and elsewhere;
- settled: ms until the largest picture or text is painted (LCP); shift: CLS; both at 1280 px without throttling;
- axe: serious and critical findings, light and dark together.

`--lighthouse` runs the `lighthouse` of the path (npm install -g lighthouse) on some pages: its four scores, 0 to 100,
desktop and mobile, with its simulated throttling; of three runs the one with the median performance. That score also
measures how busy the machine is: its load and Lighthouse's own mark of it (1500 and more if quiet) stand beside.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
AXE = ROOT / "tests" / "site" / "vendor" / "axe-core-4.14.1.min.js"
QUIET = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking")
KINDS = {"document": "HTML", "stylesheet": "CSS", "script": "JS"}
LIGHTHOUSE = ("", "derivative/four-formulas/", "autodiff/graph/")
"""Pages for Lighthouse if none are named: the first, one of formulas, one of graphs."""
WATCH = """
window.measured = {shift: 0, settled: 0};
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) measured.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) measured.settled = entry.startTime;
}).observe({type: "largest-contentful-paint", buffered: true});
"""
# As the tests do it: what scrolls sideways is found out when a reader comes near.
READ_ON = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += 1500) {
    scrollTo(0, y);
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
  scrollTo(0, 0);
}"""
GRAVE = """axe.run(document, {resultTypes: ["violations"]}).then(found =>
  found.violations.filter(rule => ["serious", "critical"].includes(rule.impact)).length)"""


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured on one page."""

    url: str
    bytes: Counter[str]
    own: int
    foreign: int
    settled: float
    shift: float
    grave: int


class _Compressed(http.server.SimpleHTTPRequestHandler):
    """Files gzipped, and kept by the browser, as static hosts do it."""

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        file = path / "index.html" if path.is_dir() else path
        if not file.is_file():
            self.send_error(404)
            return
        body = gzip.compress(file.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=31536000")
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The site's origin while it is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Compressed, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def measure(browser: Any, origin: str, url: str) -> Row:
    """One page, once in light and once in dark."""
    sizes: Counter[str] = Counter()
    places: Counter[bool] = Counter()
    grave = 0
    told: dict[str, float] = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
        )
        page = context.new_page()
        responses: list[Any] = []
        if scheme == "light":
            page.on("response", lambda response, seen=responses: seen.append(response))
            page.add_init_script(WATCH)
        page.goto(origin + url)
        page.wait_for_load_state("networkidle")
        for response in responses:
            places[response.url.startswith((origin, "data:", "blob:"))] += 1
            if response.request.resource_type in KINDS and response.ok:
                sizes[KINDS[response.request.resource_type]] += len(gzip.compress(response.body()))
        told = told or page.evaluate("measured")
        page.add_style_tag(content="*, ::before, ::after { content-visibility: visible !important }")
        page.evaluate(READ_ON)
        page.wait_for_timeout(200)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        grave += page.evaluate(GRAVE)
        context.close()
    return Row(url, sizes, places[True], places[False], told["settled"], told["shift"], grave)


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The rows in Markdown as they come, the worst of each column last."""
    yield "| page | HTML KB | CSS KB | JS KB | together KB | requests | elsewhere | settled ms | shift | axe |"
    yield "| :-- |" + " --: |" * 9
    worst = [0.0] * 9
    for row in rows:
        sizes = [row.bytes[kind] / 1024 for kind in KINDS.values()]
        values = [*sizes, sum(sizes), row.own, row.foreign, row.settled, row.shift, row.grave]
        worst = [max(pair) for pair in zip(worst, values, strict=True)]
        yield _row(row.url or "/", values)
    yield _row("**worst**", worst)


def _row(name: str, values: Sequence[float]) -> str:
    digits = (0, 0, 0, 0, 0, 0, 0, 4, 0)
    return f"| {name} | {' | '.join(f'{value:.{n}f}' for value, n in zip(values, digits, strict=True))} |"


NAMES = ("performance", "accessibility", "best-practices", "seo")
RUNS = 3


def lighthouse(command: str, chromium: str, origin: str, urls: Sequence[str]) -> Iterator[str]:
    """The four scores of some pages in Markdown."""
    yield "| page | device | performance | accessibility | best practices | SEO | blocked ms | machine | load |"
    yield "| :-- | :-- |" + " --: |" * 7
    for url in urls:
        for device, preset in {"desktop": ["--preset=desktop"], "mobile": []}.items():
            runs = sorted(_run(command, chromium, origin + url, preset) for _ in range(RUNS))
            values = " | ".join(f"{value:.0f}" for value in runs[RUNS // 2])
            yield f"| {url or '/'} | {device} | {values} | {os.getloadavg()[0]:.1f} |"


def _run(command: str, chromium: str, address: str, preset: Sequence[str]) -> tuple[float, ...]:
    """Four scores, ms for which the page was blocked, and the mark of the machine; all 0 if it failed."""
    flags = " ".join(f"--{name}" for name in ("headless=new", *QUIET))
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        done = subprocess.run(
            [command, address, *preset, "--quiet", "--output=json", f"--output-path={report}",
             f"--chrome-flags={flags}"],
            env={**os.environ, "CHROME_PATH": chromium},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )  # fmt: skip
        if done.returncode:
            print(f"{address}: {' '.join(done.stderr.split())[-200:]}", file=sys.stderr)
            return (0.0,) * 6
        told = json.loads(report.read_text(encoding="utf-8"))
    scores = (100 * (told["categories"][name]["score"] or 0) for name in NAMES)
    blocked = told["audits"]["total-blocking-time"].get("numericValue", 0)
    return (*scores, float(blocked), float(told["environment"]["benchmarkIndex"]))


def main() -> int:
    """Print the tables; 2 if there is no site, no browser or no Lighthouse."""
    parser = argparse.ArgumentParser(description="Measure the built site in Chromium.")
    parser.add_argument("site", type=Path, nargs="?", default=ROOT / "site")
    parser.add_argument("--lighthouse", nargs="*", metavar="URL", help="pages to give to Lighthouse")
    options = parser.parse_args()
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    command = shutil.which("lighthouse")
    missing = [
        (not (options.site / "index.html").is_file(), f"{options.site} is no built site: run `make build` first"),
        (chromium is None, "no Chromium on this machine: install it, or name it in CHROMIUM"),
        (options.lighthouse is not None and command is None, "no `lighthouse` on the path: npm install -g lighthouse"),
    ]
    for absent, message in missing:
        if absent:
            print(message, file=sys.stderr)
            return 2
    from playwright.sync_api import sync_playwright

    files = sorted(options.site.rglob("index.html"))
    urls = [file.parent.relative_to(options.site).as_posix().removeprefix(".") for file in files]
    with served(options.site) as origin:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=[f"--{name}" for name in QUIET])
            for line in table(measure(browser, origin, f"{url}/" if url else "") for url in urls):
                print(line, flush=True)
            browser.close()
        if options.lighthouse is not None:
            print()
            for line in lighthouse(str(command), str(chromium), origin, options.lighthouse or LIGHTHOUSE):
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
