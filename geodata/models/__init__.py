"""Tables of the doors: what is counted for them, files in the making and on their way in, yearly snapshots, who is told of what. No person is in them."""

from geodata.models.download import DownloadCount
from geodata.models.export_job import ExportJob, JobState
from geodata.models.import_run import ImportRun, Into, RunState
from geodata.models.pyramid import PyramidCell, PyramidDelta
from geodata.models.snapshot import Snapshot
from geodata.models.webhook import CallState, Webhook, WebhookCall

__all__ = [
    "CallState",
    "DownloadCount",
    "ExportJob",
    "ImportRun",
    "Into",
    "JobState",
    "PyramidCell",
    "PyramidDelta",
    "RunState",
    "Snapshot",
    "Webhook",
    "WebhookCall",
]
