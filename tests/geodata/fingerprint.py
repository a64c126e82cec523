"""Whether a database was written to at all."""

from django.db import connection

from layers.models import Area, AreaPart, Dataset, PlaceName, ServiceLocation, Space


def fingerprint() -> list[tuple]:
    """Physical versions of every row that an import may touch: an UPDATE that changes nothing shows as well."""
    rows = []
    with connection.cursor() as cursor:
        for table in (Area, AreaPart, Dataset, PlaceName, ServiceLocation, Space):
            cursor.execute(f"SELECT ctid::text, xmin::text, id FROM {table._meta.db_table} ORDER BY id")
            rows += cursor.fetchall()
    return rows
