"""The worker: the outbox is emptied in one transaction, mails are tried again and again, dead workers' jobs are freed."""

import asyncio
import datetime
import threading

import pytest
import time_machine
from django.core import mail
from django.db import OperationalError, connection, transaction
from django.test import override_settings
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from proposals import tasks
from proposals.models import Event, EventSeal, MailSent, Outbox, Publication, PublicationRule, Role
from proposals.notifications import NotDelivered
from proposals.tasks import RETRY_AFTER, LaterAndLater, empty_one_batch, plan_mails, send_mail
from tests.proposals import rows

NOON = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)


@pytest.fixture
def queue(transactional_db, monkeypatch):
    """A database of real transactions, with the tables of jobs empty: no flush of the tests knows them."""
    empty_queue()
    # The worker's threads must leave no connection behind, or the test database cannot be dropped.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    yield
    empty_queue()


def empty_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


def planned() -> list[int]:
    """The events whose mails are planned, in order."""
    jobs = ProcrastinateJob.objects.filter(task_name="send_mail").order_by("id")
    return [job.args["event_id"] for job in jobs]


# --- the outbox ---------------------------------------------------------------------------------------------------------


def test_empty_outbox_is_no_work(db):
    assert empty_one_batch() == 0
    assert not ProcrastinateJob.objects.exists()


def test_event_is_sealed_planned_and_taken_out(db):
    proposal = rows.sent()
    assert empty_one_batch() == 1
    event = Event.objects.get(proposal=proposal)
    assert event.seal.n == 1 and planned() == [event.pk]
    assert not Outbox.objects.exists()
    assert empty_one_batch() == 0 and planned() == [event.pk]


def test_event_that_nobody_is_told_of_is_sealed_without_a_mail(db):
    rows.sent(email="", rule=PublicationRule.AT_ONCE)
    assert empty_one_batch() == 2
    assert EventSeal.objects.count() == 2 and planned() == []


def test_long_outbox_is_emptied_in_batches(db, monkeypatch):
    monkeypatch.setattr(tasks, "OUTBOX_BATCH", 2)
    for _ in range(5):
        rows.sent(email="")
    tasks.empty_outbox(timestamp=0)
    assert not Outbox.objects.exists()
    assert list(EventSeal.objects.order_by("n").values_list("n", flat=True)) == [1, 2, 3, 4, 5]


def test_job_holds_the_id_of_the_event_and_nothing_else(db):
    rows.sent()
    empty_one_batch()
    job = ProcrastinateJob.objects.get()
    assert list(job.args) == ["event_id"] and job.lock is None and job.queueing_lock is None


def test_what_fails_half_way_leaves_the_outbox_as_it_was(queue, monkeypatch):
    rows.sent()

    def fail(event_ids, at=None):
        raise OperationalError

    monkeypatch.setattr(tasks, "plan_mails", fail)
    with pytest.raises(OperationalError):
        empty_one_batch()
    assert Outbox.objects.count() == 1 and not EventSeal.objects.exists()


def test_mails_are_planned_by_the_transaction_itself_inside_a_worker_too(queue):
    worker_connector = app.connector.get_worker_connector()
    with app.replace_connector(worker_connector), pytest.raises(RuntimeError), transaction.atomic():
        plan_mails([1])
        raise RuntimeError
    assert planned() == []


def test_two_workers_at_once_seal_and_plan_each_event_once(queue):
    for _ in range(30):
        rows.sent()

    def work():
        for _ in range(20):
            empty_one_batch()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(planned()) == sorted(Event.objects.values_list("pk", flat=True))
    assert list(EventSeal.objects.order_by("n").values_list("n", flat=True)) == list(range(1, 31))


def test_second_worker_does_nothing_while_the_first_seals(queue):
    rows.sent()
    done: list[int] = []

    def second():
        done.append(empty_one_batch())
        connection.close()

    with transaction.atomic():
        assert tasks.sealing.take_turn()
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert done == [0] and Outbox.objects.count() == 1


# --- mails --------------------------------------------------------------------------------------------------------------


def test_mail_is_sent_once_however_often_its_job_runs(db):
    rows.sent()
    empty_one_batch()
    for _ in range(3):
        send_mail(event_id=planned()[0])
    assert len(mail.outbox) == 1


def test_fourth_mail_of_an_hour_is_planned_again_and_not_lost(db):
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(4):
            rows.sent()
        empty_one_batch()
        for event_id in planned():
            send_mail(event_id=event_id)
        assert len(mail.outbox) == 3
        later = ProcrastinateJob.objects.latest("id")
        assert later.scheduled_at == NOON + datetime.timedelta(hours=1)
        clock.move_to(later.scheduled_at)
        send_mail(event_id=later.args["event_id"])
        assert len(mail.outbox) == 4 and MailSent.objects.count() == 4


def decision(error: Exception, attempts: int):
    job = Job(id=1, lock=None, queueing_lock=None, task_name="send_mail", queue="default", attempts=attempts)
    with time_machine.travel(NOON, tick=False):
        found = LaterAndLater().get_retry_decision(exception=error, job=job)
    return found and found.retry_at - NOON


