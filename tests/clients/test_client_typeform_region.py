"""Typeform's regions: the wrong one answers with nothing, so the form is asked."""

import pytest

from connector.clients.typeform import region_of, wrong_region

US, EU, NEW = "api.typeform.com", "api.eu.typeform.com", "api.typeform.eu"


def _form(host: str) -> dict[str, object]:
    return {"id": "f1", "_links": {"responses": f"https://{host}/forms/f1/responses"}}


@pytest.mark.parametrize(
    ("form", "host"),
    [
        (_form(US), US),
        (_form(EU.upper()), EU),
        (_form(NEW), NEW),
        ({"_links": {"display": "https://x.example"}}, ""),
        ({"_links": {"responses": None}}, ""),
        ({"_links": None}, ""),
        ({}, ""),
    ],
)
def test_a_form_names_the_host_of_its_responses(
    form: dict[str, object], host: str
) -> None:
    assert region_of(form) == host


@pytest.mark.parametrize("base", [US, EU, NEW])
@pytest.mark.parametrize("host", [US, EU, NEW])
def test_two_regions_are_told_apart(base: str, host: str) -> None:
    said = wrong_region(f"https://{base}/", _form(host))
    if base == host:
        assert said is None
    else:
        assert said is not None
        assert said.endswith(f"set it to https://{host}")


def test_no_base_url_is_the_us() -> None:
    assert wrong_region("", _form(US)) is None
    assert wrong_region("", _form(NEW)) is not None


@pytest.mark.parametrize(
    ("base", "form"),
    [
        ("http://127.0.0.1:5000/typeform", _form(US)),
        ("https://proxy.example", _form(NEW)),
        (f"https://{US}", _form("sandbox.example")),
        (f"https://{US}", {}),
    ],
)
def test_what_cannot_be_judged_is_not_wrong(base: str, form: dict[str, object]) -> None:
    assert wrong_region(base, form) is None
