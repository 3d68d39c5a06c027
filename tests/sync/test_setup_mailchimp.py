"""Setup of Mailchimp's audience, over HTTP: it is said in the programme's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sync.setup import apply_all, plan_all
from tests.sync.setup_world import BOUND, KEY, world
from tests.world import write_programme

SAID = {
    "da": {
        "Mailchimp: opret fletfeltet VIDENSBRO (Vidensbro: rolle og runde).",
        "Mailchimp: opret segmentet “Mentorer”.",
    },
    "en": {
        "Mailchimp: create the merge field VIDENSBRO (Vidensbro: role and round).",
        "Mailchimp: create the segment “Mentors”.",
    },
}
CHANGED = {
    "da": "Mailchimp: ret segmentet “Mentorer”.",
    "en": "Mailchimp: change the segment “Mentors”.",
}
SEGMENTS = "/mailchimp/3.0/lists/demo-audience/segments"


@pytest.mark.parametrize("language", ["da", "en"])
def test_each_step_is_said_in_the_programmes_language(tmp_path: Path, language: str):
    with world(tmp_path) as audience:
        write_programme(tmp_path, BOUND, language)
        service = audience.service("mailchimp")
        plan = plan_all(service, KEY)
        assert SAID[language] <= {step.what for step in plan.steps}
        assert apply_all(plan) == [step.what for step in plan.steps]

        mentors = next(
            one
            for one in audience.ask("GET", f"{SEGMENTS}?count=100")["segments"]
            if one["name"] in CHANGED[language]
        )
        spoilt = {"match": "all", "conditions": mentors["options"]["conditions"][:1]}
        spoilt["conditions"][0]["value"] = ".other."
        audience.ask("PATCH", f"{SEGMENTS}/{mentors['id']}", {"options": spoilt})
        (step,) = plan_all(service, KEY).steps
        assert step.what == CHANGED[language]
