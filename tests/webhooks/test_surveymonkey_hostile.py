"""Whatever comes in: Unreadable or a submission that can be stored, nothing else."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.surveymonkey_world import asked, offered, response, stored
from webhooks.registry import PROVIDERS
from webhooks.submission import DeliveryKey, Submission, Unreadable
from webhooks.surveymonkey import wrap_response

MONKEY = PROVIDERS["surveymonkey"]
FOLDER = Path(__file__).parent.parent / "fixtures" / "surveymonkey"
DETAILS = json.loads((FOLDER / "details.json").read_bytes())
ITEMS = json.loads((FOLDER / "bulk.json").read_bytes())["data"]
WHOLE = wrap_response(DETAILS, ITEMS[0])
EVENT = (FOLDER / "webhook_completed.json").read_bytes()

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)
IDS = st.sampled_from(
    ["1002", "2001", "2005", "1003", "3001", "3009", "1102", "2201", "3209", "3299"]
)
NAMES = st.sampled_from(
    ["survey", "response", "pages", "questions", "answers", "id", "row_id", "col_id",
     "choice_id", "other_id", "text", "event_type", "resources", "family", "subtype",
     "rows", "choices", "cols", "other", "weight", "is_na", "headings", "survey_id"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["matrix", "rating", "ranking", "menu", "datetime", "demographic", "open_ended",
     "completed", "01/30/1988", "2026-08-20T10:03:44+00:00", "9" * 400]
)  # fmt: skip
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | IDS | WORDS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(ANY_TEXT | NAMES, inner, max_size=4)
    ),
    max_leaves=12,
)


def examine(body: bytes) -> Submission | None:
    """Read a body by all its doors and hold the outcome to the contract."""
    key = MONKEY.identify(body)
    assert isinstance(key, DeliveryKey)
    assert key.response.isascii()
    assert 0 < len(key.response) <= 200
    heard(body, key)
    try:
        read = MONKEY.parse(body)
    except Unreadable:
        return None
    assert (key.form, key.response, key.kind, key.revision) == (
        read.form,
        read.response,
        read.kind,
        read.revision,
    )
    # orjson refuses lone surrogates, so this also proves that all text is UTF-8.
    assert b"\\u0000" not in orjson.dumps(asdict(read))
    assert read.submitted_at.tzinfo is not None
    return read


def heard(body: bytes, key: DeliveryKey) -> None:
    try:
        events = MONKEY.events(body)
    except Unreadable:
        return
    for event in events:
        assert (key.kind, key.form, key.response) == ("event", event.subject, event.key)
        assert b"\\u0000" not in orjson.dumps(asdict(event))


def paths(node: object, here: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [here] if here else []
    pairs = node.items() if isinstance(node, dict) else ()
    pairs = enumerate(node) if isinstance(node, list) else pairs
    for name, inner in pairs:
        found += paths(inner, (*here, name))
    return found


PATHS = {body: paths(json.loads(body)) for body in (WHOLE, EVENT)}


def altered(body: bytes, path: tuple[object, ...], *values: object) -> bytes:
    """Return a body with one value replaced, or taken out where none is given."""
    document = copy.deepcopy(json.loads(body))
    node = document
    for step in path[:-1]:
        node = node[step]
    if values:
        node[path[-1]] = values[0]
    else:
        del node[path[-1]]
    return json.dumps(document).encode()


@given(st.binary(max_size=300))
def test_any_bytes(body):
    examine(body)


@given(ANY_JSON)
def test_any_json(document):
    examine(json.dumps(document).encode())


@given(ANY_JSON, ANY_JSON)
def test_any_survey_and_response(survey, item):
    examine(json.dumps({"survey": survey, "response": item}).encode())


@given(st.dictionaries(NAMES | ANY_TEXT, ANY_JSON, max_size=5), st.lists(ANY_JSON))
def test_any_design_and_any_answers(question, entries):
    examine(stored({"id": "q1", **question}, entries))


@given(st.sampled_from([WHOLE, EVENT]), st.data())
def test_one_value_replaced(body, data):
    path = data.draw(st.sampled_from(PATHS[body]))
    examine(altered(body, path, data.draw(ANY_JSON)))


@given(st.sampled_from([WHOLE, EVENT]), st.data())
def test_one_member_removed(body, data):
    examine(altered(body, data.draw(st.sampled_from(PATHS[body]))))


@given(st.sampled_from([WHOLE, EVENT]), st.data())
def test_some_bytes_changed(body, data):
    at = data.draw(st.integers(0, len(body) - 1))
    cut = data.draw(st.integers(0, 5))
    examine(body[:at] + data.draw(st.binary(max_size=5)) + body[at + cut :])


def families() -> list[dict[str, object]]:
    found = {}
    for page in DETAILS["pages"]:
        for question in page["questions"]:
            found[question["family"], question["subtype"]] = {**question, "id": "q1"}
    return list(found.values())


ENTRY = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ["row_id", "col_id", "choice_id", "other_id", "text"], IDS | WORDS | ANY_TEXT
    ),
)


@given(st.sampled_from(families()), st.lists(ENTRY, max_size=5), st.randoms())
def test_entries_are_joined_by_id_in_whatever_order_they_come(question, entries, dice):
    shuffled = [*entries]
    dice.shuffle(shuffled)
    first, second = (examine(stored(question, each)) for each in (entries, shuffled))
    known, again = (
        [answer for answer in read.answers if answer.kind != "unknown"]
        for read in (first, second)
    )
    assert known == again


@given(st.permutations(["c1", "c2", "c3", "c4", "c5"]), st.permutations(range(5)))
def test_each_row_keeps_its_own_choice(picks, order):
    rows = {f"r{n}": f"Row {n}" for n in range(5)}
    choices = {f"c{n}": f"Choice {n}" for n in range(1, 6)}
    answers = {"rows": offered(**rows), "choices": offered(**choices)}
    entries = [{"row_id": f"r{n}", "choice_id": picks[n]} for n in order]
    read = examine(stored(asked("matrix", "single", answers=answers), entries))
    assert {a.row: a.choices[0].key for a in read.answers} == {
        f"r{n}": picks[n] for n in range(5)
    }


@given(ANY_TEXT)
def test_any_text_as_an_answer_comes_out_storable(text):
    read = examine(stored(asked("open_ended", "essay"), [{"text": text}]))
    kept = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    kept = kept.replace("\0", "")
    assert [answer.value for answer in read.answers] == ([kept] if kept.strip() else [])


@given(ANY_JSON, ANY_JSON)
def test_any_item_and_design_can_be_wrapped(item, design):
    as_item = item if isinstance(item, dict) else {"pages": item}
    as_design = design if isinstance(design, dict) else {"pages": design}
    examine(wrap_response(as_design, {**response([]), **as_item}))


DEEP = b"[" * 100 + b"]" * 100
NASTY = [
    b'{"response": ' + DEEP + b"}",
    b'{"survey":{},"response":{"pages":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    WHOLE.replace(b'"survey":', b'"survey":{},"survey":', 1),
    WHOLE.replace(b'"id":"13376313674"', b'"id":"13376313674","id":"2"', 1),
    WHOLE[:-1], WHOLE + WHOLE, b"\xef\xbb\xbf" + WHOLE, WHOLE.decode().encode("utf-16"),
    WHOLE.replace(b'"score":3', b'"score":NaN', 1), b"", b"{", b"null", b"7", b'""',
    WHOLE.replace(b'"pages":[{"id":"1","questions":[{"id":"1002"',
                  b'"date_modified":"x","pages":[{"id":"1","questions":[{"id":"1002"'),
]  # fmt: skip


@pytest.mark.parametrize("body", NASTY, ids=range(len(NASTY)))
def test_nasty_json_is_unreadable_with_a_sentence(body):
    assert body != WHOLE
    assert examine(body) is None
    with pytest.raises(Unreadable, match=r"^[A-Z].*\.$") as caught:
        MONKEY.parse(body)
    assert caught.value.__cause__ is None
    assert "Bodil" not in str(caught.value)


@pytest.mark.parametrize("huge", [b"9" * 400, b"-" + b"9" * 30, b"1e400", b"1e-400"])
def test_a_huge_number_is_no_trouble(huge):
    examine(WHOLE.replace(b'"score":3', b'"score":' + huge, 1))
    examine(WHOLE.replace(b'"weight":4', b'"weight":' + huge))
    body = stored(asked("open_ended", "single"), [{"text": "HUGE"}])
    examine(body.replace(b'"HUGE"', huge))


def test_a_heading_of_nothing_but_brackets_takes_no_quadratic_time():
    heading = [{"heading": "<" * 2_000_000}]
    read = examine(
        stored({**asked("open_ended"), "headings": heading}, [{"text": "t"}])
    )
    assert read.answers[0].title == heading[0]["heading"]


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b"null", b"7", b"[" * 5000])
def test_garbage_is_keyed_by_its_hash(garbage):
    key = MONKEY.identify(garbage)
    assert (key.form, key.kind, key.revision) == ("", "complete", "")
    assert key.response.startswith("sha256:")
    assert key != MONKEY.identify(garbage + b" ")
