"""For all tests: a real pytest inside pytest, and no Markdown file below `tests/` is a page of ours."""

pytest_plugins = ["pytester"]
collect_ignore_glob = ["*.md"]
