"""Plant errors one at a time in a page, in memory, and see which of them the checks catch."""
