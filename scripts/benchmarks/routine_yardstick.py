"""Runs the common yardstick on real homes, for the routine and for the detectors beside it.

The yardstick and the histories are no part of this project; without them there is a word
instead of figures. Peers get an environment of their own, made once.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PEERS_FOLDER = ROOT / ".demitasse" / "routine-peers"
PEERS_NEED = ("river==0.26.1", "online-cp==0.4.0", "tzdata")
KINDS = ("stop", "double", "shift3", "night", "halve", "drift")


def missing(shared: Path) -> str | None:
    """Return why the yardstick cannot run, if it cannot."""
    needed = [_evaluate(shared), *_histories(shared)]
    absent = [file for file in needed if not file.is_file()]
    return f"skipped: {absent[0]} is not here" if absent else None


def ours() -> list[str]:
    """Return the command that replays a history with the routine."""
    return [sys.executable, "-P", "-m", "agent.learning.backtest"]


def peer(python: Path, detector: str) -> list[str]:
    """Return the command that replays a history with another detector."""
    return [str(python), "-P", "-m", "scripts.benchmarks.routine_peers", detector]


def peers_python() -> Path | str:
    """Return the Python that has the peers, or why there is none."""
    python = PEERS_FOLDER / "bin" / "python"
    made_from = PEERS_FOLDER / "made-from"
    wanted = " ".join(PEERS_NEED)
    if made_from.is_file() and made_from.read_text("utf-8") == wanted:
        return python
    print(f"Preparing {PEERS_FOLDER} (once) …", file=sys.stderr)
    venv.create(PEERS_FOLDER, clear=True, with_pip=True)
    install = [str(python), "-m", "pip", "--quiet", "--no-input", "install", *PEERS_NEED]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        return "skipped: the peers could not be installed: " + done.stderr.strip()[-200:]
    made_from.write_text(wanted, "utf-8")
    return python


def measure(
    command: list[str], *, shared: Path, budget: float, k: int, seed: int, jobs: int
) -> dict[str, Any]:
    """Return the yardstick's figures for ``command``, with ``k`` injections a home and kind."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        events, coverage = _histories(shared)
        arguments: dict[str, object] = {
            "--command": " ".join(command),
            "--events": events,
            "--coverage": coverage,
            "--budget": budget,
            "--k": k,
            "--seed": seed,
            "--jobs": jobs,
            "--out": out,
        }
        run = [sys.executable, str(_evaluate(shared))]
        for option, value in arguments.items():
            run += [option, str(value)]
        subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
        if not out.is_file():
            return {"skipped": "the yardstick ended without a result"}
        return _figures(json.loads(out.read_text("utf-8")))


def _figures(result: dict[str, Any]) -> dict[str, Any]:
    pooled, changes = result["pooled"], result["injections"]
    away, away_home = (
        pooled[name]["per_year"]
        for name in ("with_away_switch", "with_away_switch_somebody_home")
    )
    return {
        "checks": result["status"],
        "household_years": pooled["years"],
        "alerts_per_year": pooled["alerts"]["per_year"],
        "interval_95": pooled["alerts"]["ci95"],
        "with_somebody_home_per_year": pooled["somebody_home"]["per_year"],
        "with_away_switch_per_year": away,
        # Without homes whose other appliances are known, nobody can say who was at home.
        "leaves_the_house_per_year": None if away is None else round(away - away_home, 3),
        "changes": {
            kind: {
                "detected_net_pct": changes[kind]["net_pct"],
                "right_kind_pct": changes[kind]["detected_right_pct"],
                "median_delay": changes[kind]["median_delay"],
                "p90_delay": changes[kind]["p90_delay"],
                "unit": changes[kind]["unit"],
            }
            for kind in KINDS
            if changes.get(kind, {}).get("n")
        },
    }


def _evaluate(shared: Path) -> Path:
    return shared / "tools" / "routine_evaluate.py"


def _histories(shared: Path) -> tuple[Path, Path]:
    folder = shared / "data" / "routine"
    return folder / "refit_events.csv", folder / "refit_coverage.csv"
