"""The data dictionary explains every field that there is, and none that there is not."""

import csv
import io

import pytest
from django.utils import translation

from geodata.ogc.published import published
from mapapp.dictionary.entry import Given
from mapapp.dictionary.rows import TABLES, columns, dictionary, entry_of, house_models, published_fields
from mapapp.dictionary.rules import RULES
from tests.mapapp.reading import read

pytestmark = pytest.mark.django_db
NEVER_OPEN = (
    "actors.User.",
    "actors.ContactPerson.",
    "proposals.Contact.",
    "proposals.Subscriber.",
    "proposals.EventNote.",
)


@pytest.mark.parametrize("model", list(house_models()), ids=lambda model: model._meta.label)
def test_every_field_of_the_table_has_an_entry_and_every_entry_a_field(model):
    entry = entry_of(model)
    assert entry is not None, f"mapapp/dictionary explains no {model._meta.label}"
    fields = {field.name for field in columns(model)}
    assert {name for name in fields if name not in entry.fields and name not in RULES} == set()
    assert set(entry.fields) - fields == set()


def test_no_entry_is_of_a_table_that_is_gone():
    assert set(TABLES) - {model._meta.label for model in house_models()} == set()


def test_every_rule_is_used():
    plain = {f.name for model in house_models() for f in columns(model) if f.name not in entry_of(model).fields}
    assert set(RULES) - plain == set()


def test_entries_say_more_than_the_name():
    said = [text.meaning if isinstance(text, Given) else text for t in TABLES.values() for text in t.fields.values()]
    with translation.override("en"):
        assert all(len(str(text).split()) > 1 or str(text) in {"Title"} for text in said), said


def test_what_the_whitelist_writes_is_open_and_what_is_of_persons_is_not():
    found = published_fields()
    assert {"proposals.Proposal.title", "proposals.Proposal.public_location", "layers.Area.outline"} <= found
    assert "proposals.Proposal.location" not in found
    assert [name for name in found if name.startswith(NEVER_OPEN)] == []


def test_every_set_is_seen_in_what_is_open():
    tables = {name.rpartition(".")[0] for name in published_fields()}
    assert {one.collection.queryset().model._meta.label for one in published().values()} <= tables


@pytest.mark.parametrize(("address", "status"), [("dictionary.xml", 404), ("dictionary.csv?x=1", 400), ("dictionary.json?lang=de", 400)])  # fmt: skip
def test_file_refuses_what_it_does_not_know(client, address, status):
    assert client.get(f"/data/{address}").status_code == status


def test_csv_and_json_hold_the_same_rows(client):
    text = client.get("/data/dictionary.csv?lang=en").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    document = client.get("/data/dictionary.json?lang=en").json()
    fields = [field for table in document["tables"] for field in table["fields"]]
    assert rows[0][:3] == ["Table", "Field", "Type"]
    assert [row[:2] for row in rows[1:]] == [[field["table"], field["field"]] for field in fields]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_page_tells_the_time_that_the_retention_rules_know(client):
    main = read(client.get("/en/data/dictionary/").content).one("main")
    assert len(main.all("details")) == len(dictionary())
    (contact,) = [d for d in main.all("details") if d["id"] == "proposals.Contact"]
    assert "24 months after the proposal ended; 14 days" in contact.text
