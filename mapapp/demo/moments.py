"""When it was: the demo's past is told in days before the load, and happens while people are awake."""

import datetime

from django.utils import timezone

DAY_BEGINS, DAY_HOURS = 7, 15  # people write and answer between seven in the morning and ten in the evening


def moment(days_ago: float, today: datetime.date) -> datetime.datetime:
    """When it was `days_ago` days before `today`, squeezed into the hours in which people are awake; order is kept.

    Day 0 is yesterday, so that nothing lies in the future. The same for a morning load and an evening load.
    """
    whole, part = divmod(days_ago, 1)
    midnight = datetime.datetime.combine(
        today - datetime.timedelta(days=whole + 1), datetime.time.min, tzinfo=timezone.get_default_timezone()
    )
    return midnight + datetime.timedelta(hours=DAY_BEGINS + DAY_HOURS * (1 - part))
