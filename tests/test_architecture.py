"""The house's rules, held over every file of it; and each rule is shown an offender that it must see."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests import house_rules as rules

HOUSE = Path(__file__).resolve().parent.parent

# Files and functions that may be longer than the limit: {"path" or "path::function": reason}.
MAY_BE_LONGER: dict[str, str] = {
    "mapapp/settings.py": "settings are one file: whoever looks for one finds it there",
}


@cache
def sources() -> dict[str, str]:
    """Every text file of the house, those not yet committed included, those that git ignores left out."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HOUSE, capture_output=True, text=True, check=True,
    )  # fmt: skip
    texts = {}
    for path in filter(None, listed.stdout.split("\0")):
        file = HOUSE / path
        if file.is_file() and b"\0" not in (content := file.read_bytes()):
            texts[path] = content.decode("utf-8", errors="replace")
    return texts


def test_house_has_all_its_floors():
    assert {rules.floor_of(path) for path in sources()} >= set(rules.FLOORS)


@pytest.mark.parametrize(
    "rule",
    [
        rules.upward_imports,
        rules.upward_names,
        rules.import_circles,
        rules.persons_in_geodata,
        rules.filters_outside_querysets,
        rules.empty_names,
        rules.traces_of_a_machine,
    ],
)
def test_house_keeps(rule):
    assert rule(sources()) == []


def test_nothing_is_longer_than_its_limit():
    found = rules.too_long(sources())
    assert [breach for name, breach in found.items() if name not in MAY_BE_LONGER] == []


def test_every_exception_to_the_lengths_is_still_needed():
    assert set(MAY_BE_LONGER) - set(rules.too_long(sources())) == set()


OFFENDERS = [
    (rules.upward_imports, "layers/models.py", "from actors.models import User"),
    (rules.upward_imports, "actors/views/account.py", "import proposals.models.proposal"),
    (rules.upward_imports, "proposals/tasks.py", "def run():\n    from geodata import cells"),
    (rules.upward_imports, "geodata/ogc.py", "from mapapp.settings import CITY"),
    (rules.upward_names, "layers/models/area.py", 'owner = models.ForeignKey("actors.User", models.CASCADE)'),
    (rules.upward_names, "layers/models/area.py", "owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)"),
    (rules.upward_names, "actors/migrations/0002_x.py", 'dependencies = [("proposals", "0001_first")]'),
    (rules.upward_names, "actors/admin.py", 'apps.get_model("proposals", "Proposal")'),
    (rules.upward_names, "proposals/moderation.py", 'import_module("geodata.cells")'),
    (rules.persons_in_geodata, "geodata/cells.py", "from actors.models import Organisation"),
    (rules.persons_in_geodata, "geodata/cells.py", "from actors import models"),
    (rules.persons_in_geodata, "geodata/api.py", "from actors.forms import AccountForm"),
    (rules.persons_in_geodata, "geodata/cells.py", "from proposals.models import Contact"),
    (rules.persons_in_geodata, "geodata/cells.py", "from proposals import models\nmodels.Contact"),
    (rules.persons_in_geodata, "geodata/cells.py", "from django.contrib.auth import get_user_model"),
    (rules.persons_in_geodata, "geodata/models.py", 'by = models.ForeignKey("actors.User", models.CASCADE)'),
    (rules.persons_in_geodata, "geodata/migrations/0001_x.py", 'models.ForeignKey(to="actors.membership")'),
    (rules.persons_in_geodata, "geodata/models.py", "by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)"),
    (rules.persons_in_geodata, "geodata/collections.py", 'rows.values("id", "contact__email")'),
    (rules.filters_outside_querysets, "proposals/views/proposal.py", "Proposal.objects.filter(id=1)"),
    (rules.filters_outside_querysets, "proposals/forms.py", "areas = Area.objects.current().filter(level=1)"),
    (rules.filters_outside_querysets, "mapapp/templatetags/place.py", "Area.objects.filter(id=1)"),
    (rules.filters_outside_querysets, "geodata/management/commands/import_areas.py", "Area.objects.filter(id=1)"),
    (rules.empty_names, "proposals/services.py", ""),
    (rules.empty_names, "layers/utils/geometry.py", ""),
    (rules.empty_names, "actors/signals.py", ""),
    (rules.traces_of_a_machine, "README.md", "see https://deb.debian" + ".org/debian"),
    (rules.traces_of_a_machine, "requirements.txt", "--extra-index" + "-url https://example.org"),
    (rules.traces_of_a_machine, "docs/install.md", "cd /ho" + "me/anna/osallisuuskartta"),
    (rules.traces_of_a_machine, "scripts/test", 'cp "/wo' + 'rk/main/.venv"'),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "text"), OFFENDERS)
