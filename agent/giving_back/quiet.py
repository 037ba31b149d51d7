"""After everything was forgotten the device stays quiet, until somebody at home says so.

Without this it would begin anew by itself: a service manager starts a process again that has
ended, and the next day somebody who had asked to be forgotten would find a device that is
awake, with another identity. One empty file in the state folder says that it is quiet; it
holds nothing of anybody. A factory reset leaves none: there the next owner begins.
"""

from pathlib import Path

from agent.durable_file import write_durably

QUIET_FILE = "quiet"


def keep(state_dir: Path) -> None:
    """Let the device of ``state_dir`` do nothing from now on, also after a restart."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(state_dir / QUIET_FILE, "")


def lasts(state_dir: Path) -> bool:
    """Tell whether the device of ``state_dir`` is to do nothing."""
    return (state_dir / QUIET_FILE).exists()


def end(state_dir: Path) -> bool:
    """Let the device begin again, as new; return whether it had been quiet."""
    was_quiet = lasts(state_dir)
    (state_dir / QUIET_FILE).unlink(missing_ok=True)
    return was_quiet
