"""What the worker does for the doors: counts, files, yearly snapshots without what is hidden, and calls of webhooks."""

import datetime
import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from geodata import export_jobs, import_runs, pyramid, webhooks
from geodata.imports.neighbours import fetch_layer
from geodata.models import Snapshot, Webhook, WebhookCall
from geodata.snapshots import SnapshotRefused, correct_snapshot, has_proposals, make_snapshot
from layers.models import NeighbourLayer
from proposals.tasks import defer_once

logger = logging.getLogger(__name__)

EVERY_FIVE_SECONDS = "* * * * * */5"  # seconds come last
EVERY_TEN_SECONDS = "* * * * * */10"
EVERY_MINUTE = "* * * * *"
EVERY_HOUR = "23 * * * *"
EVERY_NIGHT = "40 1 * * *"  # UTC
# UTC: in the city's night. From the second day on, in case that the worker was down: the first run makes it, the others find it.
MORNINGS_OF_JANUARY = "20 2 2-31 1 *"
AFTER_MAILS = -10  # priority: a receiver that hangs must not keep mails waiting; theirs is 0
CALLS_KEPT = datetime.timedelta(days=30)


@app.periodic(cron=EVERY_TEN_SECONDS)
@app.task(name="fold_pyramid", queueing_lock="fold_pyramid")
def fold_pyramid(timestamp: int) -> None:
    """Few changes, quick tiles: each of them is read beside the pyramid until it is folded."""
    pyramid.fold()


@app.periodic(cron=EVERY_NIGHT)
@app.task(name="rebuild_pyramid", queueing_lock="rebuild_pyramid")
def rebuild_pyramid(timestamp: int) -> None:
    """Takes cells away that are empty by now."""
    pyramid.rebuild()


@app.periodic(cron=EVERY_HOUR)
@app.task(name="sweep_export_files", queueing_lock="sweep_export_files")
def sweep_export_files(timestamp: int) -> None:
    """Files of yesterday go."""
    export_jobs.sweep()


@app.periodic(cron=EVERY_HOUR)
@app.task(name="sweep_import_files", queueing_lock="sweep_import_files")
def sweep_import_files(timestamp: int) -> None:
    """Files that nobody went on with since yesterday go."""
    import_runs.sweep()


@app.periodic(cron=MORNINGS_OF_JANUARY)
@app.task(name="yearly_snapshot", queueing_lock="yearly_snapshot")
def yearly_snapshot(timestamp: int) -> None:
    """Makes the snapshot of last year where there is none and anything was published."""
    now = datetime.datetime.fromtimestamp(timestamp, tz=timezone.get_default_timezone())
    if has_proposals(now.year - 1):
        try:
            make_snapshot(now.year - 1)
        except SnapshotRefused as error:
            logger.info("No snapshot: %s", error)


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="correct_snapshots", queueing_lock="correct_snapshots")
def correct_snapshots(timestamp: int) -> None:
    """Takes out of every snapshot what the public may not see any more."""
    for snapshot in Snapshot.objects.newest_first():
        if removed := correct_snapshot(snapshot.year):
            logger.info("%d proposals left the snapshot of %s", removed, snapshot.year)


@app.periodic(cron=EVERY_MINUTE)
@app.task(
    name="fetch_neighbour_layers",
    queueing_lock="fetch_neighbour_layers",
    lock="fetch_neighbour_layers",
    priority=AFTER_MAILS,
)
def fetch_neighbour_layers(timestamp: int) -> None:
    """Each layer of a neighbour once a day, and soon after somebody asked for it; one after the other."""
    for layer in NeighbourLayer.objects.due(timezone.now()):
        fetch_layer(layer)


@app.periodic(cron=EVERY_FIVE_SECONDS)
@app.task(name="plan_webhooks", queueing_lock="plan_webhooks")
def plan_webhooks(timestamp: int) -> None:
    """Plans calls for what was sealed, and one job for each webhook with a call due; while one waits, no second is made."""
    for pk in Webhook.objects.behind().values_list("pk", flat=True):
        webhooks.plan(pk)
    for pk in Webhook.objects.with_calls_due(timezone.now()).values_list("pk", flat=True):
        defer_once(call_webhook, webhook_id=pk)


@app.task(name="call_webhook", priority=AFTER_MAILS)
def call_webhook(webhook_id: int) -> None:
    webhooks.call(webhook_id)


@app.periodic(cron=EVERY_NIGHT)
@app.task(name="forget_webhook_calls", queueing_lock="forget_webhook_calls")
def forget_webhook_calls(timestamp: int) -> None:
    WebhookCall.objects.finished_before(timezone.now() - CALLS_KEPT).delete()
