"""Tells whether some process holds a lock on a file or folder, for whoever may only look."""

import fcntl
import os
from pathlib import Path


def is_held(path: Path) -> bool:
    """Tell whether ``path`` is locked, as far as this user can see.

    Makes no file and holds no lock that a device which is just starting would meet, except
    for the moment of looking.
    """
    try:
        seen = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(seen, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(seen)
    return False
