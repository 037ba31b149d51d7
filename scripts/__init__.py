"""Commands for people: thin, because the work is in the packages."""
