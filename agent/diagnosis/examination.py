"""``demitasse check``: looks at everything, in one order, and says how each thing stands.

A look that fails for a reason nobody thought of is a line like the others: whoever has a
device that does not work must not be left with half an answer.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from agent.clock import SystemClock
from agent.diagnosis import belongings, broker, foundations, household, machine
from agent.diagnosis.findings import (
    Found,
    Judgement,
    Reason,
    Subject,
    not_looked_at,
    ok,
    refused,
    wrong,
)
from agent.diagnosis.scene import OpenParts, Scene
from agent.settings import load_settings
from wire.options import ConfigError

Look = Callable[[], Iterable[Found]]

_ABOUT: tuple[tuple[Subject, ...], ...] = (
    (Subject.CONSENT,),
    (Subject.PROFILE, Subject.PORT, Subject.CONTROLLER, Subject.PINS),
    (Subject.CLOCK,),
    (Subject.DISK,),
    (Subject.STORE, Subject.WRITE_BUDGET),
    (Subject.PERMISSIONS, Subject.IDENTITY, Subject.DESK, Subject.CERTIFICATE),
    (Subject.BROKER,),
)
"""What each look is about, in the order of ``_looks``."""

MARKS = {
    Judgement.OK: "ok       ",
    Judgement.ATTENTION: "attention",
    Judgement.WRONG: "wrong    ",
    Judgement.NOT_LOOKED_AT: "-        ",
}


def examine(config: Path, open_parts: OpenParts, *, connect: bool) -> list[Found]:
    """Return how everything stands that ``config`` is about; never raises for what it finds."""
    try:
        settings = load_settings(config)
    except ConfigError as error:
        first = "The configuration comes first."
        rest = [subject for subject in Subject if subject is not Subject.CONFIG]
        return [
            refused(Subject.CONFIG, Reason.CONFIG_WRONG, error),
            *(not_looked_at(subject, Reason.NEEDS_CONFIG, first) for subject in rest),
        ]
    scene = Scene(
        settings=settings, open_parts=open_parts, clock=SystemClock(), connect=connect
    )
    found = [ok(Subject.CONFIG, f"{config} can be read.")]
    for about, look in zip(_ABOUT, _looks(scene), strict=True):
        found += _safely(look, about)
    return found


def _looks(scene: Scene) -> Iterator[Look]:
    yield lambda: [household.look(scene)]
    yield lambda: machine.look(scene)
    yield lambda: [foundations.clock(scene)]
    yield lambda: [foundations.disk(scene.settings)]
    yield lambda: foundations.store(scene.settings)
    yield lambda: belongings.look(scene)
    yield lambda: [broker.look(scene)]


def _safely(look: Look, about: tuple[Subject, ...]) -> list[Found]:
    found: list[Found] = []
    try:
        found.extend(look())
    except Exception as error:
        # A maker's own driver, a file that goes while it is looked at: all is possible here.
        seen = {one.subject for one in found}
        left = [subject for subject in about if subject not in seen]
        text = f"This could not be looked at ({type(error).__name__}: {error})."
        fix = "make a bundle for support: demitasse diag FILE.zip"
        found += [wrong(one, Reason.COULD_NOT_LOOK, text, fix) for one in left]
    return found


def lines(found: list[Found]) -> Iterator[str]:
    """Yield the findings for a person: one line each, and below it what to do."""
    for one in found:
        yield f"{MARKS[one.verdict]}  {one.subject:<12}  {one.text}"
        if one.fix:
            yield f"{'':<25}→ {one.fix}"
