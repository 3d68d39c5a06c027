"""Faults in a city's files: each names file, table, key and remedy, all at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mappings.engine import MappingError, load_programme

HEAD = 'inherits = "template"\n'


@pytest.fixture
def city(tmp_path):
    """Return a function that writes a city's files and loads it."""

    def load(**files: str):
        directory = tmp_path / "testby"
        (directory / "forms").mkdir(parents=True, exist_ok=True)
        files.setdefault("programme_toml", "")
        for name, text in files.items():
            path = name.replace("__", "/").removesuffix("_toml") + ".toml"
            if name == "converters_py":
                path = "converters.py"
            head = HEAD if path == "programme.toml" and "inherits" not in text else ""
            (directory / path).write_text(head + text, "utf-8")
        return load_programme("testby", tmp_path)

    return load


def faults(city, **files: str) -> list[str]:
    with pytest.raises(MappingError) as caught:
        city(**files)
    return list(caught.value.faults)


FORM = "forms__mentee_application_toml"
CASES = [
    (
        FORM,
        '[records.mentee.fields.email]\nconverter = "emial"',
        r"testby/forms/mentee_application.toml \[records.mentee.fields.email\] "
        r"converter: 'emial' is not a converter; known: .*email.*; "
        r"did you mean 'email'\?",
    ),
    (
        FORM,
        "[records.mentee.fields.email]\nrequird = true",
        r"testby/forms/mentee_application.toml \[records.mentee.fields.email\] "
        r"requird: .*did you mean 'required'\?",
    ),
    (
        FORM,
        '[records.mentee.fields.nickname]\nquestion = "first_name"',
        r"\[records.mentee.fields\] nickname: .* a field of \[person\] in fields.toml",
    ),
    (
        FORM,
        '[records.mentee.fields.phone]\nquestion = "telephone"',
        r"\[records.mentee.fields.phone\] question: 'telephone' is not in this form's",
    ),
    (
        FORM,
        '[records.mentee.fields.phone]\nhidden = "source"',
        r"\[records.mentee.fields.phone\] question: name one of question, hidden and",
    ),
    (
        FORM,
        '[records.participation.fields.source]\nhidden = "sauce"',
        r"fields.source\] hidden: 'sauce' .* did you mean 'source'\?",
    ),
    (
        FORM,
        '[records.participation.links]\nperson = "mentea"',
        r"\[records.participation.links\] person: 'mentea' .* did you mean 'mentee'",
    ),
    (
        FORM,
        '[records.mentee]\nentity = "human"',
        r"\[records.mentee\] entity: 'human' is not an entity; known: .*person",
    ),
    (
        FORM,
        '[records.sending_company]\nwhen = "spouse"',
        r"\[records.sending_company\] when: 'spouse' is not in this form's asks",
    ),
    (FORM, 'round = "r7"', r"mentee_application.toml round: 'r7' is not a round"),
    (FORM, 'round = "hidden:rund"', r"round: 'rund' is not in .* mean 'round'\?"),
    (FORM, 'asks = ["fornavn"]', r"asks: 'fornavn' is not a question of questions"),
    (
        FORM,
        '[records.participation.fields.source]\nhidden = ""\nquestion = "motivation"',
        r"fields.source\] question: 'motivation' is free text; the field needs free_",
    ),
    (
        FORM,
        '[records.mentee.fields.heard_from]\npart = "other"',
        r"fields.heard_from\] question: 'heard_from' is free text; the field needs",
    ),
    (
        FORM,
        '[records.participation.fields.field_of_work.codes]\ncooking = "it"',
        r"fields.field_of_work.codes\] cooking: 'cooking' is not a choice of desired",
    ),
    (
        "questions_toml",
        "[comment]\nfree_text = false",
        r"questions.toml \[comment\] free_text: a long text is free text: say true",
    ),
    (
        FORM,
        "[records.mentee.fields]\nphone = false",
        r"asks: 'phone' is asked but goes nowhere; map it or take it out",
    ),
    (
        FORM,
        '[records.participation.constants]\nrole = "mentr"',
        r"\[records.participation.constants\] role: 'mentr' .* did you mean 'ment",
    ),
    (
        FORM,
        "[records.participation.constants]\nrole = 2016-01-01",
        r"participation.constants\] role: must be a text, a number",
    ),
    (
        FORM,
        '[records.participation.links]\nfriend = "mentee"',
        r"participation.links\] friend: 'friend' is not a role of a link; known: org",
    ),
    (
        FORM,
        '[records.participation.links]\norganisation = "mentee"',
        r"links\] organisation: 'mentee' is not a record of this form with entity org",
    ),
    (
        FORM,
        '[records.second]\nentity = "participation"',
        r"\[records.second.links\] person: is missing; the participation needs to say",
    ),
    (FORM, 'titel = "x"', r"titel: .* did you mean 'title'\?"),
    (
        FORM,
        '[consents.marketing]\nperson = "mentee"\nquestion = "consent_newsletter"',
        r"\[consents\] marketing: 'marketing' is not a purpose of consents.toml",
    ),
    (
        FORM,
        '[consents.newsletter]\nperson = "participation"',
        r"\[consents.newsletter\] person: 'participation' is not a person of this",
    ),
    (
        FORM,
        '[questions.desired_field.choices]\ncooking = ["Kok"]',
        r"\[questions.desired_field.choices\] cooking: .* a choice of desired_field",
    ),
    (
        "forms__closing_evaluation_mentee_toml",
        '[evaluation.indicators.mentee_network]\nno = ["disagree"]',
        r"\[evaluation.indicators.mentee_network\] yes: 'neither' counts as nothing",
    ),
    (
        "forms__closing_evaluation_mentee_toml",
        '[evaluation.indicators.mentee_network]\nyes = ["agreee"]',
        r"mentee_network\] yes: 'agreee' .* did you mean 'agree'\?",
    ),
    (
        "forms__closing_evaluation_mentee_toml",
        '[evaluation.indicators.mentee_network]\ndont_know = ["agree"]',
        r"mentee_network\] dont_know: 'agree' is counted twice",
    ),
    (
        "forms__closing_evaluation_mentee_toml",
        '[evaluation]\nkind = "closed"',
        r"\[evaluation\] kind: 'closed' .* did you mean 'closing'\?",
    ),
    (
        "fields_toml",
        '[participation.motivation]\nhubspot = { property = "motivation", '
        'type = "string", field_type = "text" }',
        r"testby/fields.toml \[participation.motivation\] hubspot: free text never",
    ),
    (
        "fields_toml",
        '[person.roles]\nfree_text = true\nmailchimp = "ROLES"',
        r"\[person.roles\] mailchimp: free text never leaves; take this out",
    ),
    (
        "fields_toml",
        '[person.phone]\nmailchimp = "FNAME"',
        r"\[person.phone\] mailchimp: 'FNAME' is taken by person.first_name",
    ),
    (
        "fields_toml",
        '[organisation.city]\nmailchimp = "CITY"',
        r"\[organisation.city\] mailchimp: only what a person is can leave",
    ),
    (
        "fields_toml",
        '[person.phone.hubspot]\nfield_type = "select"',
        r"\[person.phone.hubspot\] field_type: 'select' is not a field type of string",
    ),
    (
        "fields_toml",
        '[affiliation.title.hubspot]\nproperty = "t"\ntype = "string"\n'
        'field_type = "text"',
        r"\[affiliation.title\] hubspot: an affiliation is no record there",
    ),
    (
        "fields_toml",
        '[person.phone]\npolicy = "latest"',
        r"\[person.phone\] policy: 'latest' is not a policy; known: evidence, newest",
    ),
    (
        "fields_toml",
        '[person.phone]\npolicy = "evidence"',
        r"\[person.phone\] evidence: list it, best first",
    ),
    (
        "fields_toml",
        '[animal.name]\nlabel = { da = "a", en = "b" }\npolicy = "newest"',
        r"testby/fields.toml animal: 'animal' is not an entity",
    ),
    (
        "indicators_toml",
        '[mentor_network]\ntarget = "66 %"',
        r"indicators.toml \[mentor_network\] target: must be a share like \"2/3\"",
    ),
    (
        "indicators_toml",
        '[mentor_network]\npopulation = "mentors"',
        r"\[mentor_network\] population: 'mentors' .* did you mean 'round_mentors'",
    ),
    (
        "indicators_toml",
        "[mentor_network]\ntarget = 5",
        r'\[mentor_network\] target: a share needs "2/3"',
    ),
    (
        "segments_toml",
        '[segments.empty]\nname = { da = "a", en = "b" }',
        r"segments.toml \[segments.empty\] contains: a segment needs 1 to 10",
    ),
    ("segments_toml", 'tag = "much_too_long"', r"segments.toml tag: is no merge tag"),
    (
        "consents_toml",
        '[newsletter.versions.2]\nda = "a"\nen = "b"',
        r"consents.toml \[newsletter.versions.2\] since: is missing",
    ),
    (
        "questions_toml",
        '[shoe_size]\ntitle = { da = "Sko" }\nkind = "number"\nconverter = "integer"',
        r"questions.toml \[shoe_size\] title: write it as \{ da = ",
    ),
    (
        "questions_toml",
        '[phone]\nconverter = "choice"',
        r"questions.toml \[phone\] choices_of: is missing; name a list of choices",
    ),
    (
        "programme_toml",
        'zone = "Europe/Lyngby"',
        r"testby/programme.toml zone: is no time zone",
    ),
    ("programme_toml", 'country = "Denmark"', r"country: .* two capitals, as DK"),
    (
        "programme_toml",
        '[rounds.r1]\nname = { da = "a", en = "b" }\nstarts = "2016-03-01"\n'
        "ends = 2016-06-30\n"
        "recruiting = { opens = 2016-02-01, closes = 2016-01-01 }",
        r"\[rounds.r1\] starts: must be a day, written 2016-03-01 without quotes",
    ),
    (
        "programme_toml",
        '[[forms]]\nprovider = "typeform"\nform = "a"\nmapping = "mentee_aplication"',
        r"\[forms.1\] mapping: .* did you mean 'mentee_application'\?",
    ),
    (
        "programme_toml",
        '[[forms]]\nprovider = "typeform"\nform = "a"\nmapping = "mentee_application"\n'
        '[[forms]]\nprovider = "typeform"\nform = "a"\nmapping = "mentor_application"',
        r"\[forms.2\] form: 'a' is bound twice",
    ),
    (
        "programme_toml",
        'converters = "converters.py"',
        r"converters: 'converters.py' is no .py file in the programme's directory",
    ),
    (
        "programme_toml",
        'inherits = "testby"',
        r"testby/programme.toml inherits: goes round in a circle",
    ),
    ("programme_toml", 'inherits = "nowhere"', r"nowhere/programme.toml: not found in"),
    ("programme_toml", "name = ", r"testby/programme.toml: cannot be read as TOML"),
]


