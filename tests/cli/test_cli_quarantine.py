"""quarantine list: which forms nothing reads, and what to do about them."""

from __future__ import annotations

import pytest

from connector.processing import drain
from tests.cli.cli_world import body


def strange(office, form, response, **more):
    content = body("mentee_application", {"first_name": "Anna"}, response=response)
    content["form_response"]["form_id"] = form
    content["form_response"]["definition"].update(more)
    number = office.deliver(content)
    drain(office.service)
    return number


def test_nothing_waits(office):
    office.mentee()
    assert "Nothing waits" in office("quarantine", "list").output
    assert office.json("quarantine", "list") == []


def test_a_form_is_one_line_with_what_to_do(office):
    first = strange(office, "AbC123", "one", title="Sommerfest")
    second = strange(office, "AbC123", "two", title="Sommerfesten")
    strange(office, "XyZ789", "three", title="")
    told = office("quarantine", "list", code=1).output
    assert "Anna" not in told
    line = next(one for one in told.splitlines() if "AbC123" in one)
    assert "Typeform" in line
    assert "Sommerfesten" in line
    assert "vidensbro forms pull typeform AbC123" in line
    found = office.json("quarantine", "list", code=1)
    assert [(one["form"], one["answers"]) for one in found] == [
        ("AbC123", 2), ("XyZ789", 1),
    ]  # fmt: skip
    assert found[0]["since"] <= found[0]["last"]
    assert found[1]["title"] == ""
    rows = office.json("quarantine", "list", "--form", "AbC123")
    assert [row["id"] for row in rows] == [second, first]
    assert str(first) in office("quarantine", "list", "--form", "AbC123").output
    assert "No answer" in office("quarantine", "list", "--form", "other").output


@pytest.mark.parametrize("broken", [b"{", b"[]", b"null", b'{"form_response": 1}'])
def test_a_title_is_no_matter_of_trust(broken):
    from webhooks.registry import PROVIDERS

    for provider in PROVIDERS.values():
        assert provider.title_of(broken) == ""
