"""While writing: how long after an edit a served page shows that an output, or a formula, no longer holds.

    python bench/live.py

`mkdocs serve` builds every page at every edit. The same pages without our extensions say what that takes by itself.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 120.0
"""Seconds after which a page will not change any more."""
PLAIN = ("attr_list", "pymdownx.superfences", "pymdownx.snippets: {base_path: [snippets]}")
OURS = (
    "attr_list",
    "pymdownx.superfences",
    "pymdownx.arithmatex: {generic: true}",
    "proofread.faces.markdown",
    "proofread.faces.typeset",
)
_PAGE = r"""# Page {number}

Words.

设 $A \in \mathbb{{R}}^{{m \times n}}$，$x \in \mathbb{{R}}^n$，$f(x) = x^\top A^\top A x$。

$$
\nabla f = 2 A^\top A x
$$

```python
import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
--8<-- "code{number}.py"
```

```python
y.backward()
x.grad
#> tensor([ 4.,  8., 12.])
```
"""
_CODE = "y = 2 * x.dot(x)\n"


@dataclass(frozen=True)
class Live:
    """Seconds from an edit until the page that a browser would get shows it; medians."""

    pages: int
    plain: float
    """Words, without our extensions: MkDocs alone."""
    words: float
    """Words, with them."""
    first: float
    """The snippet's code, an output being stale by it, for the first time since the site is served."""
    output: float
    """The same, later."""
    formula: float
    """A formula, which is false then."""


def measure(pages: int, edits: int) -> Live:
    """Serve a site of some pages, and edit it some times in each way."""
    with served(PLAIN, pages) as site:
        plain = [_words(site, k) for k in range(edits + 1)][1:]
    with served(OURS, pages) as site:
        outputs = [_output(site) for _ in range(edits + 1)]
        formulas = [_formula(site) for _ in range(edits + 1)][1:]
        words = [_words(site, k) for k in range(edits)]
    later = (statistics.median(times) for times in (plain, words, outputs[1:], formulas))
    plain_, words_, output, formula = later
    return Live(pages, plain_, words_, outputs[0], output, formula)


@dataclass(frozen=True)
class Site:
    """A served site."""

    folder: Path
    port: int

    def page(self) -> str:
        """Its first page, as a browser gets it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        try:
            connection.request("GET", "/page0/")
            return connection.getresponse().read().decode("utf-8")
        finally:
            connection.close()

    def wait(self, until: Callable[[str], bool]) -> float:
        """Seconds until the page is as it should be."""
        begin = time.perf_counter()
        while time.perf_counter() - begin < LIMIT:
            try:
                if until(self.page()):
                    return time.perf_counter() - begin
            except (OSError, http.client.HTTPException):  # it does not serve yet
                pass
            time.sleep(0.01)
        raise TimeoutError("the served page does not show the edit")

    def edit(self, name: str, old: str, new: str, until: Callable[[str], bool]) -> float:
        """Edit a file, and wait for its page."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise ValueError(f"{name} holds {old!r} {text.count(old)} times")
        path.write_text(text.replace(old, new), encoding="utf-8")
        return self.wait(until)


def _words(site: Site, number: int) -> float:
    word = f"marker-{number}"
    return _there_and_back(site, "docs/page0.md", "Words.", f"Words, {word}.", word)


def _output(site: Site) -> float:
    return _there_and_back(site, "snippets/code0.py", "2 * x", "3 * x", "tensor([ 6., 12., 18.])")


def _formula(site: Site) -> float:
    return _there_and_back(site, "docs/page0.md", "= 2 A^", "= 3 A^", "math-fault")


def _there_and_back(site: Site, name: str, old: str, new: str, shown: str) -> float:
    """Seconds until an edit is shown by a text on its page; then it is undone."""
    took = site.edit(name, old, new, lambda html: shown in html)
    site.edit(name, new, old, lambda html: shown not in html)
    return took


@contextmanager
def served(extensions: tuple[str, ...], pages: int) -> Iterator[Site]:
    """A site of some pages that all hold; every process of its server ends with it."""
    with tempfile.TemporaryDirectory(prefix="live-") as name, socket.socket() as probe:
        folder = Path(name)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        lines = "".join(f"  - {extension}\n" for extension in extensions)
        config = f"site_name: t\nplugins: []\nwatch: [snippets]\nmarkdown_extensions:\n{lines}"
        (folder / "mkdocs.yml").write_text(config, encoding="utf-8")
        for part in ("docs", "snippets"):
            (folder / part).mkdir()
        for number in range(pages):
            (folder / f"docs/page{number}.md").write_text(_PAGE.format(number=number), encoding="utf-8")
            (folder / f"snippets/code{number}.py").write_text(_CODE, encoding="utf-8")
        (folder / "docs/index.md").write_text("# Index\n", encoding="utf-8")
        server = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "--quiet", "--dev-addr", f"127.0.0.1:{port}"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            site = Site(folder, port)
            site.wait(lambda html: "Words." in html)
            yield site
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


if __name__ == "__main__":
    print(measure(pages=20, edits=3))
