"""The address of a form opens in a browser, and what a person sends there is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from sandbox.app import create_sandbox, serving
from tests.sandbox.listening import listening
from tests.sandbox.test_surveymonkey_filled_in import QUESTIONS
from tests.sandbox.test_typeform_webhooks import FORM

STAFF = {"Authorization": "Bearer staff"}
SPITE = "<b>Bo</b>\"'&"


class Fields(HTMLParser):
    """What can be filled in on a page, by name: the values on offer, those set."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.offered: dict[str, list[str]] = {}
        self.held: dict[str, list[str]] = {}
        self.ids: list[str] = []
        self.pointed_at: list[str] = []
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        told = {key: value or "" for key, value in given}
        assert "style" not in told
        assert not [key for key in told if key.startswith("on")]
        self.ids += [told["id"]] if "id" in told else []
        for key in ("for", "aria-describedby", "aria-labelledby"):
            self.pointed_at += told.get(key, "").split()
        name, value = told.get("name", ""), told.get("value", "")
        if tag == "select":
            self._select = name
            self.offered[name] = []
        elif tag == "option" and value:
            self.offered[self._select].append(value)
            if "selected" in told:
                self.held.setdefault(self._select, []).append(value)
        elif tag == "textarea":
            self._area = name
            self.offered[name] = []
        elif tag == "input":
            self._input(told, name, value)

    def _input(self, told: dict[str, str], name: str, value: str) -> None:
        offered = self.offered.setdefault(name, [])
        picked = told["type"] in ("radio", "checkbox")
        offered += [value] if picked else []
        if value and (not picked or "checked" in told):
            self.held.setdefault(name, []).append(value)

    def handle_data(self, data: str) -> None:
        if self._area and data.strip():
            self.held.setdefault(self._area, []).append(data.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


@pytest.fixture
def url() -> Iterator[str]:
    with serving(create_sandbox()) as address:
        yield address


def made(url: str, tool: str, **more: Any) -> tuple[str, str]:
    """Make a form with every kind of question; return its id and its address."""
    if tool == "typeform":
        told = {**FORM, "settings": {"language": "da"}, "hidden": ["token"], **more}
        form = requests.post(
            f"{url}/typeform/forms", json=told, headers=STAFF, timeout=20
        ).json()
        return form["id"], form["_links"]["display"]
    told = {"title": "Everything", "language": "da", "custom_variables": {"token": ""},
            "pages": [{"questions": QUESTIONS}], **more}  # fmt: skip
    survey = requests.post(
        f"{url}/surveymonkey/v3/surveys", json=told, headers=STAFF, timeout=20
    ).json()
    link = requests.post(
        f"{url}/surveymonkey/v3/surveys/{survey['id']}/collectors",
        json={"type": "weblink"}, headers=STAFF, timeout=20,
    ).json()  # fmt: skip
    return survey["id"], link["url"]


def kept(url: str, tool: str, form: str) -> list[dict[str, Any]]:
    """Return the answers that the tool's API lists."""
    path = {
        "typeform": f"/typeform/forms/{form}/responses",
        "surveymonkey": f"/surveymonkey/v3/surveys/{form}/responses/bulk",
    }
    told = requests.get(f"{url}{path[tool]}", headers=STAFF, timeout=20).json()
    return list(told["items" if tool == "typeform" else "data"])


def by_hand(page: str) -> dict[str, list[str]]:
    """Fill every field in as its kind wants it, the first choice of each."""
    fields = Fields(page)
    assert len(fields.ids) == len(set(fields.ids))
    assert set(fields.pointed_at) <= set(fields.ids)
    kinds = dict(re.findall(r'name="([^"]+)" type="([a-z-]+)"', page))
    written = {
        "email": "bo@havbro.example", "tel": "20 12 34 56", "url": "https://a.example",
        "date": "2026-03-01", "time": "09:30", "datetime-local": "2026-03-01T09:30",
    }  # fmt: skip
    numeric = set(re.findall(r'name="([^"]+)" type="text" inputmode="decimal"', page))
    return {
        name: ["3"]
        if name in numeric
        else offered[:1] or [written.get(kinds.get(name, ""), SPITE)]
        for name, offered in fields.offered.items()
        if not name.endswith("|other")
    }


@pytest.mark.parametrize("tool", ["typeform", "surveymonkey"])
def test_the_address_opens_and_every_question_can_be_answered(
    url: str, tool: str
) -> None:
    form, link = made(url, tool)
    opened = requests.get(link, params={"token": "abc"}, timeout=20)
    assert opened.ok, opened.text
    assert '<html lang="da">' in opened.text
    assert "<h1>Everything</h1>" in opened.text
    told = by_hand(opened.text)
    done = requests.post(opened.url, data=told, timeout=20)
    assert done.ok, done.text
    assert "Tak! Dit svar er modtaget." in done.text
    (answer,) = kept(url, tool, form)
    if tool == "typeform":
        askable = 27  # All but those that only hold others.
        assert answer["hidden"] == {"token": "abc"}
        assert len(answer["answers"]) == askable
    else:
        assert answer["custom_variables"] == {"token": "abc"}
        assert len(answer["pages"][0]["questions"]) == len(QUESTIONS) - 1  # a text
    assert SPITE in _texts(answer)


def _texts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value]


