"""What a person does who wants to follow something, for the tests of it."""

import re

from django.core import mail
from django.test import Client

from actors import mails
from actors.models import User

FORM = "/en/watches/new/"
ANYTHING = {"changes": "new", "frequency": "weekly", "step": "begin"}
ADDRESS = "bertil@example.org"


def ask(client: Client | None = None, **fields: object) -> int:
    """Sends the form of a watch; returns the status of the answer."""
    return (client or Client()).post(FORM, {**ANYTHING, "email": ADDRESS, **fields}).status_code


def mailed() -> str:
    """The path of the link in the latest mail."""
    mails.send_waiting()
    return re.search(r"http://testserver(\S+)", mail.outbox[-1].body)[1]


def with_account() -> Client:
    client = Client()
    client.force_login(User.objects.create_user(ADDRESS))
    return client
