"""Envelopes in: opened, judged, committed once, and what was not heard or not believed."""
