"""Run a page's blocks and hold what they print against what the page says they print."""
