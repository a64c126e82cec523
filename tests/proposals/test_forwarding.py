"""Passing on to a neighbour: by real HTTP, to a second process of the product on a database of its own, and to odd servers.

What the neighbour publishes becomes a layer here, from the same process.
"""

import dataclasses
import datetime
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
import time_machine
from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from geodata.imports.neighbours import fetch_layer
from layers.models import NeighbourLayer, ReferenceFeature
from mapapp.city import Open311Door
from proposals.ending import Ending, end
from proposals.forwarding import RETRY_AFTER, pass_on, send
from proposals.models import Contact, ForwardedRequest, Proposal, Role, Status
from proposals.tasks import plan_forwarded
from tests.browser.product import Product, served
from tests.geodata.rows import make_proposal
from tests.proposals.next_door import SEED, stored_there

pytestmark = pytest.mark.django_db

EXACT, SHOWN = Point(24.8127654, 60.1857654, srid=4326), Point(24.811, 60.185, srid=4326)


@pytest.fixture(scope="module")
def neighbour(tmp_path_factory, django_db_setup) -> Iterator[tuple[Product, str]]:
    """The neighbour's own instance, and the key that it issued to us."""
    folder = tmp_path_factory.mktemp("neighbour")
    with served(folder, (), CITY_FILE="tests/toytown.toml", BASEMAP="none") as product:
        yield product, product.manage("shell", "--verbosity", "0", "-c", SEED).strip().splitlines()[-1]


def next_door(settings, url: str, key: str = "", **more: object) -> str:
    """Gives the city's neighbour a door at `url`; returns its address."""
    door = Open311Door(f"{url}/open311/v2", **more)
    (first, *others) = settings.CITY.neighbours
    changed = dataclasses.replace(first, open311=door)
    settings.CITY = dataclasses.replace(settings.CITY, neighbours=(changed, *others))
    settings.FETCH_INNER_HOSTS = [url.removeprefix("http://")]
    settings.NEIGHBOUR_API_KEYS = {door.url: key}
    return door.url


def passed_on(door: str, **changes: object) -> ForwardedRequest:
    proposal = make_proposal(**changes)
    end(proposal, Ending(Status.FORWARDED, "Not ours.", door=door), role=Role.PLANNER, version=None)
    return ForwardedRequest.objects.get(proposal=proposal)


def sent(row: ForwardedRequest) -> ForwardedRequest:
    send(row.pk)
    row.refresh_from_db()
    return row


# --- two instances


def test_neighbour_gets_what_the_public_sees_and_the_page_tells_its_number(neighbour, settings):
    product, key = neighbour
    row = passed_on(
        next_door(settings, product.url, key), title="A bench. By the pond", body="There is nowhere to sit."
    )
    before = len(stored_there(product))
    sent(row)
    number, x, y, title, body, email = stored_there(product)[0]
    assert len(stored_there(product)) == before + 1
    assert (row.service_request_id, row.failure) == (str(number), None)
    assert (x, y, title, email) == (24.8123, 60.1853, "A bench. By the pond", "")
    assert body.startswith("There is nowhere to sit.\n\nhttp://testserver/")
    page = Client().get(f"/en/proposals/{row.proposal_id}/").content.decode()
    assert f"Passed on to Nextdoor: their number {number}." in page
    assert row.link.startswith(f"{product.url}/") and row.link.endswith(f"/proposals/{number}/")
    assert f'href="{row.link}"' in page


def test_neighbours_collection_becomes_a_layer_here(neighbour, settings, toytown):
    product, _key = neighbour
    settings.NEIGHBOUR_HOSTS = settings.FETCH_INNER_HOSTS = [product.url.removeprefix("http://")]
    layer = NeighbourLayer(
        slug="their-spaces", url=f"{product.url}/ogc/collections/spaces", names={"en": "Spaces next door"},
        columns="kind, capacity", licence="CC BY 4.0", attribution="Nextdoor",
    )  # fmt: skip
    layer.full_clean()
    layer.save()
    fetch_layer(layer)
    assert str(layer.happened) == "Features that were taken: 2."
    rows = ReferenceFeature.objects.of_layer("their-spaces").order_by("source_id").values_list("names", "properties")
    assert list(rows) == [
        ({"fi": "Lelusali"}, {"kind": "room", "capacity": "40"}),
        ({"fi": "Lainapyörä"}, {"kind": "equipment", "capacity": "2"}),
    ]
    page = Client().get("/en/").content.decode()
    assert 'data-reference="their-spaces"' in page and "Nextdoor, CC BY 4.0" in page


