"""``./scripts/demo``, once its environment is there: reads the options, calls the director.

Exit status: 0 when everything the demonstration promises has happened, 1 when it has not,
2 when something has to be corrected first, 130 after Ctrl-C before the end.
"""

import io
import os
import signal
import sys

from scripts.first_cup import options
from scripts.first_cup.child import ChildError
from scripts.first_cup.reviewer import ReviewerError
from wire.options import ConfigError


def main() -> int:
    """Run the demonstration."""
    # A terminal that cannot show a bar or an é shows "?", and the story goes on.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    chosen = options.parse(sys.argv[1:], os.environ)
    # Ended from outside, it cleans up as after Ctrl-C: no process and no folder is left.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        # Only now: help and complaints need neither cryptography nor numpy.
        from scripts.first_cup import director  # noqa: PLC0415

        return director.run(chosen)
    except (ChildError, ConfigError) as error:
        print(f"scripts/demo: {error}", file=sys.stderr)
        return 2
    except ReviewerError as error:
        print(f"scripts/demo: the scripted reviewer is stuck: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
