"""What people see of a check: pytest, the site, notebooks, the command line."""
