"""The measurement of the intake measures what it says: every alert sent is a case."""

from scripts.benchmarks import intake


def test_what_two_workers_take_in_is_all_there_afterwards() -> None:
    """Counted in the database, after the workers have gone."""
    found = intake.measure("", workers=2, alerts=40)
    assert found.cases == 40
    assert found.alerts_per_s > 0
    assert found.cpu_ms_per_alert > 0
