"""The city's file: what is wrong in it stops the start with the name of the key; no code knows a city."""

import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mapapp.city import read_city

GOOD = (settings.BASE_DIR / "tests" / "toytown.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("metric_srid = 3067", "", "metric_srid"),
        ("bounds = [24.80, 60.17, 24.84, 60.19]", "bounds = [24.84, 60.17, 24.80, 60.19]", "west < east"),
        ("bounds = [24.80, 60.17, 24.84, 60.19]", 'bounds = ["a", 1, 2, 3]', "four numbers"),
        ("outline = [[24.70, 60.10]", 'outline = ["x"', "outline"),
        ("[[neighbours]]", "[[neighbours", "cannot be read"),
        ("[[neighbours]]", '[[neighbours]]\nopen311 = "https://x.example"', "open311 has a url"),
        ("[[neighbours]]", '[[neighbours]]\nopen311 = { url = "file:///etc" }', "open311 has a url"),
        (
            "[[neighbours]]",
            '[[neighbours]]\nopen311 = { url = "https://x.example", api_key = "k" }',
            "open311 has a url",
        ),
        ("metric_srid = 3067", 'metric_srid = 3067\nbasemap = "google"', "basemap must be one of"),
        ('url = "https://benches.example/"', 'url = "javascript:alert(1)"', "showcase needs a url"),
        ('who = "Toytown Walkers"', "", "who"),
    ],
)
def test_a_wrong_city_file_says_what_is_wrong(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    path = tmp_path / "city.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ImproperlyConfigured, match=message):
        read_city(path)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ((24.7208, 60.2142), "Kauniainen"),
        ((24.94, 60.17), "Helsinki"),
        ((24.855, 60.262), "Vantaa"),
        ((24.75, 60.39), "Nurmijärvi"),
        ((24.44, 60.12), "Kirkkonummi"),
    ],
)
def test_a_place_next_door_has_its_municipality(place: tuple[float, float], name: str) -> None:
    city = read_city(settings.BASE_DIR / "city" / "espoo.toml")
    assert city.neighbours_at(*place)[0].names["fi"] == name


def test_nothing_but_data_settings_and_words_knows_the_citys_name() -> None:
    code = [
        "git",
        "grep",
        "-il",
        "espoo",
        "--",
        "*.py",
        "*.js",
        "*.css",
        "*.html",
        ":!mapapp/demo",
        ":!tests",
        ":!benchmarks",
    ]
    found = subprocess.run(code, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False).stdout.split()
    assert set(found) <= {"mapapp/settings.py", "mapapp/city.py", "mapapp/basemaps.py"}  # the name of a base map
