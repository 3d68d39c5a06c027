"""kpi, trace, mapping, db: looking without a tool; and how the settings' faults end."""

from __future__ import annotations

import json

import pytest

from connector import logs
from connector.cli import show
from tests.cli.cli_world import Office, body

ANNA = "anna@people.example"


# --- db and settings --------------------------------------------------------------
def test_the_database_is_made_and_made_again(empty):
    waits = empty("kpi", "show", code=2)
    assert waits.stderr == "Error: The database waits for: vidensbro db upgrade\n"
    for _ in range(2):
        assert empty("db", "upgrade").output == "The database is ready for: lyngby.\n"
    assert "r1" in empty.json("kpi", "show")


def test_a_worker_does_not_start_on_an_old_database(empty):
    assert "db upgrade" in empty("worker", code=2).stderr


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("PORT", "many", "PORT: Not a valid integer"),
        ("TYPEFORM_SECRETS", "short", "TYPEFORM_SECRETS: a secret shorter than"),
        ("PROGRAMMES", "nowhere", "nowhere"),
    ],
)
@pytest.mark.parametrize("command", [("db", "upgrade"), ("web",)], ids=" ".join)
def test_wrong_settings_end_in_a_sentence(
    empty: Office, command, setting, value, sentence
):
    empty.env[setting] = value
    if (command, setting) == (("web",), "PROGRAMMES"):
        return  # the web side reads a mapping when a page asks for it
    result = empty(*command, code=2)
    assert sentence in result.stderr
    assert "Traceback" not in result.output


def test_a_demo_database_is_not_taken_for_a_real_one(office):
    office.env["TYPEFORM_TOKEN"] = office.env["TYPEFORM_SECRETS"] = ""
    office.env["DATABASE_URL"] = str(office.service.database.url)
    assert "Use a database of its own" in office("db", "upgrade", code=2).stderr


# --- kpi --------------------------------------------------------------------------
def test_figures_are_shown_by_round_and_for_the_programme(office):
    office.mentee()
    office("participation", "set", ANNA, "r1", "mentee", "--status", "active")
    told = office("kpi", "show").output
    heads = [line for line in told.splitlines() if line in {"r1", "r2", "programme"}]
    assert heads == ["r1", "r2", "programme"]
    only = office.json("kpi", "show", "--round", "r1")
    assert list(only) == ["r1"]
    network = next(f for f in only["r1"] if f["key"] == "mentee_network")
    assert (network["population"], network["unanswered"]) == (1, 1)
    nothing = office("kpi", "show", "--round", "r7", code=1)
    assert "There is no round r7. Rounds: r1, r2" in nothing.stderr


# --- trace ------------------------------------------------------------------------
def test_the_chain_is_told_from_either_end(office):
    number = office.mentee()
    by_number = office.json("trace", number)
    by_address = office.json("trace", ANNA.upper())
    person = next(e for e in by_address["entities"] if e["kind"] == "person")
    by_id = office.json("trace", person["id"])
    for told in (by_number, by_address, by_id):
        assert [d["summary"]["id"] for d in told["deliveries"]] == [number]
        kinds = {e["kind"] for e in told["entities"]}
        assert {"person", "participation"} <= kinds
        names = {f["name"]: f["value"] for e in told["entities"] for f in e["fields"]
                 if e["id"] == person["id"]}  # fmt: skip
        assert names["first_name"] == "Anna"
    text = office("trace", ANNA).output
    assert f"delivery {number}" in text
    assert "* Anna  [" in text


def test_what_a_person_agreed_to_is_told(office):
    number = office.mentee()
    told = office.json("trace", ANNA)
    person = next(e for e in told["entities"] if e["kind"] == "person")
    assert {(c["purpose"], c["delivery"]) for c in person["consents"]} >= {
        ("programme", number)
    }
    assert f", delivery {number}]" in next(
        line
        for line in office("trace", ANNA).output.splitlines()
        if line.startswith("  consent programme: yes  [")
    )


def test_a_replaced_claim_is_told_as_such(office):
    number = office.mentee()
    office("deliveries", "discard", number, "--reason", "A try", "--yes")
    assert "    x Anna  [" in office("trace", number).output


