"""trace: whose is what, where two people share an address."""

from __future__ import annotations

ANNA = "anna@people.example"


def test_who_share_an_address_are_shown_apart_and_by_name(office):
    hers = office.mentee()
    his = office.mentee("Carl", phone="+4520999999")
    text = office("trace", ANNA).stdout
    assert f"{ANNA} is shared by 2 people:" in text
    head, anna, carl = text.split("\n=== ")
    assert "Anna Prøve" in head
    assert "Carl Prøve" in head
    for part, name, number, other in (
        (anna, "Anna", hers, his),
        (carl, "Carl", his, hers),
    ):
        assert part.startswith(f"{name} Prøve  [")
        assert f"delivery {number}" in part
        assert f"delivery {other}" not in part
    assert "held back" not in anna
    assert "held back" in carl
    assert "+4520999999" not in anna
    assert "+4520123456" not in carl


def test_json_says_whose_each_answer_is_and_keeps_its_shape(office):
    hers, his = office.mentee(), office.mentee("Carl")
    told = office.json("trace", ANNA)
    assert [d["summary"]["id"] for d in told["deliveries"]] == [hers, his]
    found = {
        p["name"]: (p["deliveries"], p["held_back"], set(p["entities"]))
        for p in told["people"]
    }
    assert found["Anna Prøve"][:2] == ([hers], False)
    assert found["Carl Prøve"][:2] == ([his], True)
    assert {e["id"] for e in told["entities"]} == (
        found["Anna Prøve"][2] | found["Carl Prøve"][2]
    )
    assert not found["Anna Prøve"][2] & found["Carl Prøve"][2]
    assert office.json("trace", hers)["people"] == []


def test_one_person_alone_is_shown_without_a_heading(office):
    office.mentee()
    assert "===" not in office("trace", ANNA).stdout
    assert office.json("trace", ANNA)["people"] == []
