"""people review and merge: both records side by side, and nothing without a yes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from connector.cli.columns import MARK, side_by_side
from connector.cli.show import safe
from connector.db import new_id, utcnow
from connector.inbox import Delivery
from connector.matters import MatterRow
from connector.programme.claims import Claim
from connector.programme.entities import Alias, Organisation, Person, ReviewItem
from connector.programme.identity import flag
from connector.service import Service
from connector.settings import load_settings
from connector.sync.cycle import ensure
from connector.sync.state import NewsletterMember, RemoteRecord
from tests.cli.cli_world import Office

ANNA = "anna@people.example"
LYNGBY = "lyngby"


def provisional(office: Office) -> Person:
    with office.service.database.reading() as session:
        return session.scalars(select(Person).where(Person.provisional.is_(True))).one()


@pytest.fixture
def doubt(office: Office) -> tuple[Office, str, str, int]:
    """Two names with one address: the office, who is in doubt, the other, the item."""
    office.env["COLUMNS"] = "100"
    office.mentee("Anna")
    office.mentee("Carl", phone="+4520999999")
    (item,) = office.json("people", "review")
    return office, item["one"]["id"], item["other"]["id"], item["item"]


def english(office: Office, tmp_path: Path) -> None:
    """Have the programme speak English."""
    folder = tmp_path / "programmes" / LYNGBY
    folder.mkdir(parents=True)
    shipped = Path(__file__).parents[2] / "mappings" / "programmes" / LYNGBY
    for file in shipped.glob("*.toml"):
        text = file.read_text("utf-8").replace('locale = "da"', 'locale = "en"')
        (folder / file.name).write_text(text, "utf-8")
    office.env["VIDENSBRO_PROGRAMMES"] = str(tmp_path / "programmes")
    office.service.database.engine.dispose()
    office.service = Service.open(load_settings(office.env))


def cells(output: str, label: str) -> tuple[str, list[str]]:
    """Return a row's mark and its cells, of records that stand side by side."""
    (line,) = [row for row in output.splitlines() if row[2:].startswith(label)]
    return line[0].strip(), [c for c in line[2 + len(label) :].split("  ") if c.strip()]


# --- review -----------------------------------------------------------------------
def test_both_records_stand_side_by_side_and_what_differs_is_marked(doubt) -> None:
    office, carl, anna, item = doubt
    told = office("people", "review").output
    mark, names = cells(told, "Navn")
    assert (mark, [n.strip() for n in names]) == (MARK, ["Carl Prøve", "Anna Prøve"])
    mark, phones = cells(told, "Telefon")
    assert mark == MARK
    assert [p.strip() for p in phones] == ["+4520999999", "+4520123456"]
    assert cells(told, "E-mail")[0] == ""
    assert cells(told, "Id")[0] == ""
    for said in (
        "r1 Mentee: Ansøgt", "Nordlys Teknik A/S (Mentee)", "sagde ja, 2016-01-15",
        "Ansøgning som mentee", "besvarelse 2", "ja, skrives ikke til noget værktøj",
        f"vidensbro people merge {carl} {anna}",
        f"vidensbro people review --apart {item}",
    ):  # fmt: skip
        assert said in told, said


def test_an_english_programme_is_told_in_english(doubt, tmp_path: Path) -> None:
    office, _, _, item = doubt
    english(office, tmp_path)
    told = office("people", "review", item).output
    for said in ("Name", "First seen", "r1 Mentee: Applied", "said yes", "Held back"):
        assert said in told, said
    assert "Navn" not in told
    merged = office("people", "merge", doubt[1], doubt[2], "--yes").output
    assert "They become" in merged
    assert f"They are one: {doubt[2]}\n" in merged


WHOLE = {
    "da": "To navne med én e-mailadresse: er det én person eller to? (siden ",
    "en": "Two names with one e-mail address: one person or two? (since ",
}


