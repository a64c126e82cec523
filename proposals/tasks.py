"""What the worker does: empties the outbox, sends mails, forgets what is not needed, frees jobs of a worker that died.

Requests defer nothing. Arguments of jobs are ids only; the tables of the job queue hold no person.
"""

import datetime
from contextlib import suppress

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from procrastinate import JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy
from procrastinate.tasks import Task

from proposals import forwarding, sealing
from proposals.digests import tell
from proposals.matching import match
from proposals.models import Event, ForwardedRequest, Outbox, Subscriber
from proposals.morning import write_morning_mails
from proposals.notifications import NotDelivered, deliver, letter_of
from proposals.pledging import hand_back_of_past
from proposals.reminding import end_what_is_out_of_time, remind
from proposals.retention import forget
from proposals.still_current import ask_and_end

EVERY_TWO_SECONDS = "* * * * * */2"  # seconds come last
EVERY_FIVE_SECONDS = "* * * * * */5"
EVERY_MINUTE = "* * * * *"
EVERY_HOUR = "17 * * * *"
EVERY_WORKDAY = "0 5 * * 1-5"  # UTC: seven or eight in the city
EVERY_MORNING = "5 4 * * *"  # UTC: after midnight in the city, before people wake
BEFORE_MAILS = 10  # priority: a thousand mails that wait must not keep the history unsealed; theirs is 0
OUTBOX_BATCH = 500  # events sealed and planned in one transaction
STALLED_AFTER_S = 60  # a worker's heartbeat is due every ten seconds
RETRY_AFTER = tuple(datetime.timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 720, 1_440))


class LaterAndLater(BaseRetryStrategy):
    """Again after 1, 5 and 30 minutes, 2, 6, 12 and 24 hours where mail server or database did not answer.

    After that, and after any other error at once, the job stays as failed, to be seen (and retried) in the admin.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        is_passing = isinstance(exception, NotDelivered | OperationalError | InterfaceError)
        if not is_passing or job.attempts >= len(RETRY_AFTER):
            return None
        return RetryDecision(retry_in={"seconds": int(RETRY_AFTER[job.attempts].total_seconds())})


@app.periodic(cron=EVERY_TWO_SECONDS)
@app.task(name="empty_outbox", queueing_lock="empty_outbox", priority=BEFORE_MAILS)
def empty_outbox(timestamp: int) -> None:
    """Seals all events that wait and plans their mails, batch by batch."""
    while empty_one_batch() == OUTBOX_BATCH:
        pass


def empty_one_batch() -> int:
    """Seals the oldest events of the outbox, plans their mails and takes them out, in one transaction; returns how many."""
    with transaction.atomic():
        if not sealing.take_turn():
            return 0
        rows = Outbox.objects.next_batch(OUTBOX_BATCH)
        events = [row.event for row in rows]
        sealing.seal(events)
        plan_mails([event.pk for event in events if letter_of(event)])
        match([event.pk for event in events])
        Outbox.objects.remove(rows)
    return len(rows)


@app.task(name="send_mail", retry=LaterAndLater())
def send_mail(event_id: int) -> None:
    """Sends the mail that an event calls for; comes back later where the address has had enough for now."""
    event = Event.objects.for_mail().get(pk=event_id)
    turn = deliver(event)
    if turn is not None:
        plan_mails([event_id], at=turn)


@app.periodic(cron=EVERY_FIVE_SECONDS)
@app.task(name="plan_news", queueing_lock="plan_news", priority=BEFORE_MAILS)
def plan_news(timestamp: int) -> None:
    """One job for each subscriber with something due; while one waits or runs, no second is made."""
    for pk in Subscriber.objects.with_news(timezone.now()).values_list("pk", flat=True):
        defer_once(tell_news, subscriber_id=pk)


@app.task(name="tell_news", retry=LaterAndLater())
def tell_news(subscriber_id: int) -> None:
    """Sends what is due to one subscriber; what it is too early for waits for the next plan."""
    tell(subscriber_id)


@app.periodic(cron=EVERY_FIVE_SECONDS)
@app.task(name="plan_forwarded", queueing_lock="plan_forwarded", priority=BEFORE_MAILS)
def plan_forwarded(timestamp: int) -> None:
    """One job for each proposal that is due to be sent to a neighbour; while one waits or runs, no second is made."""
    for pk in ForwardedRequest.objects.due(timezone.now()).values_list("pk", flat=True):
        defer_once(send_forwarded, forwarded_id=pk)


@app.task(name="send_forwarded", retry=LaterAndLater())
def send_forwarded(forwarded_id: int) -> None:
    """Sends one; when it is tried again stands in its row, not in the queue."""
    forwarding.send(forwarded_id)


def defer_once(task: Task, **row: int) -> None:
    """A job of `task` for one row, named by its key; nothing where one waits or runs."""
    (pk,) = row.values()
    only = f"{task.name} {pk}"
    with suppress(AlreadyEnqueued):
        JobManager(DjangoConnector()).defer_job(task.configure(queueing_lock=only, lock=only, task_kwargs=row).job)


def plan_mails(event_ids: list[int], at: datetime.datetime | None = None) -> None:
    """One job for each event, by Django's own connection: part of the transaction, unlike a defer inside a worker."""
    jobs = [send_mail.configure(schedule_at=at, task_kwargs={"event_id": event_id}).job for event_id in event_ids]
    if jobs:
        JobManager(DjangoConnector()).batch_defer_jobs(jobs)


@app.periodic(cron=EVERY_HOUR)
@app.task(name="retention", queueing_lock="retention", retry=LaterAndLater())
def retention(timestamp: int) -> None:
    """Forgets what is older than its time, orphaned photos included."""
    forget()


@app.periodic(cron=EVERY_MORNING)
@app.task(
    name="hand_back_of_past_organisations", queueing_lock="hand_back_of_past_organisations", retry=LaterAndLater()
)
def hand_back_of_past_organisations(timestamp: int) -> None:
    """Open promises of organisations whose time is over go back, so that others can take the proposals up."""
    hand_back_of_past(timezone.localdate())


@app.periodic(cron=EVERY_WORKDAY)
@app.task(name="moderation_morning", queueing_lock="moderation_morning", retry=LaterAndLater())
def moderation_morning(timestamp: int) -> None:
    """Tells the moderators how much waits; nothing where nothing does."""
    write_morning_mails()


@app.periodic(cron=EVERY_MORNING)
@app.task(name="hold_to_dates", queueing_lock="hold_to_dates", retry=LaterAndLater())
def hold_to_dates(timestamp: int) -> None:
    """Reminds of promises that are due soon, and ends those whose time ran out."""
    today = timezone.localdate()
    remind(today)
    end_what_is_out_of_time(today)


@app.periodic(cron=EVERY_MORNING)
@app.task(name="ask_if_still_current", queueing_lock="ask_if_still_current", retry=LaterAndLater())
def ask_if_still_current(timestamp: int) -> None:
    """Asks whether what was silent for a year is still current, and ends what two questions got no answer to."""
    ask_and_end(timezone.now())


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="free_stalled_jobs", queueing_lock="free_stalled_jobs", priority=BEFORE_MAILS, pass_context=True)
async def free_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Gives jobs of a worker that was killed to another one; periodic ones are dropped, their next turn is near."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
        if job.queueing_lock:
            await jobs.finish_job_by_id_async(job_id=job.id, status=Status.ABORTED, delete_job=True)
        else:
            await jobs.retry_job(job)
