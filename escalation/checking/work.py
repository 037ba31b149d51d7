"""Whether the work of a desk is done: people, cases, notices, owners' notes, the heartbeat."""

from datetime import timedelta

from escalation import clock
from escalation.casework import self_audit
from escalation.checking.findings import Look, look, well, wrong
from escalation.desk_config import DeskConfig
from escalation.guarding import objections
from escalation.models import Staff
from escalation.notices import dead_man, outbox, trip
from escalation.notices.models import Beat, Channel
from escalation.notices.options import PLACE
from escalation.team import skills

BEAT_MISSED_AFTER = timedelta(minutes=3)


def people() -> Look:
    skilled = skills.live(clock.now()).count()
    supervisors = Staff.objects.filter(is_active=True, is_supervisor=True).count()
    if not skilled:
        yield wrong(
            "people",
            "nobody has the care skill: every alert is unstaffed at once",
            "`demitasse-desk staff add … --role reviewer --skill care`, or `staff vouch`",
        )
    elif not supervisors:
        yield look(
            "people",
            "there is no supervisor: nobody sees who waits in vain",
            "`demitasse-desk staff add … --role supervisor`",
        )
    else:
        yield well("people", f"{skilled} with the care skill, {supervisors} supervisors")


def guardians() -> Look:
    there = objections.guardians().count()
    if objections.neglected(clock.now()):
        yield wrong(
            "guardian",
            "an owner has objected, and there is no guardian to read it",
            "`demitasse-desk staff add … --role guardian`, for somebody outside the line",
        )
    elif not there:
        yield look(
            "guardian",
            "there is no guardian: nobody reads what owners object to",
            "`demitasse-desk staff add … --role guardian`, for somebody outside the line",
        )
    else:
        yield well("guardian", f"{there} outside the line")


def cases() -> Look:
    neglected = len(self_audit.neglected(clock.now()))
    if neglected:
        yield wrong(
            "cases",
            f"{neglected} open cases have nobody who is next, or are over their time",
            "see that `demitasse-desk serve` runs, and what it logs",
        )
    else:
        yield well("cases", "every open case has somebody who is next, and a time")


def notices() -> Look:
    now = clock.now()
    since = outbox.waiting_since(now)
    reachable = Staff.objects.filter(is_active=True, channels__isnull=False)
    failing = Channel.objects.filter(failed_at__isnull=False, staff__is_active=True).count()
    if since is not None and now - since > dead_man.NOTICES_WAIT_AT_MOST:
        yield wrong(
            "notices", f"they wait since {since:%H:%M} UTC", "see what `serve` logs; start it"
        )
    elif not reachable.filter(is_supervisor=True).exists():
        yield look(
            "notices",
            "no supervisor can be reached: nobody hears that somebody waits in vain",
            "they add an address under their own name in the console",
        )
    elif failing:
        yield look(
            "notices", f"{failing} channels failed lately", "their owners see which, and try it"
        )
    else:
        yield well("notices", f"{reachable.distinct().count()} people can be reached")


def nudge(config: DeskConfig) -> Look:
    for name, template in (
        ("email", config.notices.nudge_email),
        ("phone", config.notices.nudge_phone),
    ):
        sample = "owner%40example.org" if name == "email" else "%2B33199001234"
        if not template:
            yield look(
                "nudge",
                f"[nudge] {name} is empty: owners cannot be reached by it",
                "give an apprise URL, if this desk has a way to send",
            )
        elif trip.understood(template.replace(PLACE, sample)):
            yield well("nudge", f"[nudge] {name} is understood")
        else:
            yield wrong(
                "nudge", f"[nudge] {name} is no apprise URL", "compare it with the example"
            )


def heartbeat(config: DeskConfig) -> Look:
    beat = Beat.objects.filter(pk=1).first()
    sent = beat.sent_at if beat else None
    if not config.notices.heartbeat_url:
        yield look(
            "heartbeat",
            "nobody outside waits for this desk: if it stops, nobody is called",
            "give [heartbeat] url, at healthchecks or Uptime Kuma",
        )
    elif sent is None or clock.computer_now() - sent > BEAT_MISSED_AFTER:
        when = f"last sent at {sent:%Y-%m-%d %H:%M} UTC" if sent else "never sent"
        yield wrong(
            "heartbeat", when, "see what `serve` logs: it says what keeps the sign back"
        )
    else:
        yield well("heartbeat", f"last sent at {sent:%H:%M:%S} UTC")
