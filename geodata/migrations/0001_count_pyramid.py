# ruff: noqa: S608 (every part is a constant of this file)
"""The count pyramid's tables, and the triggers that write what changes, whatever wrote the rows: pages, COPY or psql.

Of inserts and deletes each statement is counted at once, as a file of a million has one. An update fires for the columns
that count alone: a support costs nothing. What is taken up goes by promises, so that those are watched too; their
proposals are locked first, since a change of the stage beside a promise not yet seen would be counted wrongly.
"""

from django.db import migrations, models

TAKEN_UP = "state IN ('active', 'delivered', 'confirmed')"
ADD = "INSERT INTO geodata_pyramiddelta (cell, facet, n, taken_up, x_cm, y_cm)"


def counted(sign: str, rows: str, taken_up: str) -> str:
    """A SELECT of what `rows` (of proposals_proposal) count for, `sign` times."""
    return f"""SELECT cell, kind || '/' || status || CASE WHEN {taken_up} THEN '/t' ELSE '/f' END,
        {sign}, CASE WHEN {taken_up} THEN {sign} ELSE 0 END,
        {sign} * round(ST_X(pin) * 100)::bigint, {sign} * round(ST_Y(pin) * 100)::bigint
    FROM {rows} WHERE publication = 'published'"""


IS_PROMISED = f"EXISTS (SELECT FROM proposals_pledge WHERE proposal_id = pins.id AND {TAKEN_UP})"


def pin_function(name: str, *changes: tuple[str, str]) -> str:
    selects = " UNION ALL ".join(counted(sign, f"{rows} AS pins", IS_PROMISED) for sign, rows in changes)
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {ADD} {selects};
    RETURN NULL;
END $$"""


def promise_function(name: str, before: str, after: str) -> str:
    """Of each proposal that a change of promises took up or let go: one off where it was, one on where it is."""
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM proposals_proposal WHERE id IN (SELECT proposal_id FROM ({before} UNION ALL {after}) AS changed)
        ORDER BY id FOR NO KEY UPDATE;
    {ADD}
    WITH changed AS (
        SELECT proposal_id, count(*) FILTER (WHERE {TAKEN_UP} AND went) AS went,
            count(*) FILTER (WHERE {TAKEN_UP} AND NOT went) AS came
        FROM (SELECT *, true AS went FROM ({before}) AS before UNION ALL SELECT *, false FROM ({after}) AS after) AS changes
        GROUP BY proposal_id
    ), pins AS (
        SELECT proposal.*, promises.n - changed.came + changed.went > 0 AS was, promises.n > 0 AS is_now
        FROM changed JOIN proposals_proposal AS proposal ON proposal.id = changed.proposal_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS n FROM proposals_pledge WHERE proposal_id = proposal.id AND {TAKEN_UP}
        ) AS promises
    )
    {counted("-1", "pins", "was")} AND was <> is_now
    UNION ALL {counted("1", "pins", "is_now")} AND was <> is_now;
    RETURN NULL;
END $$"""


NOTHING = "SELECT id, proposal_id, state FROM proposals_pledge WHERE false"
OLD, NEW = (f"SELECT id, proposal_id, state FROM {rows}" for rows in ("old_rows", "new_rows"))
FUNCTIONS = {
    "geodata_pins_came": pin_function("geodata_pins_came", ("1", "new_rows")),
    "geodata_pins_went": pin_function("geodata_pins_went", ("-1", "old_rows")),
    "geodata_pin_changed": pin_function("geodata_pin_changed", ("-1", "(SELECT OLD.*)"), ("1", "(SELECT NEW.*)")),
    "geodata_promises_came": promise_function("geodata_promises_came", NOTHING, NEW),
    "geodata_promises_went": promise_function("geodata_promises_went", OLD, NOTHING),
    "geodata_promises_changed": promise_function("geodata_promises_changed", OLD, NEW),
}
CAME, WENT = "REFERENCING NEW TABLE AS new_rows", "REFERENCING OLD TABLE AS old_rows"
BOTH = f"{WENT} NEW TABLE AS new_rows"
# Numbers, not points: a dump writes their operator without its schema, and does not restore.
COUNTS = ("publication", "status", "kind", "ST_X({}.pin)", "ST_Y({}.pin)")
WAS, IS = (", ".join(c.format(row) if "{" in c else f"{row}.{c}" for c in COUNTS) for row in ("OLD", "NEW"))
PIN_DIFFERS = f"({WAS}) IS DISTINCT FROM ({IS})"
STATEMENT = "FOR EACH STATEMENT"
TRIGGERS = (
    ("geodata_pins_came", "INSERT", "proposals_proposal", f"{CAME} {STATEMENT}"),
    ("geodata_pins_went", "DELETE", "proposals_proposal", f"{WENT} {STATEMENT}"),
    (
        "geodata_pin_changed",
        "UPDATE OF publication, status, kind, public_location",
        "proposals_proposal",
        f"FOR EACH ROW WHEN ({PIN_DIFFERS})",
    ),
    ("geodata_promises_came", "INSERT", "proposals_pledge", f"{CAME} {STATEMENT}"),
    ("geodata_promises_went", "DELETE", "proposals_pledge", f"{WENT} {STATEMENT}"),
    ("geodata_promises_changed", "UPDATE", "proposals_pledge", f"{BOTH} {STATEMENT}"),
)
# Those that are there already: the worker folds them.
FILL = f"{ADD} {counted('1', 'proposals_proposal AS pins', IS_PROMISED)}"


def made() -> list[migrations.RunSQL]:
    functions = [migrations.RunSQL(sql, f"DROP FUNCTION {name}()") for name, sql in FUNCTIONS.items()]
    triggers = [
        migrations.RunSQL(
            f"CREATE TRIGGER {name} AFTER {event} ON {table} {how} EXECUTE FUNCTION {name}()",
            f"DROP TRIGGER {name} ON {table}",
        )
        for name, event, table, how in TRIGGERS
    ]
    return [*functions, *triggers]


COUNTED = [
    ("cell", models.BigIntegerField()),
    ("facet", models.CharField(db_collation="C", max_length=40)),
    ("n", models.IntegerField()),
    ("taken_up", models.IntegerField()),
    ("x_cm", models.BigIntegerField()),
    ("y_cm", models.BigIntegerField()),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [("proposals", "0014_fewer_indexes_of_deliveries")]

    operations = [
        migrations.CreateModel(
            name="PyramidDelta",
            fields=[*COUNTED, ("id", models.BigAutoField(primary_key=True, serialize=False))],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["cell"], name="pyramiddelta_cell")],
            },
        ),
        migrations.CreateModel(
            name="PyramidCell",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "facet", "cell", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                *COUNTED,
                ("level", models.PositiveSmallIntegerField()),
            ],
            options={"abstract": False},
        ),
        *made(),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
