"""What an import of areas writes, and that the same file again writes nothing."""

import math

import pytest
from django.contrib.gis.geos import Point, Polygon

from geodata.imports import import_areas
from layers.gazetteer import search
from layers.models import Area, ServiceLocation
from tests.geodata import source_files as files
from tests.geodata.fingerprint import fingerprint
from tests.geodata.source_files import polygon
from tests.toytown import DISTRICTS, NEIGHBOURHOODS, SOUTH, WEST, middle_of, square, write_areas

BOW_TIE = [[24.801, 60.171], [24.809, 60.179], [24.809, 60.171], [24.801, 60.179], [24.801, 60.171]]


# --- the same again ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["district", "neighbourhood"])
def test_same_file_again_writes_nothing_at_all(tmp_path, toytown, level):
    areas = DISTRICTS if level == "district" else NEIGHBOURHOODS
    before = fingerprint()
    report = import_areas(write_areas(tmp_path / f"{level}.geojson", areas), level)
    assert (report.added, report.updated, report.unchanged, report.ended) == (0, 0, len(areas), 0)
    assert report.all_went_in
    assert fingerprint() == before


def test_same_rows_in_another_order_write_nothing(tmp_path, toytown):
    backwards = dict(reversed(NEIGHBOURHOODS.items()))
    before = fingerprint()
    import_areas(write_areas(tmp_path / "neighbourhood.geojson", backwards), "neighbourhood")
    assert fingerprint() == before


def test_one_changed_name_changes_that_area_alone(tmp_path, toytown):
    box, _, name_sv = NEIGHBOURHOODS["north-west"]
    changed = NEIGHBOURHOODS | {"north-west": (box, "Luode", name_sv)}
    report = import_areas(write_areas(tmp_path / "neighbourhood.geojson", changed), "neighbourhood")
    assert (report.added, report.updated, report.unchanged, report.ended) == (0, 1, 3, 0)
    area = Area.objects.get(pk=toytown.north_west.pk)
    assert (area.name_in("fi"), area.slug, area.valid_from) == ("Luode", "north-west", toytown.north_west.valid_from)
    assert [place.name for place in search("luode", "fi")] == ["Luode"]
    assert [place.name for place in search("nordväst", "fi")] == ["Nordväst"]


# --- what an import does ----------------------------------------------------------------------------------------------


def three_of_four(path):
    return write_areas(path, {slug: area for slug, area in NEIGHBOURHOODS.items() if slug != "south-east"})


def test_area_that_left_the_source_ends(tmp_path, toytown):
    report = import_areas(three_of_four(tmp_path / "neighbourhood.geojson"), "neighbourhood")
    assert (report.unchanged, report.ended) == (3, 1)
    ended = Area.objects.get(pk=toytown.south_east.pk)
    assert ended.valid_to is not None
    assert ended.slug == "south-east"
    assert not ended.parts.exists()
    assert search("south", "fi")[0].name == "South-West"
    assert Area.objects.finest_at(middle_of("south-east")).slug == "east"
    assert not Area.objects.covers_geometry(middle_of("south-east")), "the city follows its finest level"


def test_area_that_returns_is_the_same_one(tmp_path, toytown):
    import_areas(three_of_four(tmp_path / "neighbourhood.geojson"), "neighbourhood")
    report = import_areas(write_areas(tmp_path / "neighbourhood.geojson", NEIGHBOURHOODS), "neighbourhood")
    assert (report.added, report.unchanged) == (1, 3)
    back = Area.objects.get(pk=toytown.south_east.pk)
    assert (back.slug, back.valid_to, back.parent.slug) == ("south-east", None, "east")
    assert Area.objects.finest_at(middle_of("south-east")) == back
    assert Area.objects.city().boundary.equals(toytown.city.boundary)  # its corners may begin elsewhere


def test_source_that_numbers_its_areas_anew_keeps_their_addresses(tmp_path, toytown):
    box = NEIGHBOURHOODS["north-west"][0]
    rows = [files.feature(polygon(*square(*box)), code="091", name_fi="North-West")]
    report = import_areas(files.geojson(tmp_path / "a.geojson", *rows), "neighbourhood")
    assert (report.added, report.ended) == (1, 4)
    assert Area.objects.current().get(code="091").slug == "north-west"
    assert Area.objects.get(pk=toytown.north_west.pk).slug == "north-west-north-west"
    assert Area.objects.get(pk=toytown.south_east.pk).slug == "south-east"


