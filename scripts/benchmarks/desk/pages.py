"""How long the server takes for "help the next person": the press, and the page it leads to.

The whole of Django answers, from the session to the last template; only the network is left
out. People take turns at pressing, and each decides before the next press. Beside it, the page
of all who wait as a supervisor sees it.
"""
# Django is set up in the process that does the work, and what needs it is imported there.
# ruff: noqa: PLC0415

import random
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from scripts.benchmarks.desk.databases import Desk

PEOPLE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Server time of some pages."""

    open_cases: int
    next_case_median_ms: float
    """Of the press and the page together."""
    next_case_press_median_ms: float
    next_case_page_median_ms: float
    next_case_p99_ms: float
    waiting_list_median_ms: float


def pages(desk: Desk, *, cases: int, presses: int, seed: int) -> Pages:
    """Let twenty people press, at a desk where ``cases`` wait."""
    return desk.call(_pages, cases, presses, seed)


def _pages(cases: int, presses: int, seed: int) -> Pages:
    from django.test import Client

    from escalation.casework import next_case
    from escalation.models import Case, Staff
    from scripts.benchmarks.desk import population

    now, chance = datetime.now(UTC), random.Random(seed)
    homes = population.owners(cases, now, chance, keys=True)
    people = population.reviewers(PEOPLE, now)
    # A fifth of the homes have been helped before; half of those wait again.
    population.have_helped(people, homes[: cases // 5], now)
    population.care_cases(homes[cases // 10 :], now, chance)
    population.settle_down()
    supervisor = Staff.objects.create(username="supervisor", is_supervisor=True)
    clients = [Client(SERVER_NAME="127.0.0.1") for _ in people]
    for client, staff in zip(clients, Staff.objects.filter(pk__in=people), strict=True):
        client.force_login(staff)
    watching = Client(SERVER_NAME="127.0.0.1")
    watching.force_login(supervisor)
    next_case.PEOPLE_AN_HOUR = presses  # This is about the desk and not about anybody's day.
    next_s, press_s, list_s = [], [], []
    for press in range(presses + PEOPLE):
        client, who = clients[press % PEOPLE], people[press % PEOPLE]
        began_s = time.perf_counter()
        leads_to = client.post("/next")["Location"]
        press_s.append(time.perf_counter() - began_s)
        answer = client.get(leads_to)
        next_s.append(time.perf_counter() - began_s)
        assert answer.status_code == 200
        began_s = time.perf_counter()
        assert watching.get("/").status_code == 200
        list_s.append(time.perf_counter() - began_s)
        Case.objects.filter(holder=who, state="claimed").update(state="decided")
    # Everybody's first page also reads the templates.
    next_s, press_s, list_s = next_s[PEOPLE:], press_s[PEOPLE:], list_s[PEOPLE:]
    page_s = [both - press for both, press in zip(next_s, press_s, strict=True)]
    return Pages(
        open_cases=cases,
        next_case_median_ms=_median_ms(next_s),
        next_case_press_median_ms=_median_ms(press_s),
        next_case_page_median_ms=_median_ms(page_s),
        next_case_p99_ms=round(1000 * sorted(next_s)[int(len(next_s) * 0.99)], 1),
        waiting_list_median_ms=_median_ms(list_s),
    )


def _median_ms(times_s: list[float]) -> float:
    return round(1000 * statistics.median(times_s), 1)
