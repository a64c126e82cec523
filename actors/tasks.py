"""What the worker does for accounts and organisations."""

from procrastinate.contrib.django import app

from actors.mails import send_waiting

EVERY_TWO_SECONDS = "* * * * * */2"  # seconds come last
FIRST = 20  # priority: somebody waits for a code before a page


@app.periodic(cron=EVERY_TWO_SECONDS)
@app.task(name="send_waiting_mails", queueing_lock="send_waiting_mails", priority=FIRST)
def send_waiting_mails(timestamp: int) -> None:
    """Codes to sign in, invitations, decisions and relayed messages."""
    send_waiting()
