"""The demo city is whole: areas that fit together, services, and proposals that a real town could have written."""

import csv
import json
import re
from collections import Counter
from io import BytesIO

import pytest
import shapely
from PIL import Image

from mapapp.demo.areas import FOLDER, areas, centres, land, outline, write_level
from mapapp.demo.photos import SCENES, draw
from proposals.models import Role
from proposals.models.proposal import ENDINGS_WITHOUT_DEED, MOVES

KAUNIAINEN = shapely.Point(24.7208, 60.2142)
HELSINKI = shapely.Point(24.94, 60.17)
KNOWN_PLACES = {
    "Tapiola": (24.81, 60.1765),
    "Otaniemi": (24.8266, 60.1843),
    "Leppävaara": (24.8135, 60.2193),
    "Matinkylä": (24.7389, 60.1607),
    "Espoon keskus": (24.6579, 60.2036),
    "Kivenlahti": (24.6360, 60.1528),
    "Kalajärvi": (24.7385, 60.3026),
    "Nuuksio": (24.5570, 60.2937),
    "Suvisaaristo": (24.7087, 60.1270),
}


@pytest.fixture(scope="module")
def levels():
    everything = areas()
    return {level: part.set_index("code") for level, part in everything.groupby("level")}


def test_demo_has_seven_districts_and_about_fifty_neighbourhoods(levels):
    assert len(levels["district"]) == 7
    assert 45 <= len(levels["neighbourhood"]) <= 60


@pytest.mark.parametrize("level", ["district", "neighbourhood"])
def test_areas_of_a_level_share_their_edges_exactly(levels, level):
    shapes = levels[level].geometry
    assert shapes.is_valid.all()
    assert set(shapes.geom_type) == {"MultiPolygon"}
    assert shapely.coverage_is_valid(shapes.to_numpy())


@pytest.mark.parametrize("level", ["district", "neighbourhood"])
def test_areas_of_a_level_fill_the_outline_and_leave_only_kauniainen_out(levels, level):
    whole = shapely.coverage_union_all(levels[level].geometry.to_numpy())
    assert len(whole.interiors) == 1
    assert whole.symmetric_difference(outline()).area / outline().area < 1e-5


def test_districts_are_exactly_the_union_of_their_neighbourhoods(levels):
    below = levels["neighbourhood"]
    for code, district in levels["district"].iterrows():
        union = shapely.coverage_union_all(below.geometry[below["parent"] == code].to_numpy())
        assert union.normalize() == district.geometry.geoms[0].normalize()


def test_every_neighbourhood_lies_in_one_piece_around_its_centre(levels):
    points = centres().set_index("code").geometry
    for code, area in levels["neighbourhood"].iterrows():
        assert len(area.geometry.geoms) == 1, area["name_fi"]
        assert area.geometry.contains(points[code]), area["name_fi"]


def test_neighbouring_towns_are_outside(levels):
    for level in levels.values():
        assert not level.geometry.covers(KAUNIAINEN).any()
        assert not level.geometry.covers(HELSINKI).any()


@pytest.mark.parametrize("name", KNOWN_PLACES)
def test_known_place_lies_in_the_neighbourhood_of_its_name(levels, name):
    below = levels["neighbourhood"]
    found = below["name_fi"][below.geometry.covers(shapely.Point(KNOWN_PLACES[name]))]
    assert list(found) == [name]


def test_outline_is_drawn_by_hand_and_says_so():
    corners = shapely.get_num_coordinates(outline())
    assert 60 <= corners <= 120
    for name in ("outline", "land"):
        collection = json.loads((FOLDER / f"{name}.geojson").read_text(encoding="utf-8"))
        assert collection["features"][0]["properties"]["approximate"] is True


def test_centres_stand_on_land_with_unique_codes_and_names():
    everything = centres()
    assert everything["code"].is_unique
    assert everything["name_fi"].is_unique
    assert land().is_valid
    assert everything.geometry.within(land()).all()


def test_written_level_is_geojson_that_names_its_parents(tmp_path, levels):
    path = tmp_path / "areas.geojson"
    count = write_level("neighbourhood", path)
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert len(features) == count == len(levels["neighbourhood"])
    assert {tuple(f["properties"]) for f in features} == {("code", "name_fi", "name_sv", "parent")}
    assert {f["properties"]["parent"] for f in features} == set(levels["district"].index)
    assert {f["geometry"]["type"] for f in features} == {"MultiPolygon"}


def test_written_level_says_null_where_there_is_no_name_or_parent(tmp_path):
    path = tmp_path / "areas.geojson"
    for level in ("district", "neighbourhood"):
        write_level(level, path)
        assert "NaN" not in path.read_text(encoding="utf-8")
    names = [f["properties"]["name_sv"] for f in json.loads(path.read_text(encoding="utf-8"))["features"]]
    assert None in names
    assert "" not in names


