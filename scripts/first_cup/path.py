"""Whether a demonstration went the whole way: every step it promised, in order.

    path = Path()
    for step in steps:
        path.follow(step)
    assert path.missing(Ending.DECIDED) is None

Which way it goes may be known only at the end, because a real history decides by itself.
Other steps may stand between the promised ones. A step that must not happen on a way (a
care alert when the machine is at fault, or without consent) spoils it for good.
"""

from collections.abc import Mapping

from scripts.first_cup.steps import Ending, Step

PROMISED: Mapping[Ending, tuple[str, ...]] = {
    Ending.DECIDED: (
        "brew",
        "concern",
        "device_check",
        "question",
        "alert_published",
        "desk_acknowledged",
        "case_claimed",
        "decided",
        "decision_at_home",
    ),
    Ending.SERVICE: (
        "brew",
        "device_check",
        "service_report",
        "desk_acknowledged",
        "case_claimed",
        "decided",
        "decision_at_home",
    ),
    Ending.KEPT_AT_HOME: ("brew", "concern", "device_check", "question", "kept_at_home"),
    Ending.USE_RETURNED: ("brew", "concern", "use_returned"),
    Ending.NO_CONCERN: ("brew",),
}
FORBIDDEN: Mapping[Ending, frozenset[str]] = {
    Ending.DECIDED: frozenset(),
    Ending.SERVICE: frozenset({"alert_published"}),
    Ending.KEPT_AT_HOME: frozenset({"alert_published", "service_report"}),
    Ending.USE_RETURNED: frozenset({"alert_published"}),
    Ending.NO_CONCERN: frozenset({"concern", "alert_published"}),
}


class Path:
    """Follows the steps of one demonstration."""

    def __init__(self) -> None:
        self._kinds: list[str] = []

    def follow(self, step: Step) -> None:
        """Take note of ``step``."""
        # Hundreds of brews in a row are one stretch of the way.
        if not self._kinds or self._kinds[-1] != step.kind:
            self._kinds.append(step.kind)

    def missing(self, ending: Ending) -> str | None:
        """Return in one line what is wrong with the way to ``ending``, or ``None``."""
        for kind in self._kinds:
            if kind in FORBIDDEN[ending]:
                return f"{kind} happened, and must not"
        way = iter(self._kinds)
        done = ""
        for promised in PROMISED[ending]:
            if promised not in way:
                return f"{promised} did not happen{done}"
            done = f" after {promised}"
        return None
