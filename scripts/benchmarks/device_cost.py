"""What a running process costs, as the kernel counts it from outside."""

import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

DAY_S = 86_400
_SCHEDULED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Medians of some samples."""

    pss_mib: float
    rss_mib: float
    cpu_s_per_min: float
    written_mb_per_day: float


def watch(pid: int, *, seconds: float, samples: int) -> Cost:
    """Watch process ``pid`` for ``seconds``."""
    pss, rss, cpu, written = [], [], [], []
    for _ in range(samples):
        before, began_s = (cpu_s(pid), _written(pid)), time.monotonic()
        time.sleep(seconds / samples)
        lasted_s = time.monotonic() - began_s
        memory = _memory_kib(pid)
        pss.append(memory["Pss"] / 1024)
        rss.append(memory["Rss"] / 1024)
        cpu.append((cpu_s(pid) - before[0]) / lasted_s * 60)
        written.append((_written(pid) - before[1]) / lasted_s * DAY_S / 1e6)
    return Cost(
        pss_mib=round(statistics.median(pss), 1),
        rss_mib=round(statistics.median(rss), 1),
        cpu_s_per_min=round(statistics.median(cpu), 2),
        written_mb_per_day=round(statistics.mean(written), 1),
    )


def _memory_kib(pid: int) -> dict[str, int]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(size.split()[0]) for name, size in (line.split(":") for line in lines)}


def private_kib() -> int:
    """Return what this process holds that no file and no other process has."""
    return _memory_kib(os.getpid())["Pss_Anon"]


def cpu_s(pid: int) -> float:
    """Return how long ``pid`` has been on a processor, with all its threads of before."""
    # clock_getcpuclockid(3), which Python does not have: to the nanosecond, where the ticks
    # of /proc are as long as ten of our steps.
    return time.clock_gettime((~pid << 3) | _SCHEDULED)


def _written(pid: int) -> int:
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])
