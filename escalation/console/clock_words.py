"""Instants and spans as people at the desk say them, in the language that is active."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.timesince import timesince
from django.utils.translation import gettext, pgettext

_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def moment(when: datetime, now: datetime) -> str:
    """Return ``14:05`` for today, ``Tuesday 14:05`` for this week, a date before that."""
    local, today = timezone.localtime(when), timezone.localtime(now).date()
    days_ago = (today - local.date()).days
    if days_ago == 0:
        pattern = pgettext("date pattern: today", "H:i")
    elif -6 <= days_ago <= 6:
        pattern = pgettext("date pattern: this week", "l H:i")
    elif local.day == 1:
        pattern = pgettext("date pattern: the first of a month", r"j F Y \a\t H:i")
    else:
        pattern = pgettext("date pattern: any day", r"j F Y \a\t H:i")
    return format_date(local, pattern)


def day(when: datetime) -> str:
    """Return a date such as ``3 March 2026``."""
    local = timezone.localtime(when)
    if local.day == 1:
        pattern = pgettext("date pattern: the first of a month, without time", "j F Y")
    else:
        pattern = pgettext("date pattern: a day", "j F Y")
    return format_date(local, pattern)


def length(lasted: timedelta) -> str:
    """Return ``12 minutes`` for a length of time, in the largest unit alone."""
    if lasted < timedelta(minutes=1):
        return gettext("less than a minute")
    return timesince(_SOME_DAY, _SOME_DAY + lasted, depth=1)


def span(start: datetime, end: datetime) -> str:
    """Return ``12 minutes``, in the largest unit alone."""
    if end - start < timedelta(minutes=1):
        return gettext("just now")
    return timesince(start, end, depth=1)
