"""Photos on disk and in their rows: names, covers, decisions, orphans."""

import datetime
import errno
import os
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from proposals import photos as photos_module
from proposals import pictures
from proposals.models import Event, Photo, Role, Verb
from proposals.models.photo import PhotoState
from proposals.models.proposal import MoveRefused
from proposals.photos import (
    Rectangle,
    cover,
    cover_photo,
    delete_photo_file,
    photo_exists,
    photo_path,
    store_photo,
    sweep_orphan_photos,
)
from proposals.pictures import SIDE_KEPT
from tests.proposals import rows
from tests.proposals.pictures import JPEG, encoded, picture, upload

pytestmark = pytest.mark.usefixtures("media_root")


def test_name_is_random_and_says_nothing_of_the_file_that_was_sent():
    one, other = store_photo(upload(JPEG)), store_photo(upload(JPEG))
    assert one.name != other.name
    assert len(one.name) == 32 and int(one.name, 16) >= 0


@pytest.mark.parametrize("name", ["../settings", "a" * 31, "A" * 32, "", "a" * 32 + "\n", "a" * 32 + ".jpg"])
def test_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(ValueError):
        photo_path(name)
    assert not photo_exists(name)


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_full_disk_is_refused_in_words_and_leaves_no_half(monkeypatch, media_root, call):
    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*((photos_module.os, "fsync") if call == "fsync" else (photos_module.Path, "rename")), full)
    with pytest.raises(ValidationError) as caught:
        store_photo(upload(JPEG))
    assert caught.value.code == "no_space"
    assert list(media_root.iterdir()) == []


# --- covering -----------------------------------------------------------------------------------------------------------


def test_covered_part_is_black_and_the_rest_is_as_it_was(db, media_root):
    photo = store_photo(upload(encoded(picture((200, 100), "white"))))
    covered = cover(photo.name, [Rectangle(0.5, 0, 1, 0.5)])
    stored = Image.open(photo_path(covered.name))
    assert stored.size == (200, 100)
    assert max(stored.getpixel((150, 25))) < 10
    assert min(stored.getpixel((50, 25))) > 245 and min(stored.getpixel((150, 75))) > 245


def test_cover_is_a_new_file_and_keeps_the_old_one(db):
    photo = store_photo(upload(JPEG))
    covered = cover(photo.name, [Rectangle(0, 0, 1, 1)])
    assert covered.name != photo.name
    assert photo_exists(photo.name) and photo_exists(covered.name)


@pytest.mark.parametrize(
    "box", [(0.5, 0, 0.5, 1), (0, 0.6, 1, 0.5), (-0.1, 0, 1, 1), (0, 0, 1.1, 1), (0, float("nan"), 1, 1)]
)
def test_rectangle_outside_the_photo_is_refused(box):
    with pytest.raises(ValueError):
        Rectangle(*box)


def test_photo_that_is_not_there_cannot_be_covered(db):
    with pytest.raises(FileNotFoundError):
        cover("0" * 32, [Rectangle(0, 0, 1, 1)])


# --- the rows -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting_photo(db) -> Photo:
    """A photo of a parking proposal, which waits for review."""
    proposal = rows.sent(kind="parking", photos=(store_photo(upload(encoded(picture((200, 100), "white")))),))
    return proposal.photos.get()


def test_hiding_a_photo_needs_a_reason(waiting_photo):
    with pytest.raises(MoveRefused):
        waiting_photo.hide(role=Role.MODERATOR, reason=" ")
    waiting_photo.refresh_from_db()
    assert waiting_photo.state == PhotoState.PENDING


def test_publishing_and_hiding_a_photo_leaves_one_event_each(waiting_photo):
    waiting_photo.publish(role=Role.MODERATOR)
    waiting_photo.hide(role=Role.MODERATOR, reason="A face.")
    events = Event.objects.filter(verb__in=(Verb.PHOTO_PUBLISHED, Verb.PHOTO_HIDDEN)).order_by("pk")
    assert [(e.before, e.after) for e in events] == [("pending", "published"), ("published", "hidden")]
    assert events[1].note.text == "A face."


