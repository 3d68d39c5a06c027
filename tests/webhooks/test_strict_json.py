"""What counts as JSON here, and what two readers could understand differently."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.strict_json import MAX_DEPTH, as_number, as_text, loads, mend
from webhooks.submission import Unreadable


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b'{"a": [1, 2.5, true, null, "\xc3\xa6"]}', {"a": [1, 2.5, True, None, "æ"]}),
        (b'{"a": {"a": 1}, "b": [{"a": 2}, {"a": 3}]}', None),
        (b'{"__proto__": 1, "constructor": {}}', None),
        (b' "\\ud83c\\udf09" ', "🌉"),
        (b"-0", 0),
        (b"123456789012345678901234567890", 1.2345678901234568e29),
    ],
)
def test_plain_json_is_read(body, document):
    assert loads(body) == (json.loads(body) if document is None else document)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"\xef\xbb\xbf{}",
        '{"a": "b"}'.encode("utf-16"),
        '{"a": "b"}'.encode("utf-16-le"),
        '{"a": "b"}'.encode("utf-32"),
        '{"a": "æ"}'.encode("latin-1"),
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'"a\x00b"',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e400",
        b"9" * 5000,
        b"[1,]",
        b'{"a": 1,}',
        b"{} {}",
        b"{}x",
        b"{'a': 1}",
        b"// a\n{}",
        b"01",
        b"+1",
        b".5",
    ],
)
def test_anything_else_is_refused_with_a_sentence(body):
    with pytest.raises(Unreadable, match=r"^The body .*\.$"):
        loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"token": "a", "token": "b"}',
        b'{"token": "a", "token": "a"}',
        b'{"x": [{"y": {"token": 1, "token": 2}}]}',
        b'{"token": 1, "t\\u006fken": 2}',
        b'{"\xc3\xa6": 1, "\\u00e6": 2}',
        b'{"": 1, "": 2}',
    ],
)
def test_twin_keys_are_refused_at_every_level(body):
    with pytest.raises(Unreadable, match="same key twice"):
        loads(body)


def test_depth_is_limited_for_arrays_objects_and_both():
    assert loads(nested(MAX_DEPTH))
    for deep in (
        nested(MAX_DEPTH + 1),
        nested(1000),
        nested(100_000),
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
        b'[{"a":' * 33 + b"1" + b"}]" * 33,
    ):
        with pytest.raises(Unreadable):
            loads(deep)


def test_size_is_limited_before_anything_is_read():
    assert loads(b'"aaa"', max_bytes=5) == "aaa"
    with pytest.raises(Unreadable, match="larger than 4 bytes"):
        loads(b'"aaa"', max_bytes=4)


def test_an_error_carries_nothing_of_the_body():
    for body in (b'{"mail": "anna@mail.example"', b'{"a": 1, "a": "anna"}'):
        with pytest.raises(Unreadable) as caught:
            loads(body)
        assert "anna" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or not caught.value.__context__


@pytest.mark.parametrize(
    ("body", "mended"),
    [
        (rb'"a\u0000b"', "ab"),
        (rb'"\ud83c"', "\ufffd"),
        (rb'"\uDF09x"', "\ufffdx"),
        (rb'"\ud83c\u0000\udf09"', "\ufffd\ufffd"),
        (rb'"\ud83c\ud83c\udf09"', "\ufffd🌉"),
        (rb'"\ud83c\udf09"', "🌉"),
        (rb'"\\ud83c \\u0000"', r"\ud83c \u0000"),
        (rb'"\\\ud83c"', "\\\ufffd"),
        (rb'"plain \n \""', 'plain \n "'),
    ],
)
def test_what_cannot_be_stored_is_mended(body, mended):
    assert loads(mend(body)) == mended


@given(st.text())
def test_text_that_can_be_stored_is_left_alone(text):
    for ascii_only in (True, False):
        body = json.dumps(text.replace("\0", ""), ensure_ascii=ascii_only).encode()
        assert mend(body) == body


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_at_all_can_be_stored_after_mending(text):
    read = loads(mend(json.dumps(text).encode()))
    assert "\0" not in read
    assert read.encode("utf-8").decode() == read


@given(st.binary())
def test_nothing_but_unreadable_leaves_loads(body):
    with contextlib.suppress(Unreadable):
        loads(mend(body))


def test_values_are_taken_for_what_they_are():
    assert [as_text(v) for v in ["a", 7, True, None, 1.5, []]] == ["a", "7"] + [""] * 4
    assert [as_number(v) for v in [7, 1.5, True, "7", None]] == [7, 1.5] + [None] * 3
    assert isinstance(as_number(2**64 - 1), float)
    assert as_number(2**63 - 1) == 2**63 - 1
