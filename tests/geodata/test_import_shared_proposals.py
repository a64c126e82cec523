"""Real reports of other cities become proposals of a second city, by a file of its own."""

import pytest
from django.core.management import CommandError, call_command

from layers.models import Area, ServiceLocation
from mapapp.city import read_city
from proposals.models import Event, EventSeal, Outbox, Proposal
from tests.categories import make_categories

CITY = """
product_name = {{ fi = "Kartta", en = "Map" }}
name = {{ en = "{name}" }}
languages = ["fi", "en"]
timezone = "{zone}"
bounds = {bounds}
metric_srid = {srid}
export_srids = [4326, {srid}]
"""
HELSINKI = {"name": "Helsinki", "zone": "Europe/Helsinki", "bounds": "[24.78, 59.90, 25.26, 60.30]", "srid": 3879}
ZURICH = {"name": "Zürich", "zone": "Europe/Zurich", "bounds": "[8.44, 47.31, 8.63, 47.44]", "srid": 2056}
WITHOUT_A_PLACE, FAR_AWAY = 115, 10


@pytest.fixture
def second_city(shared_data, db, settings, tmp_path):
    """Settings of a city of one's own with nothing in it but its bounds; returns the folder of the files."""

    def founded(facts):
        path = tmp_path / "city.toml"
        path.write_text(CITY.format(**facts), encoding="utf-8")
        settings.CITY = read_city(path)
        settings.METRIC_SRID = settings.CITY.metric_srid
        ServiceLocation.objects.all().delete()
        Area.objects.all().delete()
        make_categories()
        return shared_data

    return founded


def test_reports_of_zurich_in_swiss_metres_all_become_proposals_once(second_city, capsys):
    path = second_city(ZURICH) / "zurich_reports_2016.csv"
    command = [
        "import_dataset", str(path), "--into", "proposals", "--crs", "EPSG:2056", "--map", "title=service_code",
        "--map", "submitted=date", "--map", "category=service_code", "--value", "category:Graffiti=greening",
        "--value", "category:*=idea", "--set", "language=other", "--licence", "CC0", "--attribution", "Stadt Zürich",
    ]  # fmt: skip
    call_command(*command)
    assert Proposal.objects.public().count() == 2_307
    assert Proposal.objects.of_category(["greening"]).count() == 120
    assert {moment.year for moment in Proposal.objects.values_list("published_at", flat=True)} <= {2015, 2016}
    assert Event.objects.count() == EventSeal.objects.count() == 2 * 2_307
    assert not Outbox.objects.exists()

    call_command(*command)
    assert "0 added, 0 updated, 2307 unchanged, 0 ended, 0 refused" in capsys.readouterr().out
    assert Proposal.objects.count() == 2_307


def test_ideas_of_helsinki_without_a_place_or_far_away_are_named(second_city, capsys):
    path = second_city(HELSINKI) / "helsinki_ideas.csv"
    command = [
        "import_dataset", str(path), "--into", "proposals", "--map", "body=text", "--map", "status=state",
        "--value", "status:accepted=open", "--value", "status:rejected=not_planned", "--value", "status:withdrawn=outdated",
        "--set", "category=idea", "--set", "language=fi", "--set", "submitted=2018-11-30",
    ]  # fmt: skip
    with pytest.raises(CommandError, match=f"{WITHOUT_A_PLACE + FAR_AWAY} rows were refused"):
        call_command(*command)
    told = capsys.readouterr().out
    assert told.count("geometry: It is missing.") == WITHOUT_A_PLACE
    assert told.count("far outside the city, at") == FAR_AWAY
    assert not Proposal.objects.exists()

    call_command(*command, "--skip-refused")
    assert Proposal.objects.public().count() == 1_285 - WITHOUT_A_PLACE - FAR_AWAY
    call_command(*command, "--skip-refused")
    assert "0 added, 0 updated, 1160 unchanged" in capsys.readouterr().out
