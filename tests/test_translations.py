"""Everything is said in Finnish and Swedish: nothing new, empty, doubtful or left in English.

`scripts/test` compiles the translations first; after a change of words without it: `manage.py compile_translations`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.template.loader import render_to_string
from django.utils import translation

from mapapp.management.commands.compile_translations import compile_translation, is_fresh
from mapapp.map_strings import STRINGS
from proposals.models import Proposal
from tests.geodata.rows import make_proposal
from tests.mapapp.reading import Element, read
from tests.proposals.rows import sent

LANGUAGES = ("fi", "sv")
# The same options as in CONTRIBUTING.md: without places and line breaks a change of words shows as that and nothing else.
MAKEMESSAGES = (
    "makemessages -l fi -l sv --no-location --no-obsolete --no-wrap "
    "--ignore .venv --ignore var --ignore tests --ignore node_modules"
)
NOT_SOURCE = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", "__pycache__", ".*_cache", "*.mo")
PLACEHOLDER = re.compile(r"%\(\w+\)(?:\.\d+)?[a-z]|%[ds]|\{\w*\}|</?\w+[^>]*>|&\w+;")
# Words that neither Finnish nor Swedish has.
ENGLISH = re.compile(
    r"\b(?:the|of|and|with|this|that|these|your|you|are|from|what|which|when|where|who|has|have|been|was|were|here|there"
    r"|its|nobody|somebody|proposals|areas|promise|nothing|choose|show|not|or|if|we)\b",
    re.IGNORECASE,
)
SPOKEN = ("aria-label", "alt", "title", "placeholder", "data-label", "data-offer", "data-offline", "data-resume")
SILENT = {"script", "style", "code", "pre"}
# Pages for everyone. What an address answers is the business of other tests; here it is how it says so.
PAGES = (
    "",
    "?kind=parking&status=open&since=2026-01-01&q=bench",
    "?q=xyzzy",
    "?kind=xyzzy&since=xyzzy&until=2026-13-13&area=xyzzy",
    "?after=1-1",
    "areas/",
    "areas/west/",
    "areas/south-east/",
    "services/",
    "planning/",
    "planning/?q=xyzzy",
    "data/",
    "about/",
    "privacy/",
    "accessibility/",
    "proposals/new/",
    "proposals/track/",
    "xyzzy/",
)


def po_path(language: str, root: Path | None = None) -> Path:
    return (root or settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / "django.po"


def entries(language: str) -> list[polib.POEntry]:
    return list(polib.pofile(str(po_path(language))))


def forms(entry: polib.POEntry) -> list[str]:
    """The translation, or both of them where the entry counts."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def without_time(po: str) -> str:
    return re.sub(r'"POT-Creation-Date: .*\n', "", po)


def visible(element: Element, language: str) -> Iterator[str]:
    """Texts and spoken attributes inside, but for what says itself to be in another language, and code."""
    for part in element.parts:
        if isinstance(part, str):
            yield part
        elif part.tag not in SILENT and part.get("lang") in (None, "", language):
            yield from (part[name] for name in SPOKEN if part.get(name))
            if part.tag == "meta" and part.get("name") == "description":
                yield part["content"]
            yield from visible(part, language)


def english_in(texts: Iterator[str]) -> list[str]:
    """The texts that have English words in them."""
    return [" ".join(text.split()) for text in texts if ENGLISH.search(PLACEHOLDER.sub("", text))]


def english_on(page: bytes, language: str) -> list[str]:
    html = read(page).one("html")
    assert html["lang"] == language
    return english_in(visible(html, language))


def all_strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from all_strings(inner)
    else:
        yield str(value)


@pytest.fixture
def finnish_and_swedish_rows(toytown) -> Proposal:
    make_proposal(title="Penkki", language="fi", supports_verified=2)
    make_proposal(title="Bänk", language="sv")
    return make_proposal(title="A bench for the old", language="en")


# --- the files --------------------------------------------------------------------------------------------------------


def blocks(text: str) -> list[str]:
    return sorted(without_time(text).strip().split("\n\n"))


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="GNU gettext is not installed; scripts/test installs it")
def test_no_string_is_missing_from_the_translations(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(settings.BASE_DIR, copy, ignore=NOT_SOURCE)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "mapapp.settings"}
    command = [sys.executable, "manage.py", *MAKEMESSAGES.split()]
    subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True)
    for language in LANGUAGES:
        # Block by block and sorted: versions of gettext differ in where they put an entry, not in what it says.
        made, kept = po_path(language, copy).read_text(), po_path(language).read_text()
        assert blocks(made) == blocks(kept), f"manage.py {MAKEMESSAGES}"


