"""Every shipped form, in both languages, against what it is known to say.

The expected files were read by a person. ``VIDENSBRO_WRITE_GOLDEN=1`` writes them
anew after a wanted change, to be read again in the diff.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

from mappings.engine import apply

FIXTURES = Path(__file__).parent.parent / "fixtures" / "mappings"
KINDS = (
    "mentor_application",
    "mentee_application",
    "company_registration",
    "closing_evaluation_mentor",
    "closing_evaluation_mentee",
    "company_evaluation",
    "six_month_follow_up",
)


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_shipped_form_says_what_is_on_record(lyngby, sent, kind, language):
    submission = sent(kind, language)
    form_map = lyngby.form_for("typeform", submission.form)
    mapped = json.loads(json.dumps(dataclasses.asdict(apply(form_map, submission))))
    path = FIXTURES / f"{kind}.{language}.mapped.json"
    if os.environ.get("VIDENSBRO_WRITE_GOLDEN"):
        text = json.dumps(mapped, ensure_ascii=False, indent=2)
        path.write_text(text + "\n", "utf-8")
    assert mapped == json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_answers_give_the_same_records_in_both_languages(lyngby, sent, kind):
    danish, english = (
        apply(lyngby.form_for("typeform", s.form), s)
        for s in (sent(kind, "da"), sent(kind, "en"))
    )

    def neutral(mapped):
        fields = [{**r.fields, "language": ""} for r in mapped.records]
        return fields, mapped.evaluation, mapped.round, mapped.token

    assert neutral(danish) == neutral(english)
    assert not danish.problems
    assert not danish.unmapped
