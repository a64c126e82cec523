"""One person who has left a trace in every table that can hold one, and a search for traces."""

import re

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.db import connection
from django.test import Client
from django.utils import timezone

from actors import mails
from actors.models import ContactPerson, Founder, Invitation, Membership, User
from proposals.models import (
    Comment,
    Doubt,
    Follow,
    MailSent,
    Proposal,
    PublicationRule,
    Role,
    Subscriber,
    Verdict,
    Watch,
)
from proposals.submit import address_hash, hashed
from proposals.supporting import Supporter, support
from proposals.tasks import empty_one_batch
from tests.actors.people import application, organisation
from tests.proposals.rows import sent

ME, NAME = "planted.person@example.org", "Plantedname"
MY_DATA = "/en/my-data/"
ERASE = {"proposals": "keep", "sure": "on"}
HOME = Point(24.8123456, 60.1754321, srid=4326)
AROUND = MultiPolygon(Polygon.from_bbox((24.8, 60.17, 24.81, 60.18)), srid=4326)
DIGESTS = (hashed(ME), address_hash(ME))


def leave_traces() -> User:
    """A person who has left a trace in every table that can hold one."""
    now = timezone.now()
    user = User.objects.create_user(ME, first_name=NAME, last_name=NAME)
    company = organisation("huolto")
    Membership.objects.create(user=user, organisation=company, role="editor")
    Membership.objects.create(
        user=User.objects.create_user("boss@example.org"), organisation=company, role="administrator"
    )
    ContactPerson.objects.create(organisation=company, name=NAME, email=ME, phone="040 5559876")
    Founder.objects.create(application=application("decided"), email=ME, confirmed_at=now)
    Invitation.objects.create(organisation=company, email=ME, role="member", made_at=now)
    proposal = mine()
    proposal.edit(title="A better bench", body=f"I am {NAME}.", version=proposal.version)
    proposal.edit(title="A bench", body="To sit on.", version=proposal.version)
    others = sent(email="other@example.org", rule=PublicationRule.AT_ONCE, title="A lamp")
    support(others, Supporter(hashed("1" * 32), address_hash(ME)))
    Verdict.objects.create(proposal=others, round=1, voter_hash=address_hash(ME), is_proposer=False, done=True, at=now)
    Doubt.objects.create(proposal=others, voter_hash=address_hash(ME), at=now)
    Comment.objects.create(
        proposal=others, body="A lamp would help me.", language="en", state="published", user=user, at=now
    )
    Proposal.objects.filter(pk=others.pk).update(comments=1)
    others.hide(role=Role.MODERATOR, reason=f"{NAME} says so.", actor_id=user.pk)
    others.publish(role=Role.MODERATOR)
    subscriber = Subscriber.objects.create(email=ME, language="en", made_at=now, confirmed_at=now)
    Watch.objects.create(
        subscriber=subscriber, name=f"{NAME}'s home", zone=AROUND, centre=HOME, radius_m=500, made_at=now
    )
    Follow.objects.create(subscriber=subscriber, proposal=others, made_at=now)
    MailSent.objects.create(address_hash=address_hash(ME), message_id="<1@x>")
    mails.post(ME, "my_data", "Hello", {"link": "x"})
    mails.post("boss@example.org", "my_data", "Hello", {"link": "x"}, reply_to=ME)
    LogEntry.objects.create(
        user=User.objects.get(email="boss@example.org"), content_type=ContentType.objects.get_for_model(User),
        object_id=user.pk, object_repr=ME, action_flag=CHANGE, change_message="",
    )  # fmt: skip
    while empty_one_batch():
        pass
    return user


def mine() -> Proposal:
    proposal = sent(email=ME, rule=PublicationRule.AT_ONCE)
    Proposal.objects.filter(pk=proposal.pk).update(location=HOME)
    proposal.refresh_from_db()
    return proposal


def grep(*words: str) -> list[str]:
    """The tables and columns that hold one of `words`, in whatever type, capitals or not."""
    columns = """SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(columns)
        for table, column in cursor.fetchall():
            pattern = "|".join(re.escape(word) for word in words)
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ~* %s', [pattern])
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return sorted(found)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
