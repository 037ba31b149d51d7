"""Puts times as the database keeps them, each of them once: an act names the same few often."""

import functools
from datetime import datetime
from typing import Any

from django.db import connection

KEPT = 256


@functools.lru_cache(KEPT)
def as_kept(at: datetime) -> Any:
    """Return what the driver is given for ``at``."""
    return connection.ops.adapt_datetimefield_value(at)
