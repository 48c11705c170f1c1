"""Which file a Markdown extension is rendering: each site builder says it in its own way, Python-Markdown in none."""

from __future__ import annotations

from pathlib import Path

from markdown import Markdown

from proofread import project

UNKNOWN = "(page)"
"""What a page is called whose file nobody names."""


def source(md: Markdown) -> Path | None:
    """The file of the page that `md` renders, or None where nobody says.

    MkDocs leaves its file with a tree processor of its own (`relpath`), Zensical with a preprocessor that does
    nothing else (`rendering_context`).
    """
    if "relpath" in md.treeprocessors:
        file = getattr(md.treeprocessors["relpath"], "file", None)
        return Path(file.abs_src_path) if file is not None and file.abs_src_path else None
    if "rendering_context" in md.preprocessors:
        context = md.preprocessors["rendering_context"]
        return Path(context.config["root_dir"], context.config["docs_dir"], context.page.path)
    return None


def name(source: Path | None) -> str:
    """What reports call a page: its path in its project (`docs/autograd/detach.md`)."""
    if source is None:
        return UNKNOWN
    root = project.find(source).root
    path = source.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else source.as_posix()