def test_a_merged_person_is_read_through_the_other(office):
    office.mentee("Anna")
    office.mentee("Carl")
    (item,) = office.json("people", "review")
    carl, anna = item["one"]["id"], item["other"]["id"]
    office("people", "merge", carl, anna, "--yes")
    told = office.json("trace", carl)
    people = [e for e in told["entities"] if e["kind"] == "person"]
    assert [(e["id"], e["reads"]) for e in people] == [(anna, [carl])]
    assert len(told["deliveries"]) == 2


@pytest.mark.parametrize("what", ["9", "nobody@people.example", "0123abc"])
def test_nothing_to_trace(office, what):
    assert f"Nothing here is called {what}" in office("trace", what, code=1).stderr


# --- mapping ----------------------------------------------------------------------
def test_the_shipped_mapping_is_sound(empty):
    assert empty("mapping", "check").output == "lyngby: all is well\n"
    assert empty.json("mapping", "check", "lyngby") == {"lyngby": {"faults": []}}


def test_a_fault_fails_the_check(empty, tmp_path):
    folder = tmp_path / "cities" / "havnby"
    folder.mkdir(parents=True)
    text = 'inherits = "template"\n[[forms]]\nprovider = "typeform"\nform = "f"\n'
    (folder / "programme.toml").write_text(f'{text}mapping = "odd"\n', "utf-8")
    empty.env["VIDENSBRO_PROGRAMMES"] = str(tmp_path / "cities")
    result = empty("mapping", "check", "havnby", code=1)
    assert "programme.toml" in result.stdout
    assert "to correct" in result.stdout
    faults = empty.json("mapping", "check", "havnby", code=1)["havnby"]["faults"]
    assert faults


def payload(tmp_path, **answers):
    path = tmp_path / "answer.json"
    given = {"first_name": "Anna", "last_name": "Prøve", "email": ANNA, **answers}
    path.write_text(json.dumps(body("mentee_application", given)), "utf-8")
    return path


def test_a_preview_tells_question_field_and_value(empty, tmp_path):
    path = payload(tmp_path)
    for form in ("mentee_application", "lyngby-mentee-application-da"):
        rows = empty.json("mapping", "preview", form, path)
        assert ("first_name", "person.first_name", "Anna") in {
            (r["question"], r["field"], r["value"])
            for r in rows
            if not isinstance(r["value"], list)
        }
    told = empty("mapping", "preview", "mentee_application", path).output
    assert "person.email" in told
    assert not (tmp_path / "var").exists()


def test_a_preview_reads_from_a_pipe_and_tells_what_is_not_mapped(empty, tmp_path):
    given = json.loads(payload(tmp_path).read_text("utf-8"))
    field = {"id": "extra", "ref": "extra", "type": "short_text"}
    extra = {"type": "text", "text": "?", "field": field}
    given["form_response"]["answers"].append(extra)
    told = empty("mapping", "preview", "mentee_application", "-",
                 input=json.dumps(given)).output  # fmt: skip
    assert "not mapped" in told


@pytest.mark.parametrize(
    ("form", "content", "code", "sentence"),
    [
        ("odd", None, 2, "No mapping and no form is called odd"),
        ("mentee_application", "{", 1, "The payload cannot be read. Typeform: "),
    ],
)
def test_a_preview_that_cannot_be(empty, tmp_path, form, content, code, sentence):
    path = payload(tmp_path)
    if content:
        path.write_text(content, "utf-8")
    assert sentence in empty("mapping", "preview", form, path, code=code).stderr


# --- showing and logging ----------------------------------------------------------
def test_a_terminal_gets_a_drawn_table(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    show.table(("a", "b"), [("[red]x", True)])
    told = capsys.readouterr().out
    assert "[red]x" in told
    assert "yes" in told


def test_a_log_line_is_one_in_utc_and_names_nobody(capsys):
    import logging

    logs.configure("INFO")
    log = logging.getLogger("connector.test")
    try:
        raise ValueError("anna@people.example was here")
    except ValueError:
        log.exception("failed for anna@people.example\n+45 20 12 34 56 at /x?token=abc")
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told[19:24].startswith(".") and told[23] == "Z"  # noqa: PT018
    assert "ValueError at test_a_log_line" in told
    for secret in ("anna", "20 12", "abc", "was here"):
        assert secret not in told
    logging.getLogger("urllib3").info("GET /lists/x/members")
    assert not capsys.readouterr().err