def test_one_level_leaves_the_others_alone(tmp_path, toytown):
    import_areas(files.geojson(tmp_path / "a.geojson", files.feature()), "statistical")
    assert Area.objects.current().of_level("neighbourhood").count() == 4
    assert Area.objects.city().boundary.equals(toytown.city.boundary)  # its corners may begin elsewhere


def test_level_put_between_becomes_the_parent_of_what_it_covers(tmp_path, toytown):
    middle = files.feature(polygon(*square(WEST, SOUTH, 24.82, 60.18)), code="S1", name_fi="Lounais")
    import_areas(files.geojson(tmp_path / "a.geojson", middle), "statistical")
    assert Area.objects.get(slug="south-west").parent.slug == "lounais"
    assert Area.objects.get(slug="lounais").parent.slug == "west"
    assert Area.objects.get(slug="north-west").parent.slug == "west"
    assert sorted(Area.objects.of_slugs(["west"]).with_descendants().values_list("slug", flat=True)) == [
        "lounais", "north-west", "south-west", "west",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["east", "EAST", "East", "Öst"])
def test_parent_that_the_source_names_wins_over_where_the_area_lies(tmp_path, toytown, text):
    row = files.feature(parent=text)
    import_areas(files.geojson(tmp_path / "a.geojson", row), "neighbourhood")
    assert Area.objects.get(slug="aukio").parent.slug == "east"


def test_parent_that_nobody_knows_gives_way_to_where_the_area_lies(tmp_path, toytown):
    import_areas(files.geojson(tmp_path / "a.geojson", files.feature(parent="Atlantis")), "neighbourhood")
    assert Area.objects.get(slug="aukio").parent.slug == "west"


def test_name_of_another_level_gets_a_slug_of_its_own_that_stays(tmp_path, toytown):
    row = files.feature(code="S1", name_fi="North-West")
    path = files.geojson(tmp_path / "a.geojson", row, files.feature(code="S2", name_fi="North-West"))
    for _run in range(2):
        import_areas(path, "statistical")
        slugs = dict(Area.objects.of_level("statistical").values_list("code", "slug"))
        assert slugs == {"S1": "north-west-statistical", "S2": "north-west-2"}
    assert Area.objects.get(slug="north-west") == toytown.north_west


def test_name_without_latin_letters_still_gets_a_slug(tmp_path, toytown):
    import_areas(files.geojson(tmp_path / "a.geojson", files.feature(name_fi="東京")), "statistical")
    assert Area.objects.of_level("statistical").get().slug == "statistical"


def test_code_is_made_from_the_name_where_there_is_no_column(tmp_path, toytown):
    import_areas(files.geojson(tmp_path / "a.geojson", files.feature(code=..., name_fi="Itä-Aukio")), "statistical")
    assert Area.objects.of_level("statistical").get().code == "ita-aukio"


def test_names_and_codes_come_from_the_columns_that_one_names(tmp_path, toytown):
    row = files.feature(Nimi="Aukio", TUNNUS=17)
    path = files.geojson(tmp_path / "a.geojson", row)
    import_areas(path, "statistical", name_field="nimi", code_field="tunnus")
    area = Area.objects.of_level("statistical").get()
    assert (area.code, area.names) == ("17", {"fi": "Aukio"})


def test_only_languages_that_have_a_name_are_stored(tmp_path, toytown):
    import_areas(files.geojson(tmp_path / "a.geojson", files.feature(name_sv="", name_en=None)), "statistical")
    assert Area.objects.of_level("statistical").get().names == {"fi": "Aukio"}


def test_invalid_ring_is_repaired_and_said(tmp_path, toytown):
    report = import_areas(files.geojson(tmp_path / "a.geojson", files.feature(polygon(*BOW_TIE))), "statistical")
    assert report.all_went_in
    assert "was repaired. What was wrong: It crosses itself" in str(report.notes[0])
    assert Area.objects.of_level("statistical").get().boundary.valid


