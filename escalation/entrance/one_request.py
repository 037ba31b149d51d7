"""A short-lived process that asks an organisation one thing, and says what it answered.

``python -m escalation.entrance.one_request``: a line of JSON comes in, one goes out. It needs
nothing but the standard library, follows no redirect, and reads no more than it was told to.
It is ended from outside when it takes too long (``asking``).
"""

import http.client
import json
import ssl
import sys
import urllib.error
import urllib.request
from typing import Any

ANSWER_BYTES_MAX = 256 * 1024


class _Stay(urllib.request.HTTPRedirectHandler):
    """An organisation that sends us elsewhere has not answered."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing."""


def ask(said: dict[str, Any]) -> dict[str, Any]:
    """Return the status and the body of the answer, or why there is none."""
    form = said.get("form")
    request = urllib.request.Request(
        said["url"],
        data=form.encode() if form is not None else None,
        headers={"User-Agent": "demitasse-desk", "Accept": "application/json"}
        | said["headers"],
    )
    handlers: list[urllib.request.BaseHandler] = [_Stay()]
    try:
        if request.type == "https":
            context = ssl.create_default_context(cafile=said["ca"])
            handlers.append(urllib.request.HTTPSHandler(context=context))
        opener = urllib.request.build_opener(*handlers)
        with opener.open(request, timeout=said["within_s"]) as answer:
            return _read(answer)
    except urllib.error.HTTPError as error:
        return _read(error)
    except urllib.error.URLError as error:
        return {"failed": _named(error.reason)}
    except (OSError, http.client.HTTPException, ValueError) as error:
        return {"failed": _named(error)}


def _read(answer: Any) -> dict[str, Any]:
    body = answer.read(ANSWER_BYTES_MAX + 1)
    if len(body) > ANSWER_BYTES_MAX:
        return {"failed": "TooLarge"}
    return {"status": answer.status, "body": body.decode(errors="replace")}


def _named(error: object) -> str:
    # The kind alone: the text of an error may repeat what was sent.
    return type(error).__name__


if __name__ == "__main__":
    print(json.dumps(ask(json.loads(sys.stdin.readline()))))
