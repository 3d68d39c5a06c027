"""The clients against the sandbox over real HTTP: the calls in their usual order."""

from datetime import UTC, datetime, timedelta

from connector.clients import Connecting, HubSpot, Mailchimp, connect_typeform
from connector.clients.hubspot import Write
from connector.clients.mailchimp_shapes import Member


def test_a_record_is_written_read_and_found(crm: HubSpot) -> None:
    began = datetime.now(UTC) - timedelta(minutes=1)
    writes = [
        Write(f"p{n}", {"firstname": f"N{n}", "email": f"n{n}@people.example"}, f"t{n}")
        for n in range(3)
    ]
    written = crm.batch_upsert("contacts", writes, "vidensbro_id")
    assert written.problems == {}
    assert all(one.new for one in written.results.values())
    again = crm.batch_upsert("contacts", writes[:1], "vidensbro_id")
    assert not again.results["t0"].new
    first = written.results["t0"].id

    by_mail = crm.batch_read(
        "contacts",
        ["N1@people.example", "none@people.example"],
        ["vidensbro_id"],
        id_property="email",
    )
    assert by_mail.by_key["N1@people.example"].properties["vidensbro_id"] == "p1"
    assert by_mail.missing == ["none@people.example"]
    with_past = crm.batch_read("contacts", [first], [], history=["firstname"])
    assert with_past.found[0].history["firstname"][0].value == "N0"

    changed = list(crm.search_modified("contacts", began, ["email"]))
    assert {one.id for one in changed} == {one.id for one in written.results.values()}
    assert crm.batch_archive("contacts", [first]) == {}
    assert crm.read("contacts", first, []) is None


def test_one_bad_value_holds_nobody_up(crm: HubSpot) -> None:
    writes = [
        Write(f"p{n}", {"lifecyclestage" if n == 2 else "city": "Aarhus"}, f"t{n}")
        for n in range(5)
    ]

    answer = crm.batch_upsert("contacts", writes, "vidensbro_id")
    assert set(answer.problems) == {"t2"}
    assert len(answer.results) == 4


def test_a_match_appears_and_vanishes(crm: HubSpot) -> None:
    person = Write("p1", {"firstname": "Mo"}, "p")
    place = Write("s1", {"hs_name": "Mo, mentee"}, "s")
    contact = crm.batch_upsert("contacts", [person], "vidensbro_id").results["p"].id
    service = crm.batch_upsert("0-162", [place], "vidensbro_id").results["s"].id

    assert crm.associations("0-162", "contacts", [service]) == {service: []}
    pair = (service, contact)
    assert crm.associate_default("0-162", "contacts", [pair]) == {}
    assert crm.associations("0-162", "contacts", [service]) == {service: [contact]}
    assert crm.disassociate("0-162", "contacts", [pair]) == {}
    assert crm.associations("0-162", "contacts", [service]) == {service: []}
    assert set(
        crm.associate_default("0-162", "contacts", [pair, (service, "999999")])
    ) == {(service, "999999")}


def test_the_account_tells_its_shape(crm: HubSpot) -> None:
    assert crm.portal()[1] == "Europe/Copenhagen"
    assert crm.enablement()["0-162"] is True
    assert "vidensbro" in {one["name"] for one in crm.groups("contacts")}
    assert "vidensbro_id" in {one["name"] for one in crm.properties("0-162")}
    pipeline = crm.pipelines("0-162")[0]
    stage = crm.create_stage("0-162", pipeline["id"], {"label": "On hold"})
    crm.update_stage("0-162", pipeline["id"], stage["id"], {"label": "Waiting"})
    labels = {one["label"] for one in crm.pipelines("0-162")[0]["stages"]}
    assert "Waiting" in labels
    crm.delete_stage("0-162", pipeline["id"], stage["id"])


def test_a_member_joins_leaves_and_is_asked_again(news: Mailchimp) -> None:
    ada = "ada@people.test"
    news.create_merge_field("ROLES", "Vidensbro")
    added = news.add_new([Member(ada, "subscribed", {"ROLES": ";r1;"}, "da")])
    assert set(added.added) == {ada}
    assert news.add_new([Member(ada, "subscribed")]).problems[ada].code == "exists"

    key = added.added[ada].hash
    assert news.put_fields(key, {"ROLES": ";r2;"}).status == "subscribed"
    assert news.unsubscribe(key).status == "unsubscribed"
    assert news.put_fields(key, {"ROLES": ""}).status == "unsubscribed"
    assert news.ask_again(ada).status == "pending"
    assert [one.email for one in news.members()] == [ada]
    assert news.audience_info()["id"] == "demo-audience"
    assert news.get("nobody@people.test") is None


def test_segments_are_saved(news: Mailchimp) -> None:
    news.create_merge_field("ROLES", "Vidensbro")
    condition = {
        "condition_type": "TextMerge",
        "field": "ROLES",
        "op": "contains",
        "value": ".mentor.",
    }
    options = {"match": "all", "conditions": [condition]}

    made = news.create_segment("Mentors", options)
    news.update_segment(made["id"], "Our mentors", options)
    assert [one["name"] for one in news.segments()] == ["Our mentors"]


def test_typeform_answers_its_owner(address: str) -> None:
    client = connect_typeform("tfp_test", Connecting(f"{address}/typeform"))
    assert client.me()
    assert isinstance(client.forms(), list)
    client.door.close()
