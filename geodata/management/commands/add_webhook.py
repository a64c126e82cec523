"""`add_webhook URL`: registers a server that is told of public changes, and shows its secret once."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from geodata.models import Webhook
from geodata.models.webhook import Topic


class Command(BaseCommand):
    help = "Registers a webhook (docs/webhooks.md). What happens from now on is told; the secret is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", metavar="URL")
        parser.add_argument("--description", required=True, help="whose it is")
        parser.add_argument("--filter", default="", metavar="QUERY", help="as in an address: kind=parking&area=tapiola")
        parser.add_argument(
            "--event", action="append", default=[], choices=Topic.values, help="may be given several times"
        )

    def handle(self, *, url: str, description: str, event: list[str], **options: Any) -> None:
        webhook = Webhook(url=url, description=description, topics=event, query=options["filter"])
        try:
            webhook.full_clean()
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        webhook.begin()
        self.stdout.write(webhook.secret)
