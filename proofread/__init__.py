"""proofread: re-run every printed output and re-check every equality of Markdown notes."""
