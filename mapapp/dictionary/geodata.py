"""What the doors for data count and keep."""

from django.utils.translation import gettext_lazy as _

from mapapp.dictionary.entry import Kept, Source, Table

TABLES = {
    "geodata.DownloadCount": Table(
        _("How many files were taken, by day, set and format; nothing about who"),
        Source.SERVICE,
        Kept.GOOD,
        {
            "day": _("Day of the city"),
            "collection": _("Set that was taken"),
            "format": _("Format of the file"),
            "count": _("How many that day"),
        },
    ),
    "geodata.Snapshot": Table(
        _("Yearly snapshots of the proposals with a permanent address"),
        Source.SERVICE,
        Kept.GOOD,
        {
            "made_at": _("When its files were written"),
            "year": _("The year whose end it holds"),
            "keys": _("Keys of the proposals in its files"),
            "files": _("Size and sha256 of each file"),
            "errata": _("When how many proposals left it because they are no longer public"),
        },
    ),
    "geodata.ExportJob": Table(
        _("Big files that the worker makes; nothing about who asked"),
        Source.SERVICE,
        _("a day after it was made"),
        {
            "key_hash": _("Digest of the secret in its address"),
            "collection": _("Set that was taken"),
            "format": _("Format of the file"),
            "query": _("Filter of the file"),
            "rows": _("Number of rows"),
            "state": _("Waiting, being made, ready or failed"),
            "file": _("Name of the file on the server"),
            "size": _("Size in bytes"),
            "ended_at": _("When it was ready or failed"),
            "expires_at": _("After this the file is removed"),
        },
    ),
    "geodata.PyramidCell": Table(
        _("How many proposals lie in each square of each size, for vector tiles"),
        Source.SERVICE,
        Kept.GOOD,
        {
            "level": _("Size of the squares"),
            "cell": _("Square of the grid in which they are counted"),
            "facet": _("Topic, stage and whether it is taken up"),
            "n": _("How many proposals"),
            "taken_up": _("How many of them are taken up"),
            "x_cm": _("Sum of their x in Web Mercator, in centimetres"),
            "y_cm": _("Sum of their y in Web Mercator, in centimetres"),
        },
    ),
    "geodata.PyramidDelta": Table(
        _("What has changed in these counts and is not added yet"),
        Source.SERVICE,
        Kept.TOLD,
        {
            "cell": _("Square of the grid in which they are counted"),
            "facet": _("Topic, stage and whether it is taken up"),
            "n": _("How many proposals"),
            "taken_up": _("How many of them are taken up"),
            "x_cm": _("Sum of their x in Web Mercator, in centimetres"),
            "y_cm": _("Sum of their y in Web Mercator, in centimetres"),
        },
    ),
    "geodata.Webhook": Table(
        _("Other services that are told of public changes"),
        Source.STAFF,
        Kept.USED,
        {
            "url": _("Address that is called"),
            "description": _("Whose it is"),
            "topics": _("Kinds of changes that are told"),
            "query": _("Filter of what is told"),
            "is_active": _("Whether it is called"),
            "salt": _("Part of its secret; the rest is the installation's"),
            "seen": _("Last event that was looked at"),
            "failing_since": _("Since when it does not answer"),
            "rests_until": _("Not called before this"),
            "note": _("What the administrator should know of it"),
        },
    ),
    "geodata.WebhookCall": Table(
        _("Calls of other services that wait or were made"),
        Source.SERVICE,
        _("30 days after the call"),
        {
            "webhook": _("Service that is called"),
            "topic": _("Kind of change"),
            "state": _("Waiting, told or given up"),
            "due_at": _("Not to be sent before this"),
            "attempts": _("How often sending was tried"),
            "answer": _("What the service answered"),
        },
    ),
}
