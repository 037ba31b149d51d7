"""The format of a remembered routine, and how an older one becomes today's.

A device is updated while its routine is months old; what was learned must not be lost, and
the scores must be the same before and after. Each step takes one format to the next.
"""

from collections.abc import Callable, Mapping
from typing import Any

FORMAT = 3


def current(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``state`` in today's format; raise ``ValueError`` if it is not known here."""
    found = state.get("format")
    while state.get("format") != FORMAT:
        step = _STEPS.get(state.get("format"))
        if step is None:
            raise ValueError(f"routine state of format {found!r}, not 1 to {FORMAT}")
        state = step(state)
    return state


def _from_1(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hours and verdicts have moved into parts of their own; nothing was held back or kept."""
    watches = {
        kind: {**watch, "accepted": [0, 0.0], "hour": watch["top"][0]}
        for kind, watch in state["watches"].items()
    }
    return {
        "format": 2,
        "timezone": state["timezone"],
        "lived": {name: state[name] for name in ("days", "hour_start", "waiting", "unseen")},
        "pause": state["pause"],
        "judge": {
            "scored_hours": state["scored_hours"],
            "rest_until_hour": state["rest_until_hour"],
            "watches": watches,
            "raised_since": {
                kind: state["latest"][kind][1]
                for kind, watch in watches.items()
                if watch["raised"]
            },
            "held_back": [],
        },
        "habits": {"since_day": 0, "accepted_day": 0, "declines": []},
        "latest": state["latest"],
    }


def _from_2(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Pauses are of two sorts. How the known ones began was not kept: most begin early."""
    watches = dict(state["judge"]["watches"])
    early = watches.pop("silence")
    late = {**early, "peaks": [], "top": [0, 0.0], "raised": False}
    pauses = {
        "early": early,
        "late": late,
        "hours": [0, 0],
        "is_late": False,
        "brews_a_day": 0.0,
    }
    judge = {**state["judge"], "watches": watches, "pauses": pauses}
    return {**state, "format": 3, "judge": {**judge, "fall_rests_until_hour": 0}}


_STEPS: Mapping[Any, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    1: _from_1,
    2: _from_2,
}
