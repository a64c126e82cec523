"""Puts the tables back as they were when the tests began: for tests with transactions of their own.

Django's `flush` truncates every table (1 to 2 s here, most of them empty) and leaves a database without the toy city; a
delete of the few rows that are there and a copy back from a second schema takes hundredths of a second.
"""

from django.db import connection, transaction

KEEP = """
DROP SCHEMA IF EXISTS kept CASCADE;
CREATE SCHEMA kept;
CREATE TABLE kept."of each table" AS
SELECT c.oid::regclass AS original, 'kept.' || quote_ident(relname) AS copy,
    string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS names
FROM pg_class c JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT IN ('spatial_ref_sys', 'django_migrations')
GROUP BY c.oid;
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM kept."of each table" LOOP
        EXECUTE format('CREATE TABLE %s AS SELECT %s FROM %s', one.copy, one.names, one.original);
    END LOOP;
END $$;
"""

# As a replica does it: neither foreign keys nor triggers ask or answer.
PUT_BACK = """
SET LOCAL lock_timeout = '10s'; -- what a failed test left running must not stop the rest
SET LOCAL session_replication_role = replica;
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM kept."of each table" LOOP
        EXECUTE format('DELETE FROM %s', one.original);
        EXECUTE format(
            'INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT * FROM %s', one.original, one.names, one.copy
        );
    END LOOP;
END $$;
"""


def keep_rows() -> None:
    """Copies every row that is there now."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP)


def put_rows_back(test_case: object = None) -> None:
    """All tables as `keep_rows` found them, whatever was committed since; in place of `TransactionTestCase._fixture_teardown`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PUT_BACK)
