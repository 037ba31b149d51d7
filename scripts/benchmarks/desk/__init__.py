"""What the desk withstands and how fast it is, on both databases: ``./scripts/bench desk``."""
