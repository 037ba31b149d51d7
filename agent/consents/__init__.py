"""The owner's word: its file, its record in the ledger, and what taking it back takes along."""
