"""The demo's content: categories, services, proposals that a real town could have written, and pictures."""

import csv
import json
import re
from collections import Counter
from io import BytesIO

import pytest
import shapely
from PIL import Image

from mapapp.demo.areas import FOLDER, areas, land, outline
from mapapp.demo.photos import SCENES, draw
from mapapp.demo.promises import ORGANISATIONS
from mapapp.starting_categories import STARTING_CATEGORIES
from proposals.models import Role
from proposals.models.proposal import ENDINGS_WITHOUT_DEED, MOVES


def read_json(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


CATEGORIES = {c["slug"]: c for c in json.loads(STARTING_CATEGORIES.read_text(encoding="utf-8"))}
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


def test_proposal_lies_on_land_in_the_neighbourhood_that_it_names():
    cells = areas().set_index("name_fi").geometry
    for proposal in PROPOSALS:
        shape = shapely.geometry.shape(proposal["geometry"])
        area = cells[proposal["neighbourhood"]]
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


VOICES = read_json("voices.json")


@pytest.mark.parametrize("name", ["comments", "answers"])
def test_what_is_said_is_of_a_public_proposal_in_a_language_of_the_city(name):
    proposals = {p["key"]: p for p in PROPOSALS}
    for said in VOICES[name]:
        proposal = proposals[said["proposal"]]
        assert proposal["publication"] == "published", said
        assert 0 < said["days_ago"] < proposal["published_days_ago"], said
        assert said["language"] in LANGUAGES
        assert (said["by"] in ORGANISATIONS) if name == "answers" else (said["by"] in {"", *ORGANISATIONS})
        assert 20 <= len(said["text"]) <= 400, said
        assert not re.search(r"@|\+358|\d{5,}|https?:|  ", said["text"]), said
        assert said["text"] == said["text"].strip()


def test_comments_are_in_all_three_languages_and_nobody_says_the_same_twice():
    texts = [said["text"] for said in VOICES["comments"]]
    assert len(texts) == len(set(texts))
    assert set(Counter(said["language"] for said in VOICES["comments"])) == LANGUAGES
