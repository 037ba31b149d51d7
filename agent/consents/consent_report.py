"""``demitasse consent show``: what the gate answers for each purpose, and why.

Works for any file, however broken, and for any time. The records come from the ledger of
this device; without one (another file, another computer) nothing has been recorded.
"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from agent import ledger
from agent.assembly import store_file
from agent.consent import Answer, ConsentRecord, ConsentState, Reason, TrustedTime, ask
from agent.consents.consent_file import Purpose, Unreadable, read_consent_file
from agent.notices import shipped_notices
from agent.settings import AgentSettings
from agent.store import Store
from wire.options import ConfigError

_WHY = {
    Reason.GRANTED: "yes",
    Reason.OFF: "no: it is switched off",
    Reason.UNREADABLE: "no: the file cannot be read",
    Reason.NOT_CONFIRMED: "no: write i_have_read beside it; `demitasse notice` prints the line",
    Reason.NOTICE_CHANGED: "no: the notice has changed; read it again with `demitasse notice`",
    Reason.INCOMPLETE: "no: write down the address, or the person, that it is about",
    Reason.NOT_RECORDED: "not yet: the device writes it into its ledger when it runs",
    Reason.EXPIRED: "no: it has ended; switch it off and on again to renew",
    Reason.CLOCK_IN_DOUBT: "no: the device does not know what time it is",
    Reason.PAUSED: "no: you are in a pause",
    Reason.NEEDS_LEARN_ROUTINE: "no: it needs learn_routine",
}


def show(args: argparse.Namespace, settings: AgentSettings | None) -> int:
    """Print the answers; ``settings`` is ``None`` when only ``--file`` is to be judged."""
    path: Path = args.file or (settings.consent_file if settings else Path("consent.toml"))
    state = ConsentState(
        file=read_consent_file(path),
        records=_records(settings),
        notices=shipped_notices(),
        timezone=settings.timezone if settings else "UTC",
    )
    now = TrustedTime(utc=_time(args.at), certain=True)
    for purpose in Purpose:
        _print(ask(purpose, state, now), as_json=args.json)
    if isinstance(state.file, Unreadable):
        if not args.json:
            print(state.file.reason)
        return 2
    return 0


def _print(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        plain = {
            "purpose": answer.purpose,
            "granted": answer.granted,
            "reason": answer.reason,
        }
        print(json.dumps(plain))
    else:
        print(f"{answer.purpose:<22}  {_WHY[answer.reason]}")


def _records(settings: AgentSettings | None) -> dict[Purpose, ConsentRecord]:
    if settings is None or not store_file(settings).exists():
        return {}
    store = Store(store_file(settings), mend=False)
    try:
        return ledger.records(store.reading())
    finally:
        store.close()


def _time(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"--at {text}: write a time such as 2026-03-01T07:10:00+01:00"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
