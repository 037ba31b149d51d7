"""The whole examination: every look, in the order in which a desk needs what it looks at."""

from collections.abc import Callable
from pathlib import Path

from django import db

from escalation import desk_keys
from escalation.checking import foundations, sign_in, work
from escalation.checking.findings import Finding, Look, Verdict, wrong
from escalation.desk_config import DeskConfig
from wire.options import ConfigError


def check(config: DeskConfig, config_file: Path) -> list[Finding]:
    """Look at everything, in the order in which it is needed."""
    looks: dict[str, Callable[[], Look]] = {
        "config": lambda: foundations.config(config, config_file),
        "keys": lambda: foundations.keys(config.keys_folder),
        "database": foundations.database,
        "broker": lambda: foundations.broker(config.broker),
        "intake": foundations.intake,
        "certificates": lambda: foundations.certificates(config.broker),
        "sign-in": lambda: sign_in.organisation(config.sign_in),
        "people": work.people,
        "guardian": work.guardians,
        "cases": work.cases,
        "notices": work.notices,
        "nudge": lambda: work.nudge(config),
        "heartbeat": lambda: work.heartbeat(config),
    }
    found: list[Finding] = []
    for subject, look in looks.items():
        found += _safely(subject, look)
    return found


def _safely(subject: str, look: Callable[[], Look]) -> list[Finding]:
    try:
        return list(look())
    except ConfigError as error:
        said, _, fix = str(error).rpartition("; ")
        return [wrong(subject, said or str(error), fix)]
    except db.Error as error:
        said = str(error).strip().split("\n", 1)[0]
        return [
            Finding(
                subject=subject,
                verdict=Verdict.WRONG,
                found=f"the database does not answer ({said})",
                fix=f"see to [database]; {desk_keys.INIT_HINT}",
            )
        ]
