"""Learns what is usual in one household: brews in, departures from its own routine out."""
