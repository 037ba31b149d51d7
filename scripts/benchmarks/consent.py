"""``./scripts/bench consent``: does any file grant what it does not say?

Hostile consent files (random bytes, pieces in any order, good files cut, doubled, moved and
changed), each beside a ledger and a clock that may be anything, go through the reader and
the gate. A second, much simpler reading of the same facts says what may be granted at
most; one grant beyond that ends the run with status 1 and the seed that shows it.

``--break GUARD`` takes one guard out of the gate first: then the run must fail.
"""

import argparse
import json
import random
import tempfile
import time
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from agent import consent
from agent.consent import GUARDS, ConsentRecord, ConsentState, TrustedTime, ask
from agent.consents.consent_file import ConsentFile, Purpose, Unreadable, read_consent_file
from agent.notices import shipped_notices
from wire.options import ConfigError

SHIPPED = Path(__file__).parents[2] / "config" / "consent.toml"
FILES, FILES_QUICK = 100_000, 2_000
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
IDS = {purpose: [one.id for one in found] for purpose, found in shipped_notices().items()}
PIECES = [
    *(f"[{purpose}]\n" for purpose in Purpose),
    *(f"[{purpose}]\non = true\n" for purpose in Purpose),
    *(f'[{p}]\non = true\ni_have_read = "{ids[0]}"\n' for p, ids in IDS.items()),
    *(f'{p} = {{ on = true, i_have_read = "{ids[1]}" }}\n' for p, ids in IDS.items()),
    *(f'i_have_read = "{ids[0]}"\n' for ids in IDS.values()),
    *('[me]\ncall_me = "R"\n', '[me]\ncall_me = ""\n', "[me]\n", 'to = "a"\n', 'name = "a"\n'),
    *("[[care_alert]]\n", "care_alert = true\n", "[care_alert.on]\n", "on = true", "on = 1\n"),
    *('on = "true"\n', "on = True\n", "'on' = true\n", "on = false\n", "i_have_read = true\n"),
    *("[validity]\nmonths = 12\n", "months = inf\n", "[pause]\nuntil = 2026-08-31\n"),
    *('[pause]\nuntil = "2026-03-10"\n', '[pause]\nuntil = "2026-03-09"\n', '"""', "#", "\x00"),
    *("\r", "\ufeff", "\n", "=", "[", "]", "{", "}", "\\"),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the benchmark takes."""
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument("--quick", action="store_true", help=f"{FILES_QUICK} files only")
    parser.add_argument("--files", type=int, help=f"how many (default: {FILES})")
    parser.add_argument("--seed", type=int, default=11, help="of the files (default: 11)")
    parser.add_argument(
        "--break",
        dest="broken",
        choices=[guard.__name__.strip("_") for guard in GUARDS],
        metavar="GUARD",
        help="take this guard out of the gate: the run must fail",
    )


def run(args: argparse.Namespace) -> int:
    """Try the files, print, and return 1 if anything was granted that may not be."""
    count = args.files if args.files is not None else FILES_QUICK if args.quick else FILES
    if not 0 < count <= 100_000_000:
        raise ConfigError(f"--files {count}: choose 1 to 100000000")
    guards = consent.GUARDS
    try:
        if args.broken:
            consent.GUARDS = tuple(g for g in guards if g.__name__ != f"_{args.broken}")
        figures = measure(count, args.seed)
    finally:
        consent.GUARDS = guards
    print(json.dumps(figures) if args.json else "\n".join(_lines(figures)))
    return 1 if figures["beyond"] else 0


def measure(count: int, seed: int) -> dict[str, Any]:
    """Return the figures of ``count`` files."""
    began = time.monotonic()
    figures: dict[str, Any] = {
        "files": count,
        "seed": seed,
        "readable": 0,
        "grants": 0,
        "beyond": 0,
        "first_beyond": None,
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "consent.toml"
        for number in range(count):
            granted, allowed, readable = one_file(file, random.Random(f"{seed}/{number}"))
            figures["readable"] += readable
            figures["grants"] += len(granted)
            if granted - allowed:
                figures["beyond"] += 1
                figures["first_beyond"] = figures["first_beyond"] or f"{seed}/{number}"
    figures["files_per_s"] = round(count / (time.monotonic() - began))
    return figures


def one_file(file: Path, chance: random.Random) -> tuple[set[Purpose], set[Purpose], bool]:
    """Return what is granted for one file, what may be at most, and whether it was read."""
    data = hostile(chance)
    file.write_bytes(data)
    read = read_consent_file(file)
    records, now = ledger_beside(read, chance), time_at(chance)
    state = ConsentState(
        file=read, records=records, notices=shipped_notices(), timezone="Europe/Paris"
    )
    granted = {purpose for purpose in Purpose if ask(purpose, state, now).granted}
    return granted, allowed_at_most(data, records, now), isinstance(read, ConsentFile)


def hostile(chance: random.Random) -> bytes:
    """Return a file as no owner would write it, and now and then as one would."""
    match chance.randrange(4):
        case 0:
            return chance.randbytes(chance.randrange(300))
        case 1:
            return "".join(chance.choices(PIECES, k=chance.randrange(12))).encode()
    data = good(chance)
    for _ in range(chance.choice((0, 0, 1, 2, 3))):
        start, end = sorted(chance.randrange(len(data) + 1) for _ in "ab")
        match chance.randrange(5):
            case 0:
                data = data[:start] + data[end:]
            case 1:
                data = data[:end] + data[start:]
            case 2:
                data = data[start:end] + data[:start] + data[end:]
            case 3:
                data = data[:start] + chance.choice(PIECES).encode() + data[start:]
            case 4:
                data = data[:start] + chance.randbytes(1) + data[start + 1 :]
    return data


def good(chance: random.Random) -> bytes:
    """Return the shipped file with some purposes on, and some of them with their notice."""
    text = SHIPPED.read_text(encoding="utf-8").replace('call_me = ""', 'call_me = "R"')
    for purpose, ids in IDS.items():
        if chance.random() < 0.8:
            said = chance.choice(
                [*ids, *ids, *ids, "", "notice-old", IDS[Purpose.DEVICE_HEALTH][0]]
            )
            before, rest = text.split(f"\n[{purpose}]\n")
            rest = rest.replace("on = false", "on = true", 1)
            rest = rest.replace('i_have_read = ""', f'i_have_read = "{said}"', 1)
            text = f"{before}\n[{purpose}]\n{rest}"
    for empty in ("contact", "to", "name", "channel"):
        if chance.random() < 0.8:
            text = text.replace(f'\n{empty} = ""\n', f'\n{empty} = "x"\n')
    if chance.random() < 0.4:
        day = date(2026, 3, chance.randrange(8, 13))
        text = text.replace('until = ""', f'until = "{day}"')
    return text.encode()


def ledger_beside(
    read: ConsentFile | Unreadable, chance: random.Random
) -> dict[Purpose, ConsentRecord]:
    """Return records that agree with the file, or do not, or are from another time."""
    found = {}
    for purpose in Purpose:
        if isinstance(read, Unreadable) or chance.random() < 0.15:
            continue
        agrees = chance.random() < 0.85
        given_at = NOW - timedelta(days=chance.choice((1, 30, 200)))
        found[purpose] = ConsentRecord(
            record_id="1f" * 16,
            record_hash="5e" * 32,
            purpose=purpose,
            notice_id=read.switches[purpose].i_have_read,
            switch_fingerprint=read.switches[purpose].fingerprint() if agrees else "0" * 64,
            given_at=given_at,
            valid_until=given_at + timedelta(days=180),
        )
    return found


def time_at(chance: random.Random) -> TrustedTime:
    """Return a moment that is mostly certain."""
    return TrustedTime(utc=NOW, certain=chance.random() < 0.85)


def allowed_at_most(
    data: bytes, records: Mapping[Purpose, ConsentRecord], now: TrustedTime
) -> set[Purpose]:
    """Return what may be granted: read again, by another and much simpler hand."""
    plain: dict[str, Any] = {}
    with suppress(ValueError, RecursionError):
        plain = tomllib.loads(data.decode("utf-8-sig"))
    allowed = set()
    for purpose, ids in IDS.items():
        record = records.get(purpose)
        table: Any = plain.get(purpose)
        said = isinstance(table, dict) and table.get("on") is True
        said = said and str(table.get("i_have_read", "")).strip() in ids
        recorded = record is not None and record.switch_fingerprint != "0" * 64
        lasts = record is not None and record.given_at <= now.utc < record.valid_until
        if said and recorded and lasts and now.certain:
            allowed.add(purpose)
    pause: Any = plain.get("pause")
    away = str(pause.get("until", "")) if isinstance(pause, dict) else ""
    if Purpose.LEARN_ROUTINE not in allowed or away >= "2026-03-10":
        allowed.discard(Purpose.CARE_ALERT)
    return allowed


def _lines(figures: Mapping[str, Any]) -> list[str]:
    return [
        f"{figures['files']} hostile consent files, seed {figures['seed']}, "
        f"{figures['files_per_s']} a second",
        f"readable all the same: {figures['readable']}; granted by them: {figures['grants']}",
        f"granted beyond what is valid: {figures['beyond']}"
        + (f", first with {figures['first_beyond']}" if figures["beyond"] else ""),
    ]
