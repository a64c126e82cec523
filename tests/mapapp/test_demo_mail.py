"""The demonstration's letterbox is open on the machine itself, with DEMO=1, and to nobody else."""

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives, get_connection
from django.urls import reverse

FILES = "django.core.mail.backends.filebased.EmailBackend"


@pytest.fixture
def letterbox(settings, tmp_path):
    settings.DEMO, settings.EMAIL_FILE_PATH = True, str(tmp_path)

    def put(*subjects: str, text: str = "Confirm here:\nhttp://testserver/en/p/1-1.a.b/confirm/\n") -> None:
        messages = [
            EmailMultiAlternatives(subject, text, "map@example.org", ["anna@example.org"]) for subject in subjects
        ]
        for message in messages:
            message.attach_alternative("<p>In HTML</p>", "text/html")
        get_connection(FILES).send_messages(messages)

    put.folder = tmp_path
    return put


def pages() -> list[str]:
    return [reverse("demo_mail"), reverse("demo_mail_item", args=["20261124-120000-1-0"])]


@pytest.mark.parametrize("page", pages())
def test_outside_the_demo_there_is_no_letterbox(client, db, settings, letterbox, page):
    settings.DEMO = False
    letterbox("Hello")
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "::ffff:192.0.2.7", "2001:db8::1", "", "unix:"])
def test_other_machine_finds_no_letterbox(client, db, letterbox, address):
    letterbox("Hello")
    assert client.get(reverse("demo_mail"), REMOTE_ADDR=address).status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_proxy_on_the_machine_opens_it_to_nobody(client, db, letterbox, header):
    letterbox("Hello")
    assert client.get(reverse("demo_mail"), headers={header: "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize("name", ["nothing", "20261124-120000-1-0", "20261124-120000-1--1"])
def test_mail_that_is_not_there_is_not_found(client, db, letterbox, name):
    letterbox("Hello")
    assert client.get(reverse("demo_mail_item", args=[name])).status_code == 404


def test_letterbox_only_shows(client, db, letterbox):
    assert client.post(reverse("demo_mail")).status_code == 405


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_machine_itself_reads_the_newest_first(client, db, letterbox, address):
    letterbox("First", "Second")
    answer = client.get(reverse("demo_mail"), REMOTE_ADDR=address)
    assert [mail.subject for mail in answer.context["mails"]] == ["Second", "First"]
    assert "no-store" in answer["Cache-Control"] and answer["Referrer-Policy"] == "no-referrer"


def test_links_of_a_mail_can_be_pressed_and_its_text_is_escaped(client, db, letterbox):
    letterbox("<b>Ääkköset</b>", text="<script>alert(1)</script>\nhttp://testserver/en/p/1-1.a.b/confirm/\n")
    listed = client.get(reverse("demo_mail")).context["mails"][0]
    page = client.get(reverse("demo_mail_item", args=[listed.name])).content.decode()
    assert 'href="http://testserver/en/p/1-1.a.b/confirm/"' in page
    assert "<script>alert" not in page and "&lt;b&gt;Ääkköset" in page and "anna@example.org" in page


def test_time_of_a_mail_is_the_city_s(client, db, letterbox):
    with time_machine.travel("2026-11-24 07:31:00Z", tick=False):
        letterbox("Hello")
    assert "09:31" in client.get(reverse("demo_mail") + "?lang=en").content.decode()


def test_half_a_mail_is_left_for_the_next_look(client, db, letterbox):
    letterbox("Whole")
    (letterbox.folder / "20991231-000000-1.log").write_bytes(b"Subject: Half\n\nHal")
    assert [mail.subject for mail in client.get(reverse("demo_mail")).context["mails"]] == ["Whole"]


def test_empty_letterbox_says_so(client, db, letterbox):
    assert client.get(reverse("demo_mail")).status_code == 200


def test_folder_that_is_not_there_is_an_empty_letterbox(client, db, letterbox, settings):
    settings.EMAIL_FILE_PATH = str(letterbox.folder / "none")
    assert client.get(reverse("demo_mail")).context["mails"] == []
