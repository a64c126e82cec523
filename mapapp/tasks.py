"""What the worker does that joins the floors."""

from procrastinate.contrib.django import app

from actors import mails
from geodata import export_jobs, import_runs
from geodata.models import ExportJob

EVERY_FIVE_SECONDS = "* * * * * */5"  # seconds come last


@app.periodic(cron=EVERY_FIVE_SECONDS)
@app.task(name="make_export_files", queueing_lock="make_export_files")
def make_export_files(timestamp: int) -> None:
    """The files that wait, one after the other, and the mails that waited for them: of all that ended, should one have died."""
    while export_jobs.make_next():
        pass
    mails.release(ExportJob.objects.ended().values_list("key_hash", flat=True))


@app.periodic(cron=EVERY_FIVE_SECONDS)
@app.task(name="take_imports_in", queueing_lock="take_imports_in")
def take_imports_in(timestamp: int) -> None:
    """Planners' files that wait to be read, checked or imported, one step after the other."""
    while import_runs.make_next():
        pass
