"""A desk's intake in a process of its own, to be killed: starts a new worker for each dead one.

    python -m scripts.benchmarks.delivery.desk_process FOLDER PORT [--break GUARD]

Makes the desk in FOLDER, enrolls the device of ``house.json``, and then keeps one worker, a
forked process that runs the desk's real post. Its process id is printed when it listens.
Forking from a started Django is what lets five hundred of them be killed within minutes.
"""
# Django's settings have to be named before what needs Django is imported.
# ruff: noqa: PLC0415

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from scripts.benchmarks.delivery import desk as desks
from scripts.benchmarks.delivery.guards import Guard, without
from wire.keys import DeviceKeys


def main() -> int:
    """Keep one worker alive until this process is killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--break", dest="guard", type=Guard)
    args = parser.parse_args()
    desk = desks.write_config(args.folder, port=args.port)
    keys = desks.open_here(desk)
    house = args.folder / "house.json"
    plain = json.loads(house.read_text())
    desks.enroll(keys, [DeviceKeys.from_json(plain["device"])])
    house.write_text(json.dumps({**plain, "desk": keys.to_json()}))
    with without(args.guard):
        while True:
            _live_and_die(desk)


def _live_and_die(desk: desks.DeskFolder) -> None:
    """Run one worker until it is killed; if it ends in any other way, so does the desk."""
    from django.db import connections

    # A connection must not be shared by two processes: each worker opens its own.
    connections.close_all()
    worker = os.fork()
    if worker == 0:
        _work(desk)
        os._exit(0)
    _, status = os.waitpid(worker, 0)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        sys.exit("the worker of the desk has ended by itself")


def _work(desk: desks.DeskFolder) -> None:
    """Be one worker, as ``demitasse-desk intake`` runs it."""
    from escalation import desk_config
    from escalation.broker import post

    config = desk_config.load(desk.config)
    post.run(config.broker.for_worker(1), config.intake, lambda: print(os.getpid(), flush=True))


if __name__ == "__main__":
    sys.exit(main())