@pytest.mark.parametrize("wide", [40, 80, 100, 140])
@pytest.mark.parametrize("language", ["da", "en"])
def test_it_fits_the_terminal_and_nothing_is_cut(
    doubt, tmp_path: Path, language: str, wide: int
) -> None:
    office, carl, anna, item = doubt
    if language == "en":
        english(office, tmp_path)
    office.env["COLUMNS"] = str(wide)
    told = office("people", "review").output
    merge = f"vidensbro people merge {carl} {anna}"
    lines = told.splitlines()
    assert merge in [line[line.find("vidensbro") :] for line in lines]
    # A command is never broken: it is there to be copied.
    assert all(len(one) <= wide or one.startswith("  vidensbro") for one in lines)
    assert "\N{HORIZONTAL ELLIPSIS}" not in told
    assert f"{item} {WHOLE[language]}" in " ".join(told.split())
    assert (re.search("Person 1 +Person 2\n", told) is None) == (wide == 40)
    assert re.search("Person 1\n", told) or wide > 40


def test_what_the_tools_hold_of_each_is_shown(doubt) -> None:
    office, carl, anna, item = doubt
    office.env["HUBSPOT_TOKEN"] = "invented"
    with office.service.database.writing() as session:
        ensure(session, LYNGBY, "hubspot").account = "145"
        session.add(
            RemoteRecord(programme=LYNGBY, tool="hubspot", object_type="contacts",
                         entity_kind="person", entity_id=anna, remote_id="901",
                         sent={}, accepted={}, pushed={})
        )  # fmt: skip
        session.add(
            RemoteRecord(programme=LYNGBY, tool="hubspot", object_type="contacts",
                         entity_kind="person", entity_id=carl, state="gone",
                         sent={}, accepted={}, pushed={})
        )  # fmt: skip
        session.add(
            NewsletterMember(programme=LYNGBY, email=ANNA, status="unsubscribed",
                             fields={}, sent={}, pushed={}, seen_at=utcnow())
        )  # fmt: skip
    told = office("people", "review", item).output
    assert "https://app.hubspot.com/contacts/145/record/0-1/901\n" in told
    assert [c.strip() for c in cells(told, "HubSpot")[1]] == [
        "findes ikke længere dér", "901",
    ]  # fmt: skip
    assert told.count(f"{ANNA}: unsubscribed") == 2
    office.env["HUBSPOT_BASE_URL"] = "http://127.0.0.1:8001/hubspot"
    assert "app.hubspot.com" not in office("people", "review", item).output


def test_one_that_is_no_person_has_the_commands_that_fit(office: Office) -> None:
    office.env["COLUMNS"] = "100"
    office.mentor()
    with office.service.database.writing() as session:
        havbro = session.scalars(select(Organisation.id)).one()
        twin = Organisation(id=new_id(), programme=LYNGBY, name="Havbro", details={})
        twin.domain, twin.name_key = "havbro.example", "havbro"
        session.add(twin)
        session.flush()
        flag(session, LYNGBY, "same_name", "organisation", havbro, twin.id, "One?")
        person = session.scalars(select(Person.id)).one()
        flag(session, LYNGBY, "crm_gone", "person", person, "", "It is gone.")
    told = office("people", "review", 1).output
    assert re.search("Organisation 1 +Organisation 2\n", told)
    assert cells(told, "Domæne")[0] == MARK
    assert cells(told, "Personer")[1][0].strip() == "1"
    assert "people merge" not in told
    assert "--apart 1" in told
    alone = office("people", "review", 2).output
    assert "Person\n" in alone
    assert "Bo Prøve" in alone
    assert MARK not in alone
    assert "--apart" not in alone
    assert "--settle 2" in alone
    both = office("people", "review").output
    assert both.index("Domæne") < both.index("Bo Prøve")


def test_many_are_listed_in_lines_that_fit(office: Office) -> None:
    office.mentee("Anna")
    for number in range(7):
        name = chr(ord("B") + number) * 30
        office.mentee(name, last_name="Prøve-" + "Langstrup" * 4)
    told = office("people", "review").output
    assert max(map(len, told.splitlines())) <= 100
    assert "people review NUMMER" in told
    assert "Telefon" not in told
    assert len(office.json("people", "review")) == 7
    whole = office("people", "review", 3).output
    assert max(map(len, whole.splitlines())) <= 100
    assert "Telefon" in whole