def test_neither_contact_nor_exact_place_is_sent(neighbour, settings):
    product, key = neighbour
    row = passed_on(
        next_door(settings, product.url, key),
        place=SHOWN,
        category="concern",
        location=EXACT,
        place_precision="generalised",
    )
    Contact.objects.create(
        proposal=row.proposal,
        email="planted@example.org",
        language="en",
        tracking_code="CANARY42",
        device_key_hash="planted",
    )
    sent(row)
    _number, x, y, _title, body, email = stored_there(product)[0]
    assert (round(x, 6), round(y, 6), email) == (24.811, 60.185, "")
    assert "roughly" in body and "planted" not in body
    assert row.link.endswith(f"/requests/{row.service_request_id}.json")  # not public there: a moderator reads it first


def test_lost_reply_makes_no_second_one(neighbour, settings):
    product, key = neighbour
    row = sent(passed_on(next_door(settings, product.url, key), title="Once"))
    number = row.service_request_id
    ForwardedRequest.objects.update(sent_at=None, service_request_id=None)  # as if the reply had not come
    assert sent(row).service_request_id == number
    assert sum(there[3] == "Once" for there in stored_there(product)) == 1


def test_what_was_opened_again_is_the_same_request_there(neighbour, settings):
    product, key = neighbour
    door = next_door(settings, product.url, key)
    row = sent(passed_on(door, title="Twice"))
    end(row.proposal, Ending(Status.OPEN, "A mistake."), role=Role.PLANNER, version=None)
    end(row.proposal, Ending(Status.FORWARDED, "Theirs after all.", door=door), role=Role.PLANNER, version=None)
    assert ForwardedRequest.objects.get().service_request_id == row.service_request_id


@pytest.mark.parametrize(
    ("key", "changes", "told"),
    [("", {}, "403: "), ("right", {"service_codes": {"parking": "nothing"}}, "404: service_code"),
     ("right", {"jurisdiction_id": "elsewhere.example"}, "404: ")],
)  # fmt: skip
def test_refusal_is_kept_for_those_who_can_mend_it_and_not_repeated(neighbour, settings, key, changes, told):
    product, right = neighbour
    row = sent(passed_on(next_door(settings, product.url, right if key else "", **changes)))
    assert row.failure.startswith(told) and row.sent_at is None
    assert not ForwardedRequest.objects.due(timezone.now()).exists()
    address = f"/en/proposals/{row.proposal_id}/"
    assert "could not be sent to Nextdoor" in Client().get(address).content.decode()
    assert row.failure not in Client().get(address).content.decode()


# --- servers of others


class Odd(BaseHTTPRequestHandler):
    """Answers as it is told, and remembers what it was asked."""

    answer = (200, b"[]")
    asked: list[tuple[dict, str]] = []

    def do_POST(self) -> None:
        fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append((fields, self.headers["Idempotency-Key"]))
        status, body = self.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def odd(settings) -> Iterator[str]:
    Odd.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield next_door(settings, f"http://127.0.0.1:{server.server_port}", "k")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_what_may_work_later_is_tried_again_later_and_later_under_the_same_key(odd, status):
    Odd.answer = (status, b"")
    row = passed_on(odd)
    for wait in RETRY_AFTER:
        before = timezone.now()
        sent(row)
        assert before + wait <= row.next_try_at <= timezone.now() + wait
        assert row.failure is None
    assert sent(row).failure == f"The answer was {status}."
    assert len(Odd.asked) == len(RETRY_AFTER) + 1
    assert {key for _fields, key in Odd.asked} == {row.idempotency_key}
    assert ForwardedRequest.objects.try_again() == 1
    Odd.answer = (201, b'[{"service_request_id": 17}]')
    assert sent(row).service_request_id == "17"


