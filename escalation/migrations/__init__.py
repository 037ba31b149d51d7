"""The desk’s database, step by step."""
