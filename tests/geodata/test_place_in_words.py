"""The place in words that SQL writes into every outlet is the gazetteer's, word for word."""

import json

import pytest
from django.conf import settings

from geodata.collections import proposals
from geodata.geojson import feature
from layers.gazetteer import describe
from tests.geodata.rows import make_proposal

pytestmark = pytest.mark.django_db
NAMES = {"fi": "Lelulan kirjasto", "sv": "Leksaksbiblioteket"}
HOSTILE = {"fi": "100 % %(name)s {0} \\1 ' \" 987654321"}


@pytest.mark.parametrize("language", settings.CITY.languages)
@pytest.mark.parametrize(
    "facts",
    [
        *({"names": NAMES, "distance_m": 120, "bearing": bearing} for bearing in range(8)),
        {"names": NAMES, "distance_m": 0, "bearing": 0},
        {"names": NAMES, "distance_m": None, "bearing": None},
        {"names": NAMES, "distance_m": 950, "bearing": None},
        {"names": {"en": "Only in English"}, "distance_m": 350, "bearing": 3},
        {"names": HOSTILE, "distance_m": 40, "bearing": 7},
        {"names": HOSTILE, "distance_m": 0, "bearing": 0},
    ],
    ids=str,
)
def test_sql_and_gazetteer_say_the_same(toytown, language, facts):
    proposal = make_proposal(landmark=facts)
    said = json.loads(feature(proposals(), proposal.pk, language))["properties"]["place"]
    assert said == describe(facts, language)
    assert said


def test_place_without_facts_is_not_told(toytown):
    proposal = make_proposal(landmark=None)
    assert json.loads(feature(proposals(), proposal.pk, "fi"))["properties"]["place"] is None
