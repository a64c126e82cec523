"""Promises, voices and what people follow."""

from django.utils.translation import gettext_lazy as _

from mapapp.dictionary.entry import Given, Kept, Source, Table

TABLES = {
    "proposals.Pledge": Table(
        _("Promises of organisations, in public with a date"),
        Source.ORGANISATION,
        Kept.GOOD,
        {
            "organisation": _("Organisation that promises"),
            "kind": _("investigate, do or help"),
            "part": _("lead or partner"),
            "promise": _("Text of the promise"),
            "due": _("Day by which it is promised"),
            "consent": _("Landowner's permission: not needed, asked, granted or refused"),
            "state": _("State of the promise, from active to confirmed"),
            "reason": _("Reason of the latest change"),
            "ended_at": Given(_("When the promise ended"), Source.SERVICE),
            "reminded_days": Given(_("Which reminder was sent last, in days before the date"), Source.SERVICE),
        },
    ),
    "proposals.Postponement": Table(
        _("Dates of promises that were moved; the old ones stay public"),
        Source.ORGANISATION,
        Kept.GOOD,
        {
            "from_due": _("Day before"),
            "to_due": _("New day"),
            "reason": _("Why it was moved"),
        },
    ),
    "proposals.Verdict": Table(
        _("Whether it is really done, by those who asked for it"),
        Source.RESIDENT,
        Kept.GOOD,
        {
            "round": Given(_("Which report of delivery it answers"), Source.SERVICE),
            "is_proposer": Given(_("Whether it is the proposer's"), Source.SERVICE),
            "done": _("Yes, it is done, or not yet"),
        },
    ),
    "proposals.Support": Table(
        _("Supports, one a person"),
        Source.RESIDENT,
        Kept.GOOD,
        {
            "address_hash": _("Keyed digest of a confirmed address"),
        },
    ),
    "proposals.Doubt": Table(
        _("Voices that it is no longer current"),
        Source.RESIDENT,
        Kept.PROPOSAL,
    ),
    "proposals.Comment": Table(
        _("Comments"),
        Source.RESIDENT,
        Kept.GOOD,
        {
            "body": _("Text of the comment"),
            "state": Given(_("published, pending or hidden"), Source.STAFF),
            "organisation": _("Organisation in whose name it is written"),
            "reason": Given(_("Why it was hidden"), Source.STAFF),
        },
    ),
    "proposals.OfficialAnswer": Table(
        _("Official answers of authorities"),
        Source.ORGANISATION,
        Kept.GOOD,
        {
            "body": _("Text of the answer"),
        },
    ),
    "proposals.Subscriber": Table(
        _("People who follow something, by address"),
        Source.RESIDENT,
        Kept.SUBSCRIBER,
    ),
    "proposals.Watch": Table(
        _("What people follow by place and topic; nobody else sees it"),
        Source.RESIDENT,
        Kept.SUBSCRIBER,
        {
            "name": _("Name that the person gave it"),
            "centre": _("Middle of a circle"),
            "radius_m": _("Radius in metres"),
            "zone": _("Area that was drawn"),
            "kinds": _("Topics; none means all"),
            "with_words": _("Words of which one must be there"),
            "without_words": _("Words that must not be there"),
            "changes": _("Whether changes are told too"),
            "areas": _("Areas that are followed"),
            "categories": _("Categories that are followed"),
        },
    ),
    "proposals.Follow": Table(
        _("Proposals, organisations and topics that people follow"),
        Source.RESIDENT,
        Kept.SUBSCRIBER,
    ),
    "proposals.Delivery": Table(
        _("Which event is told to whom, each once"),
        Source.SERVICE,
        Kept.SUBSCRIBER,
        {
            "state": _("waiting, sent or given up"),
            "mail": _("Key of the mail that tells it"),
            "due_at": _("Not to be told before this"),
            "sent_at": _("When the mail was sent"),
        },
    ),
}