def test_what_another_moderator_covered_stays_covered(waiting_photo, django_capture_on_commit_callbacks):
    seen_before, pressed_late = (Photo.objects.get(pk=waiting_photo.pk) for _ in range(2))
    with django_capture_on_commit_callbacks(execute=True):
        cover_photo(waiting_photo, [Rectangle(0, 0, 0.5, 1)], role=Role.MODERATOR)
        cover_photo(seen_before, [Rectangle(0.5, 0, 1, 1)], role=Role.MODERATOR)
        pressed_late.publish(role=Role.MODERATOR)
    stored = Photo.objects.get(pk=waiting_photo.pk)
    assert stored.name == seen_before.name
    assert max(Image.open(photo_path(stored.name)).convert("L").getextrema()) < 10


def test_covering_publishes_the_photo_with_one_event(waiting_photo, django_capture_on_commit_callbacks):
    old = waiting_photo.name
    before = Event.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        cover_photo(waiting_photo, [Rectangle(0, 0, 0.5, 0.5)], role=Role.MODERATOR)
    waiting_photo.refresh_from_db()
    assert waiting_photo.state == PhotoState.PUBLISHED and waiting_photo.name != old
    assert Event.objects.count() == before + 1
    assert not photo_exists(old)


# --- orphans ------------------------------------------------------------------------------------------------------------


def make_old(name: str, hours: int, suffix: str = ".jpg") -> Path:
    path = photo_path(name).with_suffix(suffix)
    past = path.stat().st_mtime - hours * 3_600
    os.utime(path, (past, past))
    return path


def test_sweep_takes_old_files_without_a_row_and_nothing_else(waiting_photo):
    make_old(waiting_photo.name, 100)
    fresh, orphan = store_photo(upload(JPEG)), store_photo(upload(JPEG))
    make_old(orphan.name, 100)
    assert sweep_orphan_photos() == 1
    assert not photo_exists(orphan.name)
    assert photo_exists(fresh.name) and photo_exists(waiting_photo.name)


def test_sweep_takes_halves_that_a_crash_left(db, media_root):
    media_root.mkdir()
    half = media_root / f"{'a' * 32}.part"
    half.write_bytes(b"half")
    make_old("a" * 32, 100, ".part")
    assert sweep_orphan_photos(datetime.timedelta(days=1)) == 1
    assert not half.exists()


def test_dry_sweep_counts_and_keeps(db):
    orphan = store_photo(upload(JPEG))
    make_old(orphan.name, 100)
    assert sweep_orphan_photos(dry_run=True) == 1
    assert photo_exists(orphan.name)


def test_sweep_of_a_folder_that_is_not_there_does_nothing(db):
    assert sweep_orphan_photos() == 0


def test_file_is_deleted_once_and_again_without_an_error():
    photo = store_photo(upload(JPEG))
    delete_photo_file(photo.name)
    delete_photo_file(photo.name)
    assert not photo_exists(photo.name)


def test_photo_whose_turn_does_not_come_is_refused(monkeypatch, media_root):
    monkeypatch.setattr(pictures, "WAIT_MAX_S", 0.01)
    with pictures._one_at_a_time, pytest.raises(ValidationError) as caught:
        store_photo(upload(JPEG))
    assert caught.value.code == "busy"
    assert not media_root.exists()
    assert photo_exists(store_photo(upload(JPEG)).name)


def test_two_threads_of_a_process_read_large_pictures_in_turn():
    results = []
    data = encoded(picture((3_000, 3_000)), "PNG")
    threads = [threading.Thread(target=lambda: results.append(store_photo(upload(data)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(photo.width, photo.height) for photo in results} == {(SIDE_KEPT, SIDE_KEPT)} and len(results) == 4