def test_rule_sees_an_offender(rule, path, text):
    assert len(rule({path: text})) >= 1


INNOCENTS = [
    (rules.upward_imports, "geodata/ogc.py", "from proposals.models import Proposal\nfrom layers.geometry import WGS84"),
    (rules.upward_imports, "tests/mapapp/test_map.py", "from mapapp import settings"),
    (rules.upward_names, "proposals/models/proposal.py", 'area = models.ForeignKey("layers.Area", models.PROTECT)'),
    (rules.upward_names, "layers/models/area.py", '"""What proposals.models.Proposal stands on."""'),
    (rules.persons_in_geodata, "geodata/cells.py", "from actors.models.organisation import Organisation"),
    (rules.persons_in_geodata, "geodata/api.py", "from actors.throttling import take"),
    (rules.persons_in_geodata, "geodata/api.py", "from actors.models.api_key import ApiKey"),
    (rules.persons_in_geodata, "mapapp/views/map.py", "from actors.models import User"),
    (rules.filters_outside_querysets, "proposals/models/proposal.py", "self.filter(id=1)"),
    (rules.filters_outside_querysets, "proposals/views/proposal.py", "list(filter(None, names))"),
    (rules.filters_outside_querysets, "mapapp/templatetags/place.py", '@register.filter("place")\ndef place(v): ...'),
    (rules.empty_names, "layers/models/service.py", ""),
    (rules.traces_of_a_machine, "scripts/db", "mktemp -d /tmp/x-XXXX; cd example.org/work/map"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "text"), INNOCENTS)
def test_rule_leaves_the_innocent_alone(rule, path, text):
    assert rule({path: text}) == []


def test_circle_is_seen_through_relative_imports_and_packages():
    circle = {
        "layers/models/__init__.py": "from .area import Area",
        "layers/models/area.py": "from layers.models.service import Service",
        "layers/models/service.py": "try:\n    from . import area\nexcept ImportError:\n    pass",
    }
    assert "layers.models.area" in rules.import_circles(circle)[0]


def test_import_in_a_function_or_for_types_is_no_circle():
    sources = {
        "layers/area.py": "import layers.service",
        "layers/service.py": "def area():\n    import layers.area",
        "layers/types.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import layers.typed",
        "layers/typed.py": "import layers.types",
    }
    assert rules.import_circles(sources) == []


@pytest.mark.parametrize(
    ("path", "limit", "line"),
    [
        ("layers/models/area.py", 500, "a = 1"),
        ("mapapp/views/map.py", 400, "a = 1"),
        ("layers/geometry.py", 300, "a = 1"),
        ("templates/base.html", 150, "<br>"),
        ("static/js/map.js", 300, "let a;"),
    ],
)
def test_file_may_reach_its_limit_and_no_more(path, limit, line):
    assert rules.too_long({path: f"{line}\n" * limit}) == {}
    assert list(rules.too_long({path: f"{line}\n" * (limit + 1)})) == [path]


def test_function_may_reach_its_limit_and_no_more():
    body = "    a = 1\n"
    assert rules.too_long({"layers/x.py": "def f():\n" + body * 39}) == {}
    assert list(rules.too_long({"layers/x.py": "def f():\n" + body * 40})) == ["layers/x.py::f"]