@pytest.mark.parametrize("error", [NotDelivered("550"), OperationalError()])
def test_mail_is_tried_again_after_longer_and_longer_times(error):
    minutes = [decision(error, n) / datetime.timedelta(minutes=1) for n in range(7)]
    assert minutes == [1, 5, 30, 120, 360, 720, 1_440]


def test_after_the_last_attempt_the_job_is_dead_and_stays():
    assert decision(NotDelivered("550"), len(RETRY_AFTER)) is None


@pytest.mark.parametrize("error", [ValueError(), KeyError(), Event.DoesNotExist()])
def test_error_of_our_own_is_not_tried_again(error):
    assert decision(error, 0) is None


# --- a worker of its own ------------------------------------------------------------------------------------------------


def run_worker() -> None:
    """A worker as `manage.py procrastinate worker` runs it, until no job is left."""
    with app.replace_connector(app.connector.get_worker_connector()):

        async def work() -> None:
            async with app.open_async():
                await app.run_worker_async(
                    wait=False, delete_jobs="successful", install_signal_handlers=False, listen_notify=False
                )

        asyncio.run(work())


def statuses() -> list[str]:
    """Of all jobs but the next turns of periodic ones, which the worker itself may have planned."""
    jobs = ProcrastinateJob.objects.exclude(status="todo", queueing_lock__isnull=False)
    return list(jobs.order_by("id").values_list("status", flat=True))


def test_worker_tells_the_author(queue):
    proposal = rows.sent()
    tasks.empty_outbox.defer(timestamp=0)
    run_worker()
    assert [message.to for message in mail.outbox] == [[rows.EMAIL]]
    assert statuses() == [] and not Outbox.objects.exists()
    proposal.confirm()
    assert proposal.publication == Publication.PUBLISHED
    proposal.hide(role=Role.MODERATOR, reason="A reason.")
    tasks.empty_outbox.defer(timestamp=0)
    run_worker()
    assert [message.subject for message in mail.outbox] == ["Confirm your proposal", "Your proposal was hidden"]


def test_history_is_sealed_before_mails_that_wait_longer(queue, monkeypatch):
    order: list[str] = []
    monkeypatch.setattr(tasks, "deliver", lambda event: order.append("mail"))
    monkeypatch.setattr(tasks, "empty_one_batch", lambda: order.append("outbox") or 0)
    event = Event.objects.get(proposal=rows.sent())
    plan_mails([event.pk] * 3)
    tasks.empty_outbox.defer(timestamp=0)
    run_worker()
    assert order[0] == "outbox" and order.count("mail") == 3


def test_mail_server_that_is_down_costs_no_mail(queue):
    rows.sent()
    tasks.empty_outbox.defer(timestamp=0)
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    with override_settings(EMAIL_BACKEND=smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=1):
        run_worker()
    job = ProcrastinateJob.objects.get(task_name="send_mail")
    assert (job.status, job.attempts) == ("todo", 1) and job.scheduled_at is not None
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() - interval '1 second'")
    run_worker()
    assert len(mail.outbox) == 1 and statuses() == []


def test_mail_that_cannot_be_written_stays_as_a_failed_job(queue, monkeypatch):
    rows.sent()
    tasks.empty_outbox.defer(timestamp=0)

    def fail(event):
        raise KeyError

    monkeypatch.setattr(tasks, "deliver", fail)
    run_worker()
    assert statuses() == ["failed"] and not mail.outbox


def test_jobs_of_a_worker_that_was_killed_are_freed(queue):
    rows.sent()
    empty_one_batch()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 minutes') RETURNING id"
        )
        dead = cursor.fetchone()[0]
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [dead])
    tasks.empty_outbox.defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE task_name = 'empty_outbox'", [dead]
        )
    # Its next turn waits already: the old one cannot go back into the queue.
    tasks.empty_outbox.configure(schedule_in={"hours": 1}).defer(timestamp=1)
    tasks.free_stalled_jobs.defer(timestamp=0)
    run_worker()
    assert len(mail.outbox) == 1 and statuses() == []


def test_job_of_a_living_worker_is_left_alone(queue):
    rows.sent()
    empty_one_batch()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [cursor.fetchone()[0]])
    tasks.free_stalled_jobs.defer(timestamp=0)
    run_worker()
    assert statuses() == ["doing"] and not mail.outbox


def test_outbox_is_looked_at_every_two_seconds():
    by_name = {task.task.name: task for task in app.periodic_registry.periodic_tasks.values()}
    turns = by_name["empty_outbox"].croniter
    start = NOON.timestamp()
    turns.set_current(start_time=start)
    assert [turns.get_next(float) - start for _ in range(3)] == [2, 4, 6]
    assert {"empty_outbox", "free_stalled_jobs", "retention"} <= by_name.keys()
    assert all(task.task.queueing_lock for task in by_name.values())
