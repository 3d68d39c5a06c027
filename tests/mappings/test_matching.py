"""Recognising what a meeting's title says, and yes, no and comments in both tools."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mappings.conversion import Question
from mappings.converters import Context, ConversionProblem, choice, choices, yes_no
from mappings.engine import apply, load_programme
from mappings.matching import Choice, recognise
from webhooks.submission import Answer, Submission
from webhooks.submission import Choice as Picked


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Infomøde for nye mentorer", "information_meeting"),
        ("CV workshop, round 2", "cv_workshop"),
        ("Kick-off og speednetworking", "kick_off"),
        ("KICKOFF", "kick_off"),
        ("Midtvejsmødet i runde 1", "midway"),
        ("Job interview workshop", "interview_workshop"),
        ("Afslutningsmøde med evaluering", "closing"),
        ("Kaffe", ""),
        ("", ""),
    ],
)
def test_a_meetings_title_tells_its_kind(lyngby, title, kind):
    assert recognise(title, lyngby.activity_kinds) == kind


@pytest.mark.parametrize(
    ("said", "topic"),
    [("CV", "cv"), ("CVR-nummer", ""), ("Netværksmøde", "network")],
)
def test_a_short_name_must_be_the_whole_word(lyngby, said, topic):
    assert recognise(said, lyngby.session_topics) == topic


def test_the_kinds_of_meeting_are_the_programmes(lyngby):
    assert {c.code for c in lyngby.activity_kinds} == {
        "information_meeting",
        "cv_workshop",
        "mentor_course",
        "kick_off",
        "midway",
        "interview_workshop",
        "closing",
    }
    for known in (lyngby.activity_kinds, lyngby.session_topics):
        for each in known:
            for label in each.label.values():
                assert recognise(label, known) == each.code


def test_an_owner_comes_back_and_is_never_made_by_us(lyngby):
    rule = lyngby.fields["participation.owner"]
    assert (rule.policy, rule.hubspot.property) == ("staff", "hubspot_owner_id")
    assert rule.hubspot.standard
    assert rule.hubspot.read_back


KNOWN = (Choice("spouse", {"en": "Spouse"}), Choice("other", {"en": "Other"}))


def asked(known=KNOWN):
    return Context("DK", Question("q", {}, "choice", choices=known), "en")


def test_a_comment_beside_a_choice_is_no_second_choice():
    said = Answer("q", "choice", choices=(Picked(label="Spouse"),), other="mine")
    assert choice(said, asked()) == "spouse"


def test_what_is_written_instead_of_a_choice_is_other():
    for picked in ((), (Picked(key="9", label="Something else:"),)):
        said = Answer("q", "choice", choices=picked, other="a fair")
        assert choice(said, asked()) == "other"
        with pytest.raises(ConversionProblem):
            choice(said, asked(KNOWN[:1]))


def test_what_is_written_beside_several_choices_is_one_of_them():
    said = Answer("q", "choices", choices=(Picked(label="Spouse"),), other="a fair")
    assert choices(said, asked()) == ["spouse", "other"]


@pytest.mark.parametrize(("label", "said"), [("Ja", True), ("no", False)])
def test_yes_and_no_as_two_choices(label, said):
    answer = Answer("q", "choice", choices=(Picked(key="1", label=label),))
    context = Context("DK", Question("q", {}, "yes_no"))
    # The id of a choice is no word: "1" here is SurveyMonkey's number for either.
    assert yes_no(answer, context) is said


CONTACT = """
[questions.email]
ids = ["11/email"]
[questions.phone]
ids = ["11/phone"]
[questions.first_name]
ids = ["11/name"]
[questions.last_name]
ids = ["12"]
[questions.consent_newsletter]
ids = ["13"]
[questions.consent_newsletter.choices]
yes = ["901"]
no = ["902"]
"""


def test_a_contact_block_and_choices_without_words_are_read_by_id(tmp_path):
    (tmp_path / "testby" / "forms").mkdir(parents=True)
    (tmp_path / "testby" / "programme.toml").write_text(
        'inherits = "lyngby"\n[[forms]]\nprovider = "surveymonkey"\nform = "5"\n'
        'mapping = "mentor_application"\nlanguage = "da"\n',
        "utf-8",
    )
    path = tmp_path / "testby" / "forms" / "mentor_application.toml"
    path.write_text(CONTACT, "utf-8")
    form_map = load_programme("testby", tmp_path).form_for("surveymonkey", "5")
    answers = (
        Answer("11", "text", "Anna", row="name"),
        Answer("11", "email", "Anna@Mail.example", row="email"),
        Answer("11", "phone", "10 00 00 01", row="phone"),
        Answer("12", "text", "Eksempel"),
        Answer("13", "choice", choices=(Picked(key="902", label="Helst ikke"),)),
    )
    submitted_at = datetime(2016, 1, 5, 12, tzinfo=UTC)
    result = apply(
        form_map,
        Submission("surveymonkey", "5", "r", "complete", submitted_at, answers),
    )
    fields = result.record("mentor").fields
    assert fields["email"] == "anna@mail.example"
    assert fields["phone"] == "+4510000001"
    assert [(c.purpose, c.given) for c in result.consents] == [("newsletter", False)]
    assert result.unmapped == ()
