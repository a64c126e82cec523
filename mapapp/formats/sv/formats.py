"""Dates as Swedish is written in Finland; Django's own are Sweden's."""

SHORT_DATE_FORMAT = "j.n.Y"
SHORT_DATETIME_FORMAT = "j.n.Y G.i"
DATETIME_FORMAT = r"j F Y \k\l. G.i"
TIME_FORMAT = "G.i"
