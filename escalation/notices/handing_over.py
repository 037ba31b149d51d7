"""One trip: hands a few notices to apprise, in a process of its own, and ends.

Reads one JSON object a line (``id``, ``url``, ``title``, ``body``), answers one a line as soon
as it is known (``id``, ``sent``), and ends itself after the number of seconds that is its
argument, whatever hangs. Secrets come by standard input, never by argument, and nothing but
the answers is printed.

With ``check`` as its argument it reads one address and answers whether apprise understands it.
"""

import json
import logging
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import apprise


def _asset() -> apprise.AppriseAsset:
    # No picture from elsewhere: a telephone would fetch it and tell that somebody was told.
    return apprise.AppriseAsset(
        app_id="Demitasse",
        app_desc="Demitasse",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
    )


def _hand_over(load: dict[str, Any], asset: apprise.AppriseAsset) -> bool:
    one = apprise.Apprise(asset=asset)
    if not one.add(load["url"]):
        return False
    return bool(one.notify(title=load["title"], body=load["body"]))


def _carry(within_s: int) -> None:
    signal.alarm(within_s)
    asset = _asset()
    loads = [json.loads(line) for line in sys.stdin]
    with ThreadPoolExecutor(max_workers=max(1, len(loads))) as threads:
        running = {threads.submit(_hand_over, load, asset): load["id"] for load in loads}
        for done in as_completed(running):
            sent = done.exception() is None and done.result()
            print(json.dumps({"id": running[done], "sent": sent}), flush=True)


def main() -> None:
    """Do what the one argument says."""
    logging.disable(logging.CRITICAL)
    if sys.argv[1] == "check":
        understood = apprise.Apprise.instantiate(
            sys.stdin.read().strip(), suppress_exceptions=True
        )
        print(json.dumps({"understood": understood is not None}))
    else:
        _carry(int(sys.argv[1]))
    sys.stdout.flush()
    # A thread that still hangs in some library must not keep the process.
    os._exit(0)


if __name__ == "__main__":
    main()