def test_curve_is_made_straight_and_said(tmp_path, toytown):
    path = files.dataset(
        tmp_path / "a.gpkg", "GPKG", files.circle_wkb(378_300, 6_673_300, 100), geometry_type="Unknown", layer="a"
    )
    report = import_areas(path, "statistical")
    assert [*map(str, report.notes)] == ["Row 1 (A): curves were made straight."]
    assert Area.objects.of_level("statistical").get().size_m2 == pytest.approx(31_416, rel=0.001)


def test_size_is_in_square_metres(toytown):
    """0.02 degrees of longitude are 1,110 m at 60.185 N, 0.01 of latitude 1,114 m."""
    assert toytown.north_west.size_m2 == pytest.approx(1_110 * 1_114, rel=0.005)


def test_boundary_of_many_vertices_is_found_by_small_parts(tmp_path, toytown):
    ring = [
        [24.81 + 0.009 * math.cos(a), 60.18 + 0.009 * math.sin(a)] for a in (n * math.tau / 500 for n in range(500))
    ]
    import_areas(files.geojson(tmp_path / "a.geojson", files.feature(polygon(*ring, ring[0]))), "statistical")
    area = Area.objects.of_level("statistical").get()
    assert area.parts.count() > 5
    assert max(part.boundary.num_coords for part in area.parts.all()) <= 64
    assert area in Area.objects.covering(middle_of("west"))


def test_outlines_of_neighbours_are_drawn_together(toytown):
    assert toytown.north_west.outline.equals(toytown.north_west.boundary)
    assert toytown.city.outline.equals(toytown.city.boundary)


def test_hole_of_the_city_is_kept_and_a_crack_is_closed(tmp_path, toytown):
    ring_road = [[24.801, 60.171], [24.839, 60.171], [24.839, 60.189], [24.801, 60.189], [24.801, 60.171]]
    hole = square(24.81, 60.175, 24.83, 60.185)[::-1]
    west = files.feature({"type": "Polygon", "coordinates": [
        [[24.801, 60.171], [24.82, 60.171], [24.82, 60.175], [24.81, 60.175], [24.81, 60.185], [24.82, 60.185],
         [24.82, 60.189], [24.801, 60.189], [24.801, 60.171]]]}, code="w", name_fi="W")  # fmt: skip
    east = files.feature({"type": "Polygon", "coordinates": [
        [[24.820001, 60.171], [24.839, 60.171], [24.839, 60.189], [24.820001, 60.189], [24.820001, 60.185],
         [24.83, 60.185], [24.83, 60.175], [24.820001, 60.175], [24.820001, 60.171]]]}, code="e", name_fi="E")  # fmt: skip
    import_areas(files.geojson(tmp_path / "a.geojson", west, east), "neighbourhood")
    city = Area.objects.city()
    assert [len(shape) - 1 for shape in city.boundary] == [1], "one piece with one hole, no crack of 5 cm"
    assert city.boundary.sym_difference(Polygon(ring_road, hole, srid=4326)).area < 1e-8
    assert not Area.objects.covers_geometry(Point(24.82, 60.18, srid=4326))


def test_service_locations_get_their_area_anew(tmp_path, toytown):
    import_areas(
        files.geojson(tmp_path / "a.geojson", files.feature(polygon(*square(24.801, 60.181, 24.819, 60.189)))),
        "neighbourhood",
    )
    assert ServiceLocation.objects.get(source_id="t1").area.slug == "aukio"
    assert ServiceLocation.objects.get(source_id="t2").area.slug == "east"


def test_approximate_boundaries_are_marked(tmp_path, toytown):
    import_areas(files.geojson(tmp_path / "a.geojson", files.feature()), "statistical", approximate=True)
    assert Area.objects.of_level("statistical").get().dataset.is_approximate


def test_city_may_be_imported_where_nothing_finer_is_known(tmp_path, db):
    Area.objects.all().delete()
    import_areas(files.geojson(tmp_path / "a.geojson", files.feature(code="049", name_fi="Kaupunki")), "city")
    assert Area.objects.city().slug == "kaupunki"
    import_areas(write_areas(tmp_path / "b.geojson", NEIGHBOURHOODS), "neighbourhood")
    city = Area.objects.city()
    assert (city.code, city.slug, city.names) == ("049", "kaupunki", {"fi": "Kaupunki"})
    assert Area.objects.covers_geometry(middle_of("north-east"))
    assert Area.objects.get(slug="north-east").parent == city
