"""Becomes another command, tied to the life of whoever started it.

    python tether.py PARENT_PID COMMAND [ARGUMENT …]

The kernel is asked to send SIGTERM when the parent is gone, however it went, and then
this process becomes COMMAND. A process of its own, because the alternative, code between
fork and exec of the parent, is unsafe once the parent has threads. Imports little: it
runs before each child.

The kernel forgets the wish of a process that changes its user, as a broker started by
root likes to do; such a command has to be told to stay who it is.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent and become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the demonstration ended while this was starting")
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