@pytest.mark.parametrize("tool", ["typeform", "surveymonkey"])
def test_what_is_refused_stands_by_its_question_and_nothing_typed_is_lost(
    url: str, tool: str
) -> None:
    form, link = made(url, tool)
    told = by_hand(requests.get(link, timeout=20).text)
    mail = next(name for name, value in told.items() if value == ["bo@havbro.example"])
    told[mail] = [SPITE]
    answer = requests.post(link, data=told, timeout=20)
    assert answer.status_code == 400
    assert kept(url, tool, form) == []
    assert SPITE not in answer.text
    assert Fields(answer.text).held == told
    (fault,) = re.findall(r'<p class="fault" id="([^"]+)">([^<]+)</p>', answer.text)
    assert fault[1] == "Skriv en e-mailadresse."
    (field,) = re.findall(r'<input[^>]*aria-invalid="true"[^>]*>', answer.text)
    assert f'name="{mail}"' in field
    assert f'aria-describedby="{fault[0]}"' in field


@pytest.mark.parametrize("tool", ["typeform", "surveymonkey"])
def test_what_must_be_answered_is_asked_for_in_the_forms_language(
    url: str, tool: str
) -> None:
    if tool == "typeform":
        one = {"ref": "name", "type": "short_text", "title": "Name",
               "validations": {"required": True}}  # fmt: skip
        more: dict[str, Any] = {"fields": [one], "settings": {"language": "en"}}
    else:
        one = {"family": "open_ended", "subtype": "single", "required": {"text": ""},
               "headings": [{"heading": "Name"}]}  # fmt: skip
        more = {"pages": [{"questions": [one]}], "language": "en"}
    form, link = made(url, tool, **more)
    (name,) = by_hand(requests.get(link, timeout=20).text)
    answer = requests.post(link, data={name: " "}, timeout=20)
    assert (answer.status_code, kept(url, tool, form)) == (400, [])
    assert "Please answer this question." in answer.text
    foreign = {"Sec-Fetch-Site": "cross-site"}
    told = requests.post(link, data={name: "Bo"}, headers=foreign, timeout=20)
    assert (told.status_code, kept(url, tool, form)) == (403, [])


def test_a_choice_and_text_in_its_place_cannot_both_be_sent(url: str) -> None:
    form, link = made(url, "surveymonkey")
    offered = Fields(requests.get(link, timeout=20).text).offered
    name = next(n.removesuffix("|other") for n in offered if n.endswith("|other"))
    told = {name: offered[name][0], f"{name}|other": "Begge"}
    answer = requests.post(link, data=told, timeout=20)
    assert (answer.status_code, kept(url, "surveymonkey", form)) == (400, [])
    assert "Svaret passer ikke til spørgsmålet." in answer.text
    assert Fields(answer.text).held == {key: [one] for key, one in told.items()}


def test_a_form_sent_by_hand_goes_out_as_a_webhook(url: str) -> None:
    form, link = made(url, "typeform")
    came: list[Any] = []

    def hear(_method: str, _path: str, _headers: dict[str, str], body: bytes) -> int:
        came.append(json.loads(body)["form_response"])
        return 200

    with listening(hear) as there:
        hook = {"url": f"{there}/hook", "enabled": True, "secret": "s"}
        requests.put(f"{url}/typeform/forms/{form}/webhooks/main", json=hook,
                     headers=STAFF, timeout=20)  # fmt: skip
        told = {"email": "bo@havbro.example", "phone_number": "+45 20 12 34 56",
                "multiple_choice|other": "Begge", "legal": "false"}  # fmt: skip
        assert requests.post(link, data=told, timeout=20).ok
    values = {one["field"]["ref"]: one[one["type"]] for one in came[0]["answers"]}
    assert values == {
        "email": "bo@havbro.example",
        "phone_number": "+4520123456",
        "legal": False,
        "multiple_choice": {"other": "Begge"},
    }
