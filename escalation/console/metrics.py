"""Figures about the desk for Prometheus: counts and ages, and nothing of any person.

They are given to whoever brings the token of ``[web] metrics_token``, and exist for nobody
while that option is empty.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from escalation import clock
from escalation.cases import QUEUES, Matter, State
from escalation.casework import self_audit
from escalation.guarding import objections
from escalation.intake.hearing import UnheardKind
from escalation.models import (
    Case,
    Device,
    Intake,
    IntakeWorker,
    OutgoingMessage,
    Quarantine,
    Unheard,
)
from escalation.notices import outbox, tallies
from escalation.notices.ends import End
from escalation.notices.models import Beat

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the figures in Prometheus' text format."""
    token = settings.CONFIG.web.metrics_token
    said = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not secrets.compare_digest(said.encode(), token.encode()):
        raise Http404
    return HttpResponse("".join(_lines()), content_type=CONTENT_TYPE)


def _lines() -> Iterator[str]:
    now, real_now = clock.now(), clock.computer_now()
    states = dict.fromkeys(((m.value, s.value) for m in Matter for s in State), 0)
    counted = Case.objects.values_list("matter", "state").annotate(n=Count("pk"))
    states |= {(matter, state): n for matter, state, n in counted}
    yield "# TYPE demitasse_cases gauge\n"
    for (matter, state), n in sorted(states.items()):
        yield f'demitasse_cases{{matter="{matter}",state="{state}"}} {n}\n'
    waiting = Case.objects.filter(state__in=QUEUES).aggregate(since=Min("opened_at"))["since"]
    age_s = (now - waiting).total_seconds() if waiting else 0.0
    yield from _gauge("longest_wait_seconds", age_s)
    yield from _gauge("neglected_cases", len(self_audit.neglected(now)))
    yield from _gauge("objections_waiting", objections.unanswered().count())
    yield from _gauge("neglected_objections", objections.neglected(now))
    yield "# TYPE demitasse_unheard gauge\n"
    for kind in UnheardKind:
        n = Unheard.objects.filter(ended_at=None, kind=kind).count()
        yield f'demitasse_unheard{{kind="{kind.value}"}} {n}\n'
    yield from _gauge("devices", Device.objects.count())
    # The last number given, and not a count: it rises for ever and costs one look.
    taken_in = Intake.objects.aggregate(last=Max("pk"))["last"] or 0
    yield from _gauge("messages_taken_in_total", taken_in, kind="counter")
    unsent = OutgoingMessage.objects.filter(published_at=None).count()
    yield from _gauge("messages_to_send", unsent)
    yield from _gauge("kept_aside", Quarantine.objects.count())
    yield from _calls(now)
    yield from _notices(now, real_now)
    yield "# TYPE demitasse_intake_worker_seen_seconds gauge\n"
    for worker in IntakeWorker.objects.order_by("name"):
        ago_s = (real_now - worker.seen_at).total_seconds()
        listens = str(worker.listening_since is not None).lower()
        labels = f'name="{worker.name}",listens="{listens}"'
        yield f"demitasse_intake_worker_seen_seconds{{{labels}}} {ago_s:.1f}\n"


def _calls(now: datetime) -> Iterator[str]:
    """How long owners who had called waited for a person: each wait is counted."""
    counted = tallies.numbers()
    yield "# TYPE demitasse_call_wait_seconds histogram\n"
    for bucket_s in tallies.CALL_BUCKETS_S:
        n = counted.get(f"call_{bucket_s}", 0)
        yield f'demitasse_call_wait_seconds_bucket{{le="{bucket_s}"}} {n:g}\n'
    n = counted.get("call", 0)
    yield f'demitasse_call_wait_seconds_bucket{{le="+Inf"}} {n:g}\n'
    yield f"demitasse_call_wait_seconds_sum {counted.get('call_s', 0):g}\n"
    yield f"demitasse_call_wait_seconds_count {n:g}\n"
    calls = Case.objects.filter(state__in=QUEUES, owner_called=True)
    oldest = calls.aggregate(since=Min("waits_since"))["since"]
    yield from _gauge("calls_waiting", calls.count())
    yield from _gauge("oldest_call_seconds", (now - oldest).total_seconds() if oldest else 0.0)


def _notices(now: datetime, real_now: datetime) -> Iterator[str]:
    counted = tallies.numbers()
    yield "# TYPE demitasse_notices_total counter\n"
    for end in End:
        n = counted.get(f"notice_{end}", 0)
        yield f'demitasse_notices_total{{end="{end.value}"}} {n:g}\n'
    since = outbox.waiting_since(now)
    overdue_s = (now - since).total_seconds() if since else 0.0
    yield from _gauge("notices_overdue_seconds", overdue_s)
    beat = Beat.objects.filter(pk=1).first()
    for name, at in (
        ("desk_looked_at_itself_seconds", beat and beat.looked_at),
        ("heartbeat_sent_seconds", beat and beat.sent_at),
    ):
        # Without a first time there is no age, and an alert on its absence is right.
        if at:
            yield from _gauge(name, (real_now - at).total_seconds())


def _gauge(name: str, value: float, kind: str = "gauge") -> Iterator[str]:
    yield f"# TYPE demitasse_{name} {kind}\ndemitasse_{name} {value:g}\n"
