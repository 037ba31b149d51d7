"""``./scripts/bench delivery``: never lost, never doubled, read by nobody on the way.

Each module measures one thing, and counts from outside the process that it measures
wherever there is one. ``guards`` takes one guard away at a time, so that every goal of zero
proves that it can be missed. ``command`` is what the command line calls.
"""
