"""What the engine makes of submissions that are not as one would wish."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.engine import apply, load_programme, mapping_hash
from webhooks.submission import Answer, Choice, Scale, Submission


def mapped(programme, submission):
    return apply(programme.form_for("typeform", submission.form), submission)


def codes(result):
    return {(p.record, p.field, p.code) for p in result.problems}


def test_a_bad_required_field_leaves_out_its_record_and_keeps_the_others(lyngby, sent):
    result = mapped(
        lyngby, sent("mentee_application", "en", answers={"email": "not-an-address"})
    )
    assert {r.name for r in result.records} == {
        "sending_company",
        "specialist",
        "specialist_affiliation",
    }
    assert ("mentee", "email", "bad_email") in codes(result)
    assert ("participation", "person", "link_missing") in codes(result)
    assert all(p.blocking for p in result.problems)
    assert result.consents == ()


def test_a_missing_required_answer_is_told(lyngby, sent):
    result = mapped(
        lyngby, sent("mentor_application", "da", answers={"last_name": None})
    )
    assert ("mentor", "last_name", "missing") in codes(result)
    assert result.record("mentor") is None
    assert result.record("employer") is not None


def test_a_bad_optional_field_costs_only_itself(lyngby, sent):
    result = mapped(lyngby, sent("mentee_application", "en", answers={"phone": "12"}))
    assert codes(result) == {("mentee", "phone", "bad_phone")}
    assert not result.problems[0].blocking
    assert "phone" not in result.record("mentee").fields
    assert result.record("mentee").fields["email"] == "ana.ejemplo@mail.example"


def test_no_problem_repeats_an_answer(lyngby, sent):
    secret = "zzsecretzz"
    answers = {"email": secret, "phone": secret, "linkedin": f"{secret} {secret}"}
    result = mapped(lyngby, sent("mentee_application", "en", answers=answers))
    assert len(result.problems) >= 3
    assert secret not in repr(result.problems)


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_answer_is_no_answer(lyngby, sent, blank):
    answers = {"linkedin": blank, "sending_company": blank}
    result = mapped(lyngby, sent("mentee_application", "en", answers=answers))
    assert "linkedin" not in result.record("mentee").fields
    assert result.record("sending_company") is None
    assert "organisation" not in result.record("participation").links
    assert result.problems == ()


@pytest.mark.parametrize(
    ("submitted", "expected"),
    [
        ((2016, 1, 5, 12), "r1"),
        # The last day of recruitment, Danish time, both ways round midnight.
        ((2016, 2, 29, 22), "r1"),
        ((2016, 2, 29, 23), None),
        ((2016, 7, 31, 21), None),
        ((2016, 7, 31, 22), "r2"),
    ],
)
def test_the_day_in_the_programmes_zone_decides_the_round(
    lyngby, sent, submitted, expected
):
    when = datetime(*submitted, tzinfo=UTC)
    submission = dataclasses.replace(
        sent("mentee_application", "da"), submitted_at=when
    )
    result = mapped(lyngby, submission)
    assert result.round == expected
    assert (result.record("participation") is None) == (expected is None)
    assert result.record("mentee") is not None
    told = {("round", "round", "no_round")} if expected is None else set()
    assert codes(result) == told


def test_a_hidden_round_goes_before_the_date(lyngby, sent):
    submission = sent("mentor_application", "en", hidden={"round": "r2"})
    assert mapped(lyngby, submission).round == "r2"


def test_a_hidden_round_that_does_not_exist_is_told(lyngby, sent):
    result = mapped(lyngby, sent("mentor_application", "en", hidden={"round": "r9"}))
    assert result.round is None
    assert codes(result) == {("round", "round", "unknown_round")}
    assert result.record("participation") is None


def test_the_hidden_language_goes_before_the_forms(lyngby, sent):
    result = mapped(lyngby, sent("mentor_application", "da", hidden={"lang": "EN"}))
    assert result.language == "en"
    assert result.consents[0].wording.startswith("I consent")


def test_an_evaluation_that_nobody_can_be_found_for_is_left_out(lyngby, sent):
    submission = sent("closing_evaluation_mentee", "da", answers={"email": None})
    result = mapped(lyngby, submission)
    assert result.evaluation is None
    assert ("evaluation", "respondent", "no_respondent") in codes(result)


def test_silence_is_no_consent_and_no_withdrawal(lyngby, sent):
    answers = {"consent_newsletter": None, "consent_programme": None}
    result = mapped(lyngby, sent("mentee_application", "en", answers=answers))
    assert [c.purpose for c in result.consents] == ["research"]
    # The required one is told; the person stands all the same.
    assert codes(result) == {("mentee", "programme", "missing")}
    assert result.record("mentee") is not None


def test_what_no_question_asks_is_named_without_its_answer(lyngby, sent):
    submission = sent("company_evaluation", "en")
    extra = Answer("id9", "text", "zzsecretzz", ref="new_one", title="New?")
    submission = dataclasses.replace(submission, answers=(*submission.answers, extra))
    result = mapped(lyngby, submission)
    assert [(u.question, u.ref, u.title) for u in result.unmapped] == [
        ("id9", "new_one", "New?")
    ]
    assert "zzsecretzz" not in repr(result)


def test_a_citys_contact_has_the_function_of_its_organisation(lyngby, sent):
    answers = {"organisation_kind": ["city"]}
    result = mapped(lyngby, sent("company_registration", "da", answers=answers))
    assert result.record("affiliation").fields["function"] == "city_contact"


def test_nothing_is_known_of_a_form_that_is_not_bound(lyngby):
    assert lyngby.form_for("typeform", "elsewhere") is None
    assert lyngby.form_for("surveymonkey", "lyngby-mentor-application-da") is None


def test_the_hash_is_the_same_for_the_same_mapping(lyngby):
    again = load_programme("lyngby")
    for name, form_map in lyngby.forms.items():
        assert mapping_hash(form_map) == mapping_hash(again.forms[name])
    hashes = {mapping_hash(f) for f in lyngby.forms.values()}
    assert len(hashes) == len(lyngby.forms)


TEXTS = st.text(max_size=20) | st.sampled_from(["da", "r1", "yes", "it", "a@b.example"])


def submissions(programme):
    refs = sorted({q for f in programme.forms.values() for q in f.asks})
    answers = st.builds(
        Answer,
        question=TEXTS,
        kind=st.sampled_from(["text", "choice", "number", "boolean", "unknown"]),
        value=st.none() | TEXTS | st.integers() | st.floats() | st.booleans(),
        ref=st.sampled_from(refs) | TEXTS,
        row=st.just("") | TEXTS,
        choices=st.lists(st.builds(Choice, key=TEXTS, ref=TEXTS, label=TEXTS)).map(
            tuple
        ),
        other=TEXTS,
        scale=st.none() | st.builds(Scale, low=st.integers(), high=st.integers()),
    )
    return st.builds(
        Submission,
        provider=TEXTS,
        form=TEXTS,
        response=TEXTS,
        kind=st.sampled_from(["complete", "partial", "test"]),
        submitted_at=st.datetimes(timezones=st.just(UTC)),
        answers=st.lists(answers, max_size=12).map(tuple),
        hidden=st.dictionaries(
            st.sampled_from(["token", "round", "lang", "source"]), TEXTS
        ),
    )


LYNGBY = load_programme("lyngby")


@given(
    submission=submissions(LYNGBY), form_map=st.sampled_from([*LYNGBY.forms.values()])
)
def test_whatever_arrives_links_lead_somewhere_and_nothing_is_raised(
    submission, form_map
):
    result = apply(form_map, submission)
    names = {r.name for r in result.records}
    assert all(link in names for r in result.records for link in r.links.values())
    assert {c.person for c in result.consents} <= names
    assert result == apply(form_map, submission)
    left_out = {p.record for p in result.problems if p.blocking}
    assert not left_out & names
