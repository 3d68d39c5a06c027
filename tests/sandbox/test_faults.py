"""The sandbox's core: faults on order, counted calls, options, kept records, pages."""

import re

import pytest
import requests

from sandbox.app import create_sandbox, make_wsgi, serving
from sandbox.store import Store

BEARER = {"Authorization": "Bearer pat-test"}
CONTACTS = "/hubspot/crm/objects/2026-09/contacts"


@pytest.fixture
def base():
    with serving(create_sandbox()) as url:
        yield url


def order(base, **fault):
    answer = requests.post(
        f"{base}/sandbox/control/faults", json={"tool": "hubspot", **fault}, timeout=5
    )
    assert answer.status_code == 201, answer.text


def listed(base, timeout=5.0):
    return requests.get(base + CONTACTS, headers=BEARER, timeout=timeout)


def test_a_status_fault_answers_so_often_and_no_more(base):
    order(base, kind="status", status=503, times=2, headers={"Retry-After": "7"})
    answers = [listed(base) for _ in range(3)]
    assert [one.status_code for one in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "7"


def test_a_status_fault_may_bring_any_body(base):
    order(base, kind="status", status=502, body="<html>bad gateway</html>")
    assert listed(base).text == "<html>bad gateway</html>"
    order(base, kind="status", status=423, body={"category": "LOCKED"})
    assert listed(base).json() == {"category": "LOCKED"}


def test_a_fault_waits_for_the_request_it_is_meant_for(base):
    order(base, kind="status", status=500, method="POST", path="/batch/upsert$")
    assert listed(base).status_code == 200
    meant = f"{base}{CONTACTS}/batch/upsert"
    answer = requests.post(meant, json={"inputs": []}, headers=BEARER, timeout=5)
    assert answer.status_code == 500


def test_a_fault_of_one_tool_spares_the_others(base):
    order(base, kind="status", status=500, tool="mailchimp")
    assert listed(base).status_code == 200


def test_a_delay_makes_a_client_time_out(base):
    order(base, kind="delay", seconds=0.6)
    with pytest.raises(requests.exceptions.ReadTimeout):
        listed(base, timeout=0.2)


def test_a_reset_drops_the_connection_with_nothing_done(base):
    order(base, kind="reset", method="POST")
    body = {"properties": {"firstname": "Ada"}}
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.post(base + CONTACTS, json=body, headers=BEARER, timeout=5)
    assert listed(base).json()["results"] == []


def test_accepted_and_then_dropped_has_been_done(base):
    order(base, kind="accept_then_reset", method="POST")
    body = {"properties": {"firstname": "Ada"}}
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.post(base + CONTACTS, json=body, headers=BEARER, timeout=5)
    assert len(listed(base).json()["results"]) == 1


def test_orders_are_withdrawn(base):
    order(base, kind="status", times=99)
    requests.delete(f"{base}/sandbox/control/faults", timeout=5)
    assert listed(base).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "status"},
        {"tool": "hubspot", "kind": "flood"},
        {"tool": "hubspot", "kind": "status", "colour": "red"},
        ["status"],
    ],
)
def test_an_order_that_cannot_be_understood_is_refused(base, wrong):
    answer = requests.post(f"{base}/sandbox/control/faults", json=wrong, timeout=5)
    assert answer.status_code == 400


def test_calls_are_counted_by_template_and_type(hub):
    key = hub.add("contacts", {"city": "Ribe"})
    hub.objects("GET", f"contacts/{key}")
    hub.batch("contacts", "read", [{"id": key}])
    report = hub.client.get("/sandbox/control/calls").json
    counts = report["counts"]["hubspot"]
    assert counts["GET /crm/objects/{version}/contacts/{object_id}"] == 1
    assert counts["POST /crm/objects/{version}/contacts/batch/read"] == 1
    assert report["total"]["hubspot"] == 3
    last = report["recent"][-1]
    assert (last["inputs"], last["status"]) == (1, 200)
    assert last["path"] == "/crm/objects/2026-09/contacts/batch/read"
    hub.client.delete("/sandbox/control/calls")
    assert hub.client.get("/sandbox/control/calls").json["counts"] == {}


def test_reset_wipes_records_and_restores_the_first_options(hub):
    hub.add("contacts", {"city": "Ribe"})
    hub.option(tier="starter")
    hub.client.post("/sandbox/control/reset")
    options = hub.client.get("/sandbox/control/options").json
    assert options == {"hubspot.rate_limit": 10_000}
    assert hub.objects("GET", "contacts").json["results"] == []


def test_records_outlive_a_restart_and_numbers_go_on(tmp_path):
    path = str(tmp_path / "sandbox.db")
    body = {"properties": {"email": "ada@nordlys.example"}}
    first = make_wsgi(path)
    made = first.test_client().post(CONTACTS, json=body, headers=BEARER)
    first.extensions["sandbox"].store.close()
    second = make_wsgi(path)
    client = second.test_client()
    again = client.post(CONTACTS, json=body, headers=BEARER)
    assert again.json["message"].endswith(f"Existing ID: {made.json['id']}")
    other = client.post(CONTACTS, json={"properties": {}}, headers=BEARER)
    assert other.json["id"] > made.json["id"]
    second.extensions["sandbox"].store.close()


def test_a_store_forgets_what_is_deleted_for_good(tmp_path):
    path = str(tmp_path / "sandbox.db")
    store = Store(path)
    store.put("thing", "1", {"a": 1})
    store.put("thing", "2", {"a": 2})
    store.delete("thing", "1")
    store.close()
    reopened = Store(path)
    assert reopened.all("thing") == {"2": {"a": 2}}
    assert reopened.get("thing", "1") is None
    reopened.close()


@pytest.mark.parametrize("path", ["/", "/sandbox/mailchimp", "/sandbox/typeform"])
def test_pages_answer_under_a_strict_policy(hub, path):
    answer = hub.client.get(path)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert hub.client.get("/sandbox/nothing").status_code == 404


def test_the_hubspot_page_shows_records_and_a_board(hub):
    person = hub.add("contacts", {"firstname": "<b>Ada</b>", "lastname": "Lys"})
    service = hub.add("services", {"hs_name": "Ada, round 1"})
    hub.objects("PUT", f"contacts/{person}/associations/default/services/{service}")
    page = hub.client.get("/sandbox/hubspot").text
    assert "&lt;b&gt;Ada&lt;/b&gt; Lys" in page
    assert "<b>Ada" not in page
    assert f'data-id="{service}"' in page
    # The board may be long; what staff do stands below it.
    assert page.index('href="#acts"') < page.index("data-board")
    assert re.search(r'data-url="/hubspot/crm/objects/2026-09/0-162/"', page)
    assert 'data-property="hs_pipeline_stage"' in page
    assert not re.search(r"(style|onclick)=", page)


def test_another_sites_page_cannot_wipe_the_sandbox(hub):
    hub.add("contacts", {"city": "Ribe"})
    reset = "/sandbox/control/reset"
    strange = hub.client.post(reset, headers={"Origin": "https://evil.example"})
    assert strange.status_code == 403
    assert len(hub.objects("GET", "contacts").json["results"]) == 1
    own = hub.client.post(reset, headers={"Origin": "http://localhost"})
    assert own.status_code == 200