def test_server_that_is_down_is_asked_again(settings):
    row = sent(passed_on(next_door(settings, "http://127.0.0.1:9")))
    assert (row.tries, row.failure, row.sent_at) == (1, None, None)


def test_address_that_nobody_allowed_is_never_asked(odd, settings):
    settings.FETCH_INNER_HOSTS = []
    row = sent(passed_on(odd))
    assert row.failure and Odd.asked == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 100_000, b"{}", b"[]", b"[1]", b"[{}]", b'[{"service_request_id": null, "token": "t"}]',
     b'[{"service_request_id": "' + b"9" * 81 + b'"}]', b'[{"service_request_id": "\\u0000"}]'],
)  # fmt: skip
def test_odd_answer_to_what_was_taken_is_no_number_and_no_error(odd, body):
    Odd.answer = (200, body)
    row = sent(passed_on(odd))
    assert row.sent_at and not row.service_request_id
    assert "Passed on to Nextdoor." in Client().get(f"/en/proposals/{row.proposal_id}/").content.decode()


def test_hostile_number_stays_text_and_leads_nowhere(odd):
    Odd.answer = (200, b'[{"service_request_id": "../<b>7"}]')
    row = sent(passed_on(odd))
    page = Client().get(f"/en/proposals/{row.proposal_id}/").content.decode()
    assert "their number ../&lt;b&gt;7." in page
    assert "Read on at" not in page


def test_long_text_is_cut_and_keeps_the_address_of_its_page(odd):
    Odd.answer = (200, b"[]")
    row = sent(passed_on(odd, body="x" * 5_000))
    (description,) = Odd.asked[0][0]["description"]
    assert len(description) == 5_000
    assert description.endswith(f"/proposals/{row.proposal_id}/")


@pytest.mark.parametrize("change", [{"status": Status.OPEN}, {"publication": "hidden"}])
def test_what_is_no_longer_passed_on_or_public_is_not_sent(odd, change):
    row = passed_on(odd)
    Proposal.objects.update(**change)
    assert sent(row).failure and Odd.asked == []


# --- the outbox


def test_row_comes_with_the_ending_or_not_at_all(odd):
    proposal = make_proposal()
    with pytest.raises(RuntimeError), transaction.atomic():
        end(proposal, Ending(Status.FORWARDED, "Not ours.", door=odd), role=Role.PLANNER, version=None)
        raise RuntimeError("the power is cut")
    assert not ForwardedRequest.objects.exists()


def test_worker_plans_each_that_is_due_once(odd):
    row = passed_on(odd)
    later = passed_on(odd)
    ForwardedRequest.objects.filter(pk=later.pk).update(next_try_at=timezone.now() + datetime.timedelta(minutes=1))
    plan_forwarded(timestamp=0)
    jobs = ProcrastinateJob.objects.filter(task_name="send_forwarded")
    assert [job.args for job in jobs] == [{"forwarded_id": row.pk}]
    assert (
        jobs.all().get().queueing_lock == f"send_forwarded {row.pk}"
    )  # so that a second one is not made while it waits
    sent(row)
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=2)):
        plan_forwarded(timestamp=0)
    assert jobs.all().count() == 2


def test_one_proposal_is_passed_on_to_one_door_once(odd):
    row = passed_on(odd)
    pass_on(row.proposal, odd)
    pass_on(row.proposal, "https://unknown.example")
    assert ForwardedRequest.objects.get().idempotency_key == row.idempotency_key
    with pytest.raises(IntegrityError), transaction.atomic():
        ForwardedRequest.objects.create(
            proposal=row.proposal, door=odd, names={"en": "x"}, idempotency_key="x", passed_on_at=timezone.now(),
            next_try_at=timezone.now(),
        )  # fmt: skip
