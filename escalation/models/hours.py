"""Hours of the week, as colleagues and volunteers have promised them."""

from zoneinfo import ZoneInfo

from django.db import models
from django.utils.dates import WEEKDAYS

from escalation.team.rota import Hours


class WeeklyHours(models.Model):
    """The same hours on the same day of every week, in somebody's local time."""

    weekday = models.PositiveSmallIntegerField()
    """0 is Monday, as in Python."""
    begins = models.TimeField()
    ends = models.TimeField()
    """Not after ``begins``: on the next day."""

    class Meta:
        """A table of its own for each sort of person."""

        abstract = True

    @property
    def day(self) -> str:
        """The name of the day, in the language that is active."""
        return str(WEEKDAYS[self.weekday])

    def meant_in(self, zone: ZoneInfo) -> Hours:
        """Return them as whoever is in ``zone`` means them."""
        return Hours(weekday=self.weekday, begins=self.begins, ends=self.ends, zone=zone)