def test_the_guide_names_the_command_that_the_test_runs() -> None:
    guide = " ".join((settings.BASE_DIR / "CONTRIBUTING.md").read_text().replace("\\\n", "").split())
    assert MAKEMESSAGES in guide


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_empty_or_doubtful(language: str) -> None:
    found = entries(language)
    assert not [entry.msgid for entry in found if entry.fuzzy or entry.obsolete]
    assert not [entry.msgid for entry in found if not all(forms(entry))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_same_placeholders(language: str) -> None:
    for entry in entries(language):
        for source, form in zip([entry.msgid, entry.msgid_plural or entry.msgid], forms(entry), strict=False):
            assert sorted(PLACEHOLDER.findall(form)) == sorted(PLACEHOLDER.findall(source)), entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_ends_as_its_source_does(language: str) -> None:
    for entry in entries(language):
        for form in forms(entry):
            assert (entry.msgid[-1] in ".:?!…") == (form[-1] in ".:?!…"), entry.msgid
            assert form == form.strip() or entry.msgid != entry.msgid.strip(), entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_in_english(language: str) -> None:
    assert not english_in(form for entry in entries(language) for form in forms(entry))


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_phrase_has_one_translation_in_each_sense(language: str) -> None:
    """The stages and topics of terms are said alike wherever they stand, with a context or without."""
    senses: dict[str, set[str]] = {}
    for entry in entries(language):
        if entry.msgctxt in (None, "stage", "button"):
            senses.setdefault(entry.msgid, set()).add(forms(entry)[0])
    assert not {msgid: said for msgid, said in senses.items() if len(said) > 1}


# --- compiling --------------------------------------------------------------------------------------------------------


def test_the_compiled_translations_are_fresh() -> None:
    assert all(is_fresh(po_path(language)) for language in LANGUAGES), "manage.py compile_translations"


def test_what_is_compiled_says_the_same(tmp_path: Path) -> None:
    source = shutil.copy(po_path("fi"), tmp_path / "django.po")
    compile_translation(source)
    compiled = {(entry.msgctxt, entry.msgid): forms(entry) for entry in polib.mofile(str(tmp_path / "django.mo"))}
    assert compiled == {(entry.msgctxt, entry.msgid): forms(entry) for entry in entries("fi")}
    assert {path.name for path in tmp_path.iterdir()} == {"django.po", "django.mo"}


def test_only_what_has_changed_is_compiled_again(tmp_path: Path, settings, capsys) -> None:
    folder = tmp_path / "sv" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    shutil.copy(po_path("sv"), folder)
    settings.LOCALE_PATHS = [tmp_path]
    call_command("compile_translations", verbosity=2)
    call_command("compile_translations", verbosity=2)
    assert capsys.readouterr().out.splitlines() == ["1 of 1 translations compiled.", "0 of 1 translations compiled."]


def test_a_broken_translation_stops_with_its_line_and_keeps_the_old_one(tmp_path: Path, settings) -> None:
    folder = tmp_path / "fi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(b"old")
    (folder / "django.po").write_text('msgid "a"\nmsgxyz "b"\n')
    os.utime(folder / "django.mo", (0, 0))
    settings.LOCALE_PATHS = [tmp_path]
    with pytest.raises(CommandError, match=r"django\.po.*line 2"):
        call_command("compile_translations")
    assert (folder / "django.mo").read_bytes() == b"old"


# --- what people see --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_partly_in_english(finnish_and_swedish_rows, client, language: str, path: str) -> None:
    assert english_on(client.get(f"/{language}/{path}").content, language) == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_a_proposal_marks_the_authors_language(finnish_and_swedish_rows, client, language: str) -> None:
    response = client.get(f"/{language}/proposals/{finnish_and_swedish_rows.pk}/")
    assert response.status_code == 200
    body = read(response.content).one("body")  # the title of the page cannot say whose language it is
    assert english_in(visible(body, language)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_refuses_in_the_readers_language(toytown, client, language: str) -> None:
    typed = {"step": "check", "email": "xyzzy", "place": "xyzzy", "language": "xyzzy"}
    response = client.post(f"/{language}/proposals/new/", typed)
    assert response.status_code == 422
    assert english_on(response.content, language) == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_machine_doors_refuse_in_the_language_that_is_asked_for(toytown, client, language: str) -> None:
    for path in ("/map/clusters.json?bbox=1,2", "/export/proposals.geojson?crs=EPSG:3067", "/api/v1/proposals/0"):
        joint = "&" if "?" in path else "?"
        problem = client.get(f"{path}{joint}lang={language}").json()
        problem.pop("title")  # the name of the HTTP status, which is English everywhere
        assert not english_in(all_strings(problem)), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_maps_scripts_speak_the_pages_language(language: str) -> None:
    with translation.override(language):
        for strings in STRINGS.values():
            assert not english_in(all_strings(strings()))


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", ["confirm", "thanks", "published", "hidden", "status"])
def test_no_mail_is_partly_in_english(toytown, language: str, letter: str) -> None:
    proposal = sent(title="Xyzzy", body="", language=language)
    known = {"proposal": proposal, "title": "Xyzzy", "city": settings.CITY, "stage": "Xyzzy", "reason": "Xyzzy"}
    with translation.override(language):
        text = render_to_string(f"emails/{letter}.txt", known)
    assert "Xyzzy" in text or letter in ("confirm", "thanks")
    assert not english_in(iter([text]))


def test_the_check_for_english_finds_it() -> None:
    page = '<html lang="fi"><p>Tämä</p><p lang="en">the bench</p><code>the</code><a title="Go to the map"></a></html>'
    assert english_on(page.encode(), "fi") == ["Go to the map"]
    assert english_on(b'<html lang="sv"><p>Show more</p></html>', "sv") == ["Show more"]