@pytest.mark.parametrize(("file", "text", "told"), CASES)
def test_a_fault_names_file_table_key_and_remedy(city, file, text, told):
    found = faults(city, **{file: text})
    assert any(re.search(told, fault) for fault in found), "\n".join(found)


def test_all_faults_are_told_at_once(city):
    found = faults(
        city,
        programme_toml='zone = "Mars"\nlocale = "se"',
        fields_toml='[person.phone]\npolicy = "latest"',
        forms__mentee_application_toml='[records.mentee]\nentity = "human"',
    )
    assert {f.split()[0] for f in found} == {
        "testby/programme.toml",
        "testby/fields.toml",
        "testby/forms/mentee_application.toml",
    }
    assert len(found) == 4


def test_a_fault_of_the_template_names_the_template(city):
    found = faults(city, choices_toml="heard_from = false")
    assert any(
        f.startswith("template/questions.toml [heard_from] choices_of") for f in found
    )


def test_a_citys_broken_module_is_a_fault(city):
    found = faults(
        city, programme_toml='converters = "converters.py"', converters_py="1 / 0"
    )
    assert found == [
        "testby/programme.toml converters: converters.py does not load: "
        "ZeroDivisionError: division by zero"
    ]


@pytest.mark.parametrize("key", ["", "..", "../template", "no-such-city"])
def test_a_programme_that_is_not_there_is_told(key, tmp_path):
    with pytest.raises(MappingError, match="not found in"):
        load_programme(key, tmp_path)


def test_the_shipped_directory_is_looked_in_without_another():
    assert load_programme("lyngby", None).directories[-1] == Path(__file__).parents[
        2
    ].joinpath("mappings", "programmes", "lyngby")
