"""``vidensbro mapping bind``: from a saved form to the lines that bind it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from connector.cli.root import root
from mappings import surveymonkey_forms
from tests.mappings.surveys import survey_of


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROGRAMMES", "lyngby")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))

    def call(*arguments, code=0):
        done = CliRunner().invoke(root, ["mapping", "bind", *map(str, arguments)])
        assert done.exit_code == code, done.output
        return done.output

    return call


@pytest.fixture
def survey(lyngby, tmp_path):
    definition = surveymonkey_forms.definition(lyngby.forms["company_evaluation"], "en")
    path = tmp_path / "survey.json"
    path.write_text(json.dumps(survey_of(definition, "8001")), "utf-8")
    return path


def test_the_mapping_that_it_is_most_like_is_found(run, survey):
    told = run("surveymonkey", survey)
    assert 'mapping = "company_evaluation"' in told
    assert 'language = "en"' in told
    assert "# ----- forms/company_evaluation.toml -----" in told
    assert "[questions.company_retention.choices]\nyes = [" in told


def test_a_named_mapping_is_taken(run, survey):
    told = run(
        "surveymonkey", survey, "--mapping", "mentor_application", "--language", "da"
    )
    assert 'mapping = "mentor_application"\nlanguage = "da"' in told
    assert "# Not asked: first_name" in told


def test_what_cannot_be_is_said_in_one_sentence(run, survey, tmp_path):
    assert "Known: surveymonkey, typeform" in run("mailchimp", survey, code=2)
    wrong = ("surveymonkey", survey, "--mapping", "odd")
    assert "No mapping is called odd" in run(*wrong, code=2)
    assert "holds no form" in run("typeform", survey, code=1)
    survey.write_text("{", "utf-8")
    assert "cannot be read" in run("surveymonkey", survey, code=1)
