"""Whatever comes in: Unreadable or a submission that can be stored, nothing else."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from pathlib import Path

import orjson
from hypothesis import given
from hypothesis import strategies as st

from webhooks.submission import DeliveryKey, Submission, Unreadable
from webhooks.typeform import identify, parse, wrap_response

FOLDER = Path(__file__).parent.parent / "fixtures" / "typeform"
BODIES = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.json"))}
VALID = [body for name, body in BODIES.items() if name != "landing_only"]

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(["choice", "choices", "number", "matrix", "0001-01-01", "ids"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            ANY_TEXT
            | st.sampled_from(["type", "field", "id", "ref", "other", "fields"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def examine(body: bytes) -> Submission | None:
    """Read a body by both doors and hold the outcome to the contract."""
    key = identify(body)
    assert isinstance(key, DeliveryKey)
    assert key.response.isascii()
    assert key.response
    try:
        read = parse(body)
    except Unreadable:
        return None
    assert (key.form, key.response, key.kind) == (read.form, read.response, read.kind)
    # orjson refuses lone surrogates, so this also proves that all text is UTF-8.
    stored = orjson.dumps(asdict(read))
    assert b"\\u0000" not in stored
    assert read.submitted_at.tzinfo is not None
    return read


def paths(node: object, here: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [here] if here else []
    pairs = node.items() if isinstance(node, dict) else ()
    pairs = enumerate(node) if isinstance(node, list) else pairs
    for name, inner in pairs:
        found += paths(inner, (*here, name))
    return found


@given(st.binary(max_size=300))
def test_any_bytes(body):
    examine(body)


@given(ANY_JSON)
def test_any_json(document):
    examine(json.dumps(document).encode())


@given(st.sampled_from(VALID), st.data())
def test_a_valid_body_with_one_value_replaced(body, data):
    document = copy.deepcopy(json.loads(body))
    path = data.draw(st.sampled_from(paths(document)))
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = data.draw(ANY_JSON)
    examine(json.dumps(document).encode())


@given(st.sampled_from(VALID), st.data())
def test_a_valid_body_with_one_member_removed(body, data):
    document = json.loads(body)
    path = data.draw(st.sampled_from(paths(document)))
    node = document
    for step in path[:-1]:
        node = node[step]
    del node[path[-1]]
    examine(json.dumps(document).encode())


@given(st.sampled_from(VALID), st.data())
def test_a_valid_body_with_bytes_changed(body, data):
    at = data.draw(st.integers(0, len(body) - 1))
    cut = data.draw(st.integers(0, 5))
    examine(body[:at] + data.draw(st.binary(max_size=5)) + body[at + cut :])


@given(ANY_TEXT)
def test_any_text_as_an_answer_comes_out_storable(text):
    document = json.loads(BODIES["webhook_full"])
    document["form_response"]["answers"][0]["text"] = text
    read = examine(json.dumps(document).encode())
    assert read is not None
    kept = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert read.answers[0].value == kept.replace("\0", "")


@given(ANY_JSON, ANY_JSON)
def test_any_item_and_form_can_be_wrapped(answers, form):
    item = {"token": "t1", "submitted_at": "2026-08-20T10:03:44Z", "answers": answers}
    body = wrap_response("f1", item, form if isinstance(form, dict) else None)
    examine(body)


def test_every_fixture_is_read_or_said_to_be_a_landing():
    read = {name: examine(body) for name, body in BODIES.items()}
    assert [name for name, submission in read.items() if submission is None] == [
        "landing_only"
    ]
