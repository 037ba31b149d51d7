"""``demitasse identity``: who this device is, whose it is, and until when it is let in."""

import argparse
import json
from datetime import UTC, datetime

from agent.identity import certificates
from agent.identity.desk_pin import read_pinned_desk
from agent.identity.key_files import device_keys
from agent.settings import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the choice between words and JSON."""
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Print public facts alone."""
    state_dir = load_settings(args.config).state_dir
    facts: dict[str, str | int | None] = {"device": device_keys(state_dir).device_id}
    pinned = read_pinned_desk(state_dir)
    if pinned is not None:
        facts["desk"] = pinned.pin.desk.fingerprint.hex()
        facts["desk_generation"] = pinned.pin.serial
        facts["broker"] = f"{pinned.pin.broker_host}:{pinned.pin.broker_port}"
    pair = certificates.read_pair(state_dir)
    if pair is not None:
        facts["certificate_until"] = pair.certificate.not_valid_after_utc.isoformat()
    if args.json:
        print(json.dumps(facts))
        return 0
    print(f"device       {facts['device']}")
    if pinned is None:
        print("desk         none yet: demitasse enroll BUNDLE.json")
        return 0
    print(f"desk         {facts['desk']} (generation {facts['desk_generation']})")
    print(f"broker       {facts['broker']}")
    if pair is not None:
        end = pair.certificate.not_valid_after_utc
        tense = "until" if datetime.now(UTC) < end else "ended on"
        print(f"certificate  {tense} {end:%Y-%m-%d}")
    return 0
