"""Proposals and their history."""

from django.utils.translation import gettext_lazy as _

from mapapp.dictionary.entry import Given, Kept, Source, Table

TABLES = {
    "proposals.Category": Table(
        _("Categories within the topics, with their questions and rules"),
        Source.STAFF,
        Kept.USED,
        {
            "slug": _("Name in addresses and exports"),
            "kind": _("Topic that it belongs to"),
            "glyph": _("Sign on the map"),
            "shape": _("Shape of the mark on the map"),
            "geometry_types": _("Which of point, line and area it takes"),
            "publication_rule": _("Whether a proposal is published at once, after confirmation or after review"),
            "privacy_rule": _("Whether the exact place or a 250 m square is published"),
            "questions": _("Versioned questions that are asked"),
            "position": _("Order in the list"),
            "is_offered": _("Whether it can be chosen for a new proposal"),
        },
    ),
    "proposals.Proposal": Table(
        _("Proposals as the public sees them, and what the public does not see yet"),
        Source.RESIDENT,
        Kept.GOOD,
        {
            "category": _("Category within the topic"),
            "kind": _("Topic: idea, parking, pathway, space, service or concern"),
            "title": _("Title, as published"),
            "body": _("Text, as published"),
            "language": _("Language of the text: fi, sv, en or other"),
            "answers": _("Answers to the questions of its category"),
            "location": Given(
                _("Place as it was given; read by its author and moderators alone"), Source.RESIDENT, Kept.CONTACT
            ),
            "public_location": Given(_("Place as it is published, EPSG:4326"), Source.SERVICE),
            "place_precision": Given(
                _("What the published place stands for: exact, generalised, area or city"), Source.SERVICE
            ),
            "pin": Given(_("Point that stands for the place on the map, EPSG:3857"), Source.SERVICE),
            "cell": Given(_("Square of the map grid, by which pins are counted"), Source.SERVICE),
            "area": Given(_("Finest area that holds the pin"), Source.SERVICE),
            "landmark": Given(_("Nearest known place with distance and direction"), Source.SERVICE),
            "publication": Given(_("unconfirmed, pending, published, hidden or withdrawn"), Source.STAFF),
            "status": Given(_("Stage, from open to confirmed"), Source.ORGANISATION),
            "merged_into": Given(_("Proposal with which it was merged"), Source.STAFF),
            "channel": Given(_("How it came: web, phone, desk, paper, workshop, walk or kiosk"), Source.SERVICE),
            "version": Given(_("Number of the wording, so that two edits do not overwrite each other"), Source.SERVICE),
            "terms_version": Given(_("Version of the terms that it was sent under"), Source.SERVICE),
            "source": Given(_("System that it came from, if imported"), Source.IMPORT),
            "source_id": Given(_("Key in that system"), Source.IMPORT),
            "supports_verified": Given(_("Supports by people who confirmed an address"), Source.SERVICE),
            "supports_unverified": Given(_("Supports by others"), Source.SERVICE),
            "comments": Given(_("Number of published comments"), Source.SERVICE),
            "submitted_at": Given(_("When it was sent"), Source.SERVICE),
            "published_at": Given(_("When it was published"), Source.SERVICE),
            "updated_at": Given(_("When it last changed"), Source.SERVICE),
            "search": Given(_("Words for the search"), Source.SERVICE),
        },
    ),
    "proposals.ProposalText": Table(
        _("The author's own wordings, one row a version; never published as such"),
        Source.RESIDENT,
        Kept.PROPOSAL,
        {
            "version": _("Number of the wording"),
            "title": _("Title as the author wrote it"),
            "body": _("Text as the author wrote it"),
            "waits": _("Whether a moderator has not let it through yet"),
        },
    ),
    "proposals.Contact": Table(
        _("How the author is reached and known again; in no export"),
        Source.RESIDENT,
        Kept.CONTACT,
        {
            "language": _("Language in which the author is written to"),
            "device_key_hash": _("Digest of the key in the author's browser"),
            "tracking_code": _("Code by which the author follows the proposal"),
        },
    ),
    "proposals.Submission": Table(
        _("Keys by which the same proposal is not stored twice"),
        Source.SERVICE,
        Kept.SUBMISSION,
        {
            "key_hash": _("Digest of the key of the sending"),
            "body_hash": _("Digest of what was sent"),
        },
    ),
    "proposals.Photo": Table(
        _("Photos of proposals, without what the camera wrote into them"),
        Source.RESIDENT,
        Kept.PROPOSAL,
        {
            "name": Given(_("Random name of the file"), Source.SERVICE),
            "state": Given(_("pending, published or hidden"), Source.STAFF),
            "width": Given(_("Width in pixels"), Source.SERVICE),
            "height": Given(_("Height in pixels"), Source.SERVICE),
            "created_at": Given(_("When the photo was sent"), Source.SERVICE),
        },
    ),
    "proposals.Event": Table(
        _("Append-only history of every change; holds no person and no text"),
        Source.SERVICE,
        Kept.GOOD,
        {
            "verb": _("What happened"),
            "role": _("Role of who did it, never the person"),
            "before": _("State before"),
            "after": _("State after"),
            "note_digest": _("Salted digest of the note, by which the history still verifies after an erasure"),
        },
    ),
    "proposals.EventNote": Table(
        _("Reasons and who did what; may be erased"),
        Source.STAFF,
        Kept.PROPOSAL,
        {
            "salt": _("Random text in the digest"),
            "text": _("The reason or note"),
            "actor": _("Who did it, if signed in"),
        },
    ),
    "proposals.Outbox": Table(
        _("Events that must still be told"),
        Source.SERVICE,
        Kept.TOLD,
    ),
    "proposals.EventSeal": Table(
        _("Seals that show tampering with the history"),
        Source.SERVICE,
        Kept.GOOD,
        {
            "n": _("Number in the chain"),
            "prev": _("Hash of the seal before"),
            "hash": _("Hash of this seal"),
        },
    ),
    "proposals.Decision": Table(
        _("What a moderator's decision can be taken back to"),
        Source.STAFF,
        Kept.DECISION,
        {
            "actor": _("Moderator who decided"),
            "before": _("The state to go back to"),
            "version": _("Version of the proposal when it was decided"),
            "undone_at": _("When it was taken back"),
        },
    ),
    "proposals.Flag": Table(
        _("Reports of what is out of place"),
        Source.RESIDENT,
        Kept.FLAG,
        {
            "reason": _("Why it was reported"),
            "note": _("What the reporter wrote"),
            "network_hash": Given(_("Keyed digest of the network address, against floods"), Source.SERVICE),
            "proven": Given(_("Whether the browser did its sum"), Source.SERVICE),
            "settled_at": Given(_("When a moderator settled it"), Source.STAFF),
        },
    ),
    "proposals.MailSent": Table(
        _("That a mail was sent to an address, under a digest"),
        Source.SERVICE,
        Kept.MAIL_SENT,
        {
            "address_hash": _("Keyed digest of the address"),
            "message_id": _("Key of the mail"),
        },
    ),
    "proposals.ForwardedRequest": Table(
        _("Proposals passed on to a neighbour's service"),
        Source.STAFF,
        Kept.PROPOSAL,
        {
            "door": _("Address of the neighbour's service"),
            "idempotency_key": _("Key by which it is sent but once"),
            "passed_on_at": _("When it was passed on"),
            "next_try_at": _("Not to be sent before this"),
            "tries": _("How often sending was tried"),
            "sent_at": _("When the neighbour took it"),
            "service_request_id": _("The neighbour's number for it"),
            "link": _("The neighbour's page of it"),
            "failure": _("Why it is not tried any more"),
        },
    ),
}
