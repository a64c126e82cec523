"""Real data of a real city, by the same commands."""

import geopandas
import pytest
from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command

from geodata.imports import import_areas, import_service_locations
from geodata.imports.dataset import Into, Order, import_dataset
from layers.gazetteer import search
from layers.models import Area, ServiceLocation, Space
from layers.models.dataset import Origin
from mapapp.city import read_city
from tests.geodata.fingerprint import fingerprint

TAPIOLA = Point(24.81, 60.1765, srid=4326)
KAUNIAINEN = Point(24.7208, 60.2142, srid=4326)  # the town in the hole
HELSINKI = Point(24.94, 60.17, srid=4326)


@pytest.fixture
def espoo(shared_data, db, settings):
    """An empty ground under the settings of the city that the data is of."""
    settings.CITY = read_city(settings.BASE_DIR / "city" / "espoo.toml")
    settings.METRIC_SRID = settings.CITY.metric_srid
    ServiceLocation.objects.all().delete()
    Space.objects.all().delete()
    Area.objects.all().delete()
    return shared_data


@pytest.fixture
def espoo_areas(espoo):
    for level, name in (("district", "districts"), ("statistical", "statistical_areas")):
        import_areas(espoo / f"espoo_{name}.geojson", level)
    import_areas(espoo / "espoo_neighbourhoods.geojson", "neighbourhood")
    return espoo


def sizes() -> dict[str, float]:
    return dict(Area.objects.current().of_level("neighbourhood").values_list("code", "size_m2"))


def test_both_files_give_the_same_88_areas(espoo):
    import_areas(espoo / "espoo_neighbourhoods_gk25.gpkg", "neighbourhood")
    from_metres = sizes()
    report = import_areas(espoo / "espoo_neighbourhoods.geojson", "neighbourhood")
    assert (report.added, report.updated + report.unchanged, report.ended) == (0, 88, 0)
    assert len(from_metres) == 88
    assert sizes() == {code: pytest.approx(size, rel=0.001) for code, size in from_metres.items()}


@pytest.mark.parametrize("name", ["espoo_neighbourhoods_gk25.gpkg", "espoo_neighbourhoods.geojson"])
def test_city_has_one_hole_and_it_is_kauniainen(espoo, name):
    import_areas(espoo / name, "neighbourhood")
    city = Area.objects.city()
    assert [len(shape) - 1 for shape in city.boundary] == [1]
    assert [len(shape) - 1 for shape in city.outline] == [1]
    assert not Area.objects.covers_geometry(KAUNIAINEN)
    assert not Area.objects.covers_geometry(HELSINKI)
    assert Area.objects.covers_geometry(TAPIOLA)
    assert Area.objects.finest_at(TAPIOLA).name_in("fi") == "Tapiolan Keskus"


@pytest.mark.parametrize(
    ("name", "level", "n"),
    [("boundary", "city", 1), ("districts", "district", 7), ("statistical_areas", "statistical", 26)],
)
def test_areas_have_the_names_and_the_size_that_the_file_gives_them(espoo, name, level, n):
    path = espoo / f"espoo_{name}.geojson"
    frame = geopandas.read_file(path).set_index("code")
    order = Order(Into.AREAS, Origin(name, name), level=level)
    assert import_dataset(path, order).added == n == len(frame)
    areas = Area.objects.current().of_level(level)
    sizes = frame.to_crs(settings.METRIC_SRID).area.to_dict()
    assert {area.code: area.size_m2 for area in areas} == pytest.approx(sizes, rel=0.001)
    assert {area.code: area.name_in("fi") for area in areas} == frame.name_fi.to_dict()
    assert not import_dataset(path, order).changed_anything


def test_table_of_areas_is_a_layer_of_their_centres(espoo):
    order = Order(Into.REFERENCE, Origin("centres", "Centres", licence="CC BY 4.0"))
    assert import_dataset(espoo / "espoo_areas.csv", order).added == 121
    assert not import_dataset(espoo / "espoo_areas.csv", order).changed_anything


def test_levels_hang_together_as_the_source_says(espoo_areas):
    assert [area.name_in("fi") for area in Area.objects.covering(TAPIOLA)] == [
        "Tapiolan Keskus", "Kanta-Tapiola", "Suur-Tapiola", "Espoo",
    ]  # fmt: skip
    assert not Area.objects.current().exclude(level="city").filter(parent=None).exists()
    below = Area.objects.of_slugs(["suur-tapiola"]).with_descendants()
    assert Area.objects.finest_at(TAPIOLA) in below
    assert {slug for slug in Area.objects.values_list("slug", flat=True) if slug.startswith("otaniemi")} == {
        "otaniemi", "otaniemi-neighbourhood",
    }  # fmt: skip


def test_same_files_again_write_nothing_at_all(espoo_areas):
    before = fingerprint()
    for level, name in (("district", "districts"), ("neighbourhood", "neighbourhoods")):
        report = import_areas(espoo_areas / f"espoo_{name}.geojson", level)
        assert not report.changed_anything
    assert fingerprint() == before


def test_outlines_of_all_neighbourhoods_weigh_little(espoo_areas):
    outlines = Area.objects.current().of_level("neighbourhood").values_list("outline", flat=True)
    assert sum(outline.num_coords for outline in outlines) < 7_000  # of 13,259 in the source
    assert all(outline.valid for outline in outlines)


def test_every_corner_of_the_city_is_in_it_and_a_step_inside_is_found(espoo_areas):
    boundary = Area.objects.city().boundary
    corners = [Point(*corner, srid=4326) for corner in boundary[0][0].coords[::25] + boundary[0][1].coords[::25]]
    for corner in corners:
        assert Area.objects.covers_geometry(corner)
        for east, north in ((3e-4, 0), (-3e-4, 0), (0, 2e-4), (0, -2e-4)):  # about 20 m
            beside = Point(corner.x + east, corner.y + north, srid=4326)
            found = Area.objects.nearest_point_inside(beside)
            assert found is not None
            assert Area.objects.covers_geometry(found)


def test_service_points_without_a_position_are_named(espoo, capsys):
    path = espoo / "espoo_services.csv"
    with pytest.raises(CommandError, match="9 rows"):
        call_command("import_services", path)
    assert not ServiceLocation.objects.exists()
    assert "refused row 22 (Espoonlahden terveysasema): geometry: It is missing." in capsys.readouterr().out
    assert import_service_locations(path, allow_refused=True).added == 44


def test_service_points_and_playgrounds_are_found_by_name(espoo_areas):
    import_service_locations(espoo_areas / "espoo_services.geojson")
    import_service_locations(espoo_areas / "espoo_playgrounds.geojson", category="playground")
    assert ServiceLocation.objects.count() == 44 + 188
    assert search("tapi", "fi")[0].name == "Tapiolan Keskus"
    assert "Tapiolan kirjasto" in [place.name for place in search("tapiola kirj", "fi")]
    assert "Hagalunds bibliotek" in [place.name for place in search("hagalund", "sv")]


def test_bicycle_stations_are_equipment_to_borrow(espoo):
    path = espoo / "espoo_bike_stations.csv"
    order = Order(Into.SPACES, Origin("stations", "City bicycles", licence="CC BY 4.0"), kind="equipment")
    assert import_dataset(path, order).added == 110
    stations = Space.objects.of_origin("stations")
    assert stations.filter(kind="equipment", capacity__gte=1).count() == 110
    assert not import_dataset(path, order).changed_anything
