"""People with accounts, and organisations."""

from django.utils.translation import gettext_lazy as _

from mapapp.dictionary.entry import Kept, Source, Table

TABLES = {
    "actors.User": Table(
        _("Accounts of members of organisations and of the city's staff; residents need none"),
        Source.PERSON,
        Kept.ACCOUNT,
        {
            "email": _("Address by which the person signs in"),
            "password": _("Digest of a password for the admin alone; pages use mailed codes"),
            "last_login": _("When the person signed in last"),
            "is_superuser": _("Whether the person may do everything in the admin"),
            "first_name": _("First name, if given"),
            "last_name": _("Last name, if given"),
            "is_staff": _("Whether the admin opens to the person"),
            "is_active": _("Whether the account may sign in"),
            "date_joined": _("When the account was made"),
            "role": _("Role of the city's staff: moderator, facilitator, planner, administrator"),
            "groups": _("Groups of rights in the admin"),
            "user_permissions": _("Single rights in the admin"),
        },
    ),
    "actors.Organisation": Table(
        _("Organisations that act in the city, with their public card"),
        Source.ORGANISATION,
        Kept.USED,
        {
            "type": _("Type of organisation, such as association or city unit"),
            "description": _("What it does, by language"),
            "goals": _("What it aims at, by language"),
            "needs": _("What it needs, by language"),
            "website": _("Address of its website"),
            "business_id": _("Business ID, if it has one"),
            "service_area": _("Area that it has drawn as its own"),
            "verified_at": _("When the city verified it"),
            "refused_at": _("When the application was refused"),
            "ended_at": _("When it ended"),
            "valid_from": _("First day of a temporary organisation"),
            "valid_until": _("Last day of a temporary organisation"),
            "areas": _("Areas of the city in which it acts"),
        },
    ),
    "actors.ContactPerson": Table(
        _("Contact person of an organisation; messages are relayed, the address is never shown"),
        Source.ORGANISATION,
        Kept.USED,
        {
            "name": _("Name of the person"),
            "phone": _("Telephone number, if given"),
        },
    ),
    "actors.Application": Table(
        _("Applications of organisations and what was decided"),
        Source.ORGANISATION,
        Kept.USED,
        {
            "founders_needed": _("How many confirmed addresses it needs"),
            "decided_at": _("When it was decided"),
            "decided_by": _("Who decided; a member of the city's staff"),
            "reason": _("Reason of a refusal, read by the applicant"),
        },
    ),
    "actors.Founder": Table(
        _("Addresses that confirm an application"),
        Source.ORGANISATION,
        Kept.APPLICATION,
    ),
    "actors.WaitingMail": Table(
        _("Mails that wait to be sent"),
        Source.SERVICE,
        Kept.SENT,
        {
            "to": _("Address that it goes to"),
            "reply_to": _("Address for answers to a relayed message"),
            "subject": _("Subject of the mail"),
            "text": _("Text of the mail"),
            "expires_at": _("After this it is of no use and is dropped"),
            "tries": _("How often sending was tried"),
            "due_at": _("Not to be sent before this"),
            "held_for": _("What has to happen before it is sent"),
        },
    ),
    "actors.Membership": Table(
        _("Who belongs to which organisation, and in which role"),
        Source.ORGANISATION,
        Kept.ACCOUNT,
        {
            "role": _("member, editor or administrator of the organisation"),
            "since": _("When the membership began"),
            "desk_seen_at": _("When the person last looked at the organisation's desk"),
            "desk_new_since": _("What came after this is new to the person"),
        },
    ),
    "actors.Invitation": Table(
        _("Invitations to join an organisation"),
        Source.ORGANISATION,
        Kept.USED,
        {
            "role": _("Role that is offered"),
            "invited_by": _("Member who invited"),
            "accepted_at": _("When it was accepted"),
            "withdrawn_at": _("When it was withdrawn"),
        },
    ),
    "actors.ThrottleCount": Table(
        _("Counters against floods, under digests that lead to nobody"),
        Source.SERVICE,
        Kept.THROTTLE,
        {
            "key": _("Keyed digest of what is counted, such as a network address"),
            "period_start": _("Beginning of the period, seconds since 1970"),
            "count": _("How many in the period"),
        },
    ),
    "actors.ApiKey": Table(
        _("Keys by which programs of other services write here; no person is behind them"),
        Source.STAFF,
        Kept.USED,
        {
            "name": _("What the key is for"),
            "scopes": _("What it opens"),
            "quota_per_hour": _("How much it may do in an hour"),
            "prefix": _("Its first characters, to know it by"),
            "secret_hash": _("Digest of the secret"),
            "created_at": _("When it was made"),
            "last_used_on": _("Day on which it was last used"),
            "expires_at": _("After this it opens nothing"),
            "revoked_at": _("When it was taken back"),
        },
    ),
}
