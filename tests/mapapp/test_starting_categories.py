"""The categories that a city starts with."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from proposals.models import Category


@pytest.mark.parametrize("text", ["{", '{"a": 1}', '[{"slug": "x"}]', '[{"slug": "x", "name": {}, "kind": "idea"}]'])
def test_a_bad_file_adds_none(db: None, tmp_path: Path, text: str) -> None:
    path = tmp_path / "categories.json"
    path.write_text(text)
    with pytest.raises(CommandError):
        call_command("load_categories", path)
    assert not Category.objects.exists()


def test_loading_twice_adds_nothing_and_keeps_what_was_edited(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_categories")
    Category.objects.filter(slug="parking").update(is_offered=False)
    call_command("load_categories")
    assert capsys.readouterr().out.endswith("0 categories added.\n")
    assert not Category.objects.get(slug="parking").is_offered
    assert set(Category.objects.values_list("kind", flat=True)) == {
        "idea",
        "parking",
        "pathway",
        "space",
        "service",
        "concern",
    }