def test_on_a_narrow_terminal_they_stack(doubt) -> None:
    office, _, _, item = doubt
    office.env["COLUMNS"] = "48"
    told = office("people", "review", item).output
    assert (
        told.index("Person 1\n") < told.index("Carl Prøve\n") < told.index("Person 2")
    )
    shown = told[: told.index("\n\n≠")]
    assert max(map(len, shown.splitlines()[2:])) <= 48
    assert shown.count(f"{MARK} Navn") == 2


def test_one_item_is_plain_data_for_json(doubt) -> None:
    office, carl, anna, item = doubt
    told = office.json("people", "review", item)
    assert [one["id"] for one in told["cards"]] == [carl, anna]
    assert told["cards"][1]["values"]["email"] == [ANNA]
    assert "Nothing waits" in office("people", "review", 99, code=1).stderr


def test_nothing_waits(office: Office) -> None:
    assert office("people", "review").output == "Intet venter på jer.\n"


def test_two_people_kept_apart_are_held_back_no_more(doubt) -> None:
    office, carl, _, item = doubt
    assert office("people", "review", "--apart", item).output == "De er to.\n"
    assert office.json("people", "review") == []
    with office.service.database.reading() as session:
        person = session.get(Person, carl)
        assert person is not None
        assert not person.provisional
    again = office("people", "review", "--apart", item, code=1)
    assert "Nothing waits under number" in again.stderr
    shared = office("participation", "set", ANNA, "r1", "mentee", "--strike", code=1)
    assert "Several people share this address" in shared.stderr


def test_what_is_dealt_with_leaves_the_list(doubt) -> None:
    office, _, anna, item = doubt
    for both in (("--apart", item, "--settle", item), (item, "--apart", item)):
        assert "Say one of them" in office("people", "review", *both, code=2).stderr
    unsaid = office("people", "review", "--settle", item, code=1)
    assert "one or two" in unsaid.stderr
    with office.service.database.writing() as session:
        flag(session, LYNGBY, "crm_erased_answer", "person", anna, "", "Again?")
    (_, again) = office.json("people", "review")
    settled = office("people", "review", "--settle", again["item"])
    assert settled.output == "Det venter ikke på jer længere.\n"
    assert [one["item"] for one in office.json("people", "review")] == [item]


# --- merge ------------------------------------------------------------------------
def everything(office: Office) -> dict[str, list[tuple[object, ...]]]:
    """Return every row that a merge could touch."""
    with office.service.database.reading() as session:
        return {
            table.__tablename__: [
                tuple(getattr(row, c.name) for c in table.__table__.columns)
                for row in session.scalars(select(table))
            ]
            for table in (Person, Alias, ReviewItem, Claim, Delivery)
        }


def test_nothing_is_merged_without_a_yes(doubt) -> None:
    office, carl, anna, item = doubt
    before = everything(office)
    refused = office("people", "merge", carl, anna, code=1)
    told = refused.stdout
    heads = [each.strip() for each in told.splitlines()[0].split("  ") if each.strip()]
    assert heads == ["Denne flettes", "ind i denne", "Så bliver de"]
    # The newer of the two answers wins, and both are shown beside it.
    assert [c.strip() for c in cells(told, "Telefon")[1]] == [
        "+4520999999", "+4520123456", "+4520999999",
    ]  # fmt: skip
    assert f"{item}  To navne med én e-mailadresse" in told
    assert f"vidensbro people merge {carl} {anna} --yes" in refused.stderr
    assert everything(office) == before


@pytest.mark.parametrize(("said", "code", "left"), [("n\n", 1, 1), ("y\n", 0, 0)])
def test_somebody_is_asked(
    doubt, monkeypatch: pytest.MonkeyPatch, said: str, code: int, left: int
) -> None:
    office, carl, anna, _ = doubt
    monkeypatch.setattr("connector.cli.desk.somebody_there", lambda: True)
    told = office("people", "merge", carl, anna, input=said, code=code)
    assert "Er de én og samme? [y/N]" in told.stdout
    assert len(office.json("people", "review")) == left


