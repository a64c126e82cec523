"""`/healthz`: the process lives. `/readyz`: it can serve."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process lives; asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations and worker are there, else 503; the body says which is not."""
    checks = {"database": False, "migrations": False, "worker": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        checks["database"] = True
        executor = MigrationExecutor(connection)
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        if checks["migrations"]:
            checks["worker"] = _worker_seen()
    except DatabaseError:
        connection.close()
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def _worker_seen() -> bool:
    """Whether a worker's heartbeat is younger than a minute (it beats every ten seconds)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute')"
        )
        return cursor.fetchone()[0]
