"""Where people meet the checker: pytest, the command line, the site."""