def test_an_open_task_that_it_closes_is_told(doubt) -> None:
    office, carl, anna, item = doubt
    with office.service.database.writing() as session:
        session.add(
            MatterRow(programme=LYNGBY, key=f"review:{item}", kind="review",
                      fingerprint="x", task="77", task_state="open")
        )  # fmt: skip
    told = office("people", "merge", carl, anna, code=1).stdout
    assert "opgaven i HubSpot lukkes" in told


def test_what_is_shown_is_what_becomes_of_them(doubt) -> None:
    office, carl, anna, _ = doubt
    told = office("people", "merge", carl, anna, "--yes").output
    assert told.endswith(f"De er én: {anna}\n")
    assert office.json("people", "review") == []
    with office.service.database.reading() as session:
        person = session.get(Person, anna)
        assert person is not None
        became = [c.strip() for c in cells(told, "Telefon")[1]][-1]
        assert person.phone == became
    assert carl in office("trace", carl).output
    twice = office("people", "merge", carl, anna, "--yes", code=1)
    assert "The two are one already" in twice.stderr


def test_undoing_shows_what_comes_apart_and_asks(doubt) -> None:
    office, carl, anna, item = doubt
    office("people", "merge", carl, anna, "--yes")
    before = everything(office)
    refused = office("people", "merge", carl, "--undo", code=1)
    assert everything(office) == before
    told = refused.stdout
    assert [c.strip() for c in cells(told, "Navn")[1]] == [
        "Carl Prøve", "Anna Prøve", "Carl Prøve",
    ]  # fmt: skip
    assert f"Det venter så på jer igen:\n{item:>4}  To navne" in told
    done = office("people", "merge", carl, "--undo", "--yes").output
    assert done.endswith("De er to igen.\n")
    assert [one["item"] for one in office.json("people", "review")] == [item]
    assert provisional(office).id == carl
    again = office("people", "merge", carl, "--undo", "--yes", code=1)
    assert "Nothing was merged" in again.stderr


@pytest.mark.parametrize(
    ("args", "code"),
    [(["a"], 2), (["a", "b", "--undo"], 2), (["a", "--undo"], 1), (["a", "b"], 1)],
)
def test_merging_needs_two_people(office: Office, args: list[str], code: int) -> None:
    assert office("people", "merge", *args, code=code).stderr.startswith("Error: ")


# --- trace ------------------------------------------------------------------------
def test_a_match_is_traced_with_both_names(office: Office) -> None:
    office.mentee("Anna")
    office.mentor()
    office("match", "set", "bo@havbro.example", ANNA, "--round", "r1")
    things = office.json("trace", ANNA)["entities"]
    (match,) = [one for one in things if one["kind"] == "match"]
    told = office("trace", match["id"]).output
    assert "  mentor: Bo Prøve  [" in told
    assert "  mentee: Anna Prøve  [" in told
    assert [one["role"] for one in match["who"]] == ["mentor", "mentee"]


def test_on_a_common_terminal_what_they_become_stands_below(doubt) -> None:
    office, carl, anna, _ = doubt
    office.env["COLUMNS"] = "80"
    told = office("people", "merge", carl, anna, code=1).stdout
    rows = [row for row in told.splitlines() if "Telefon" in row]
    assert [row.split()[2:] for row in rows] == [
        ["+4520999999", "+4520123456"], ["+4520999999"],
    ]  # fmt: skip


# --- columns ----------------------------------------------------------------------
LINES = st.lists(st.text(max_size=60), max_size=3)
FIELDS = {"a": "Alpha", "b": "Beta"}


@given(
    st.lists(st.fixed_dictionaries({"a": LINES, "b": LINES}), min_size=1, max_size=3),
    st.integers(20, 120),
)
def test_no_line_is_wider_than_the_terminal(records, wide: int) -> None:
    columns = [("Heading", record) for record in records]
    lines = side_by_side(columns, FIELDS, {"a"}, wide)
    assert all(len(line) <= wide for line in lines)


@given(st.fixed_dictionaries({"a": LINES, "b": LINES}), st.integers(20, 120))
def test_nothing_is_left_out(record, wide: int) -> None:
    shown = "".join(side_by_side([("", record)], FIELDS, {"a"}, wide)).split()
    for text in (*record["a"], *record["b"]):
        assert safe("".join(text.split())) in "".join(shown)