def test_unknown_level_is_refused(tmp_path):
    with pytest.raises(ValueError, match="village"):
        write_level("village", tmp_path / "areas.geojson")


# Categories, services, proposals and pictures


def read_json(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


CATEGORIES = {category["slug"]: category for category in read_json("categories.json")}
PROPOSALS = read_json("proposals.json")
SHAPES = {
    "idea": "circle",
    "parking": "square",
    "pathway": "diamond",
    "space": "house",
    "service": "hexagon",
    "concern": "triangle",
}
LANGUAGES = {"fi", "sv", "en"}
PROVIDER_TYPES = {"municipal", "wellbeing_county", "state", "company", "association", "congregation"}
each_category = pytest.mark.parametrize("category", CATEGORIES.values(), ids=CATEGORIES)


def last_status(proposal):
    return proposal["history"][-1]["status"] if proposal["history"] else "open"


def test_every_kind_has_one_to_three_categories():
    kinds = Counter(category["kind"] for category in CATEGORIES.values())
    assert set(kinds) == set(SHAPES)
    assert set(kinds.values()) <= {1, 2, 3}
    assert 10 <= len(CATEGORIES) <= 12


@each_category
def test_category_is_told_in_three_languages_with_the_shape_of_its_kind(category):
    assert set(category["name"]) == LANGUAGES and all(category["name"].values())
    assert category["shape"] == SHAPES[category["kind"]]
    assert category["geometry_types"] and set(category["geometry_types"]) <= {"Point", "LineString", "Polygon"}
    assert category["publication_rule"] in {"at_once", "after_confirmation", "after_moderation"}
    assert category["privacy_rule"] in {"exact", "generalised"}


@each_category
def test_question_is_few_and_answerable_in_three_languages(category):
    questions = category["questions"]["questions"]
    assert category["questions"]["version"] == 1
    assert len(questions) <= 2
    for question in questions:
        assert set(question["label"]) == LANGUAGES
        assert question["type"] in {"choice", "text", "boolean"}
        assert ("choices" in question) == (question["type"] == "choice")
        assert all(set(choice["label"]) == LANGUAGES for choice in question.get("choices", []))


def test_parking_is_published_at_once_and_takes_points_lines_and_areas():
    rules = [c for c in CATEGORIES.values() if c["kind"] == "parking"]
    assert {c["publication_rule"] for c in rules} == {"at_once"}
    assert all(set(c["geometry_types"]) == {"Point", "LineString", "Polygon"} for c in rules)


def test_some_category_hides_the_exact_place_and_some_waits_for_a_moderator():
    assert any(c["privacy_rule"] == "generalised" for c in CATEGORIES.values())
    assert any(c["publication_rule"] == "after_moderation" for c in CATEGORIES.values())


def test_forty_services_stand_on_land_inside_the_city_with_a_known_provider():
    with (FOLDER / "services.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len({row["id"] for row in rows}) == len({row["name_fi"] for row in rows}) == 40
    for row in rows:
        place = shapely.Point(float(row["lon"]), float(row["lat"]))
        assert outline().covers(place) and land().covers(place), row["name_fi"]
        assert row["provider_name"] and row["provider_type"] in PROVIDER_TYPES
        assert row["name_fi"] and row["name_en"] and row["category"].isidentifier()


def test_there_are_120_proposals_in_the_languages_of_the_city():
    assert len(PROPOSALS) == len({p["key"] for p in PROPOSALS}) == len({p["title"] for p in PROPOSALS}) == 120
    assert Counter(p["language"] for p in PROPOSALS) == {"fi": 84, "sv": 18, "en": 18}


def test_all_kinds_are_there_and_parking_and_pathways_lead():
    kinds = [kind for kind, _ in Counter(p["kind"] for p in PROPOSALS).most_common()]
    assert set(kinds[:2]) == {"parking", "pathway"}
    assert set(kinds) == set(SHAPES)


def test_all_ten_stages_are_there_and_open_leads():
    stages = Counter(last_status(p) for p in PROPOSALS)
    assert set(stages) == set(MOVES)
    assert stages.most_common(1)[0][0] == "open"


def test_a_few_proposals_are_not_public():
    publications = Counter(p["publication"] for p in PROPOSALS)
    assert publications.keys() == {"published", "pending", "hidden", "withdrawn"}
    assert publications["hidden"] == publications["withdrawn"] == 1
    assert 2 <= publications["pending"] <= 6


def test_lines_and_areas_are_drawn_too():
    drawn = Counter(p["geometry"]["type"] for p in PROPOSALS)
    assert drawn["LineString"] >= 15
    assert drawn["Polygon"] >= 10


def test_proposal_lies_on_land_in_the_neighbourhood_that_it_names(levels):
    for proposal in PROPOSALS:
        shape = shapely.geometry.shape(proposal["geometry"])
        area = levels["neighbourhood"].set_index("name_fi").geometry[proposal["neighbourhood"]]
        assert shape.is_valid, proposal["key"]
        assert area.covers(shape), proposal["key"]
        assert land().covers(shape), proposal["key"]
        assert proposal["geometry"]["type"] in CATEGORIES[proposal["category"]]["geometry_types"], proposal["key"]
        assert proposal["kind"] == CATEGORIES[proposal["category"]]["kind"], proposal["key"]
        if shape.geom_type == "Polygon":
            assert shape.exterior.is_ccw, proposal["key"]


def test_text_has_the_length_of_a_note_and_no_address_of_a_person():
    for proposal in PROPOSALS:
        assert 10 <= len(proposal["title"]) <= 120, proposal["key"]
        assert 40 <= len(proposal["body"]) <= 400, proposal["key"]
        text = proposal["title"] + proposal["body"]
        assert not re.search(r"@|\+358|\d{5,}|https?:", text), proposal["key"]
        assert text == text.strip() and "  " not in text, proposal["key"]


def test_history_moves_only_as_the_house_allows_and_forward_in_time():
    for proposal in PROPOSALS:
        status, when = "open", proposal["published_days_ago"]
        assert when is None or when <= proposal["submitted_days_ago"] <= 2 * 366, proposal["key"]
        for event in proposal["history"]:
            assert event["status"] in MOVES[status], proposal["key"]
            assert event["days_ago"] < when, proposal["key"]
            status, when = event["status"], event["days_ago"]
        assert when is None or when > 0, proposal["key"]


def test_ending_without_deed_gives_its_reason():
    for proposal in PROPOSALS:
        for event in proposal["history"]:
            assert event["role"] in Role.values, proposal["key"]
            if event["status"] in ENDINGS_WITHOUT_DEED:
                assert event["reason"], proposal["key"]


def test_confirmation_and_dispute_come_from_a_resident():
    for proposal in PROPOSALS:
        before = "open"
        for event in proposal["history"]:
            disputed = before == "delivered" and event["status"] == "in_progress"
            if event["status"] == "confirmed" or disputed:
                assert event["role"] == "resident", proposal["key"]
            before = event["status"]


def test_unpublished_proposal_has_no_stage_but_open():
    for proposal in PROPOSALS:
        if proposal["publication"] != "published":
            assert proposal["history"] == [], proposal["key"]
        assert (proposal["publication"] == "pending") == (proposal["published_days_ago"] is None), proposal["key"]
        assert (proposal["publication"] in {"hidden", "withdrawn"}) == ("ended" in proposal), proposal["key"]


def test_merged_proposal_names_an_older_public_one_that_stands():
    for proposal in PROPOSALS:
        assert (last_status(proposal) == "merged") == (proposal["merged_into"] is not None), proposal["key"]
        if proposal["merged_into"]:
            target = next(p for p in PROPOSALS if p["key"] == proposal["merged_into"])
            assert target["publication"] == "published", proposal["key"]
            assert last_status(target) != "merged", proposal["key"]
            assert target["submitted_days_ago"] > proposal["submitted_days_ago"], proposal["key"]
            assert target["kind"] == proposal["kind"], proposal["key"]


def test_answer_is_one_that_the_category_asks_for():
    for proposal in PROPOSALS:
        asked = {q["id"]: q for q in CATEGORIES[proposal["category"]]["questions"]["questions"]}
        for name, value in proposal["answers"].items():
            question = asked[name]
            if question["type"] == "choice":
                assert value in {choice["value"] for choice in question["choices"]}, proposal["key"]
            else:
                assert isinstance(value, {"boolean": bool, "text": str}[question["type"]]), proposal["key"]


def test_pictures_are_used_and_known():
    used = {p["photo"] for p in PROPOSALS} - {None}
    assert used == set(SCENES)
    assert 6 <= len(SCENES) <= 8


@pytest.mark.parametrize("scene", SCENES)
def test_picture_is_a_jpeg_of_the_right_size_and_the_same_for_a_seed(scene):
    picture = draw(scene, 1)
    opened = Image.open(BytesIO(picture))
    assert (opened.format, opened.size) == ("JPEG", (1200, 800))
    assert not opened.getexif()
    assert draw(scene, 1) == picture
    assert draw(scene, 2) != picture


@pytest.mark.parametrize("scene", SCENES)
def test_picture_leaves_nothing_unpainted(scene):
    for seed in range(4):
        darkest = Image.open(BytesIO(draw(scene, seed))).convert("L").getextrema()[0]
        assert darkest > 15, seed


def test_unknown_scene_is_refused():
    with pytest.raises(KeyError):
        draw("volcano", 1)
