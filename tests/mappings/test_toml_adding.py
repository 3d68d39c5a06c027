"""Lines added to a file that people wrote: it says both, and keeps every word."""

from __future__ import annotations

import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.bindings_file import (
    CannotWriteError,
    binding_lines,
    is_shipped,
    own_directory,
    replace_file,
    write_lines,
)
from mappings.form_writing import form_lines
from mappings.loading import load_programme
from mappings.plan import Binding
from mappings.toml_adding import CannotAddError, added

OLD = """\
# ours, at the top
kind = "x"   # said by us

[questions.email]  # theirs
# why this one
ids = [
    "a",  # the first round's
    "b",
]  # and no other
note = '''
[questions.phone]
'''

[[forms]]
form = "one"
"""


def test_a_new_table_is_added_at_the_end():
    whole = added(OLD, '# about it\n[questions.name]\nids = ["c"]\n')
    assert whole.startswith(OLD.rstrip("\n"))
    assert whole.endswith('# about it\n[questions.name]\nids = ["c"]\n')


def test_a_key_that_stands_is_replaced_and_its_comment_stays():
    whole = added(OLD, '[questions.email]\nids = ["a", "b", "c"]  # "E-mail"\n')
    assert '[questions.email]  # theirs\n# why this one\nids = ["a", "b", "c"]' in whole
    assert '"c"]  # and no other\nnote' in whole
    assert "E-mail" not in whole


def test_a_key_that_lacks_is_put_into_its_table():
    whole = added(OLD, '[questions.email]\nrefs = ["r"]\n')
    assert tomllib.loads(whole)["questions"]["email"]["refs"] == ["r"]
    assert [*tomllib.loads(whole)["questions"]] == ["email"]


def test_a_list_of_tables_grows():
    whole = added(OLD, '# two\n[[forms]]\nform = "two"\n')
    assert [f["form"] for f in tomllib.loads(whole)["forms"]] == ["one", "two"]


@pytest.mark.parametrize(
    "old",
    [
        "forms = []\n",
        "questions = { email = { ids = ['x'] } }\n",
        "questions.email.ids = ['x']\n",
        "[questions]\nemail = { ids = ['x'] }\n",
        "this is no TOML\n",
        "x = '''\n[questions.email]\nids = ['a']\n'''\n[questions.email]\nids = []\n",
    ],
)
def test_what_is_written_in_another_way_is_refused_and_not_spoilt(old):
    with pytest.raises(CannotAddError):
        added(old, '[questions.email]\nids = ["a"]\n[[forms]]\nform = "one"\n')


KEYS = st.sampled_from(("ids", "refs", "yes", "no", "1_3"))
LISTS = st.lists(st.text(max_size=6), max_size=3)
TABLES = st.dictionaries(
    st.sampled_from(("questions.a", "questions.a.choices", "questions.b")),
    st.dictionaries(KEYS, LISTS, max_size=3),
    max_size=3,
)
COMMENTS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=8
)


def _list(words: list[str]) -> str:
    # As JSON, of which TOML takes all but one character unescaped.
    import json

    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")


def _file(tables: dict[str, dict[str, list[str]]], comment: str) -> str:
    lines = [f"#{comment}"]
    for name, table in tables.items():
        lines += ["", f"[{name}]  #{comment}"]
        lines += [f"{key} = {_list(words)}  #{comment}" for key, words in table.items()]
    return "\n".join(lines) + "\n"


@given(TABLES, TABLES, COMMENTS)
def test_the_file_says_both_and_keeps_all_comments(old, new, comment):
    before, addition = _file(old, comment), _file(new, "")
    try:
        whole = added(before, addition)
    except CannotAddError:
        # A table may not be opened twice in TOML, in whatever order: never spoilt.
        return
    said = tomllib.loads(whole)
    for tables in (old, new):
        for name, table in tables.items():
            place = said
            for part in name.split("."):
                place = place[part]
            for key, words in table.items():
                if tables is new or key not in new.get(name, {}):
                    assert place[key] == words
    assert whole.count(f"#{comment}") >= before.count(f"#{comment}")
    assert added(whole, "") == whole


def test_a_file_is_replaced_at_once_and_keeps_who_may_read_it(tmp_path):
    path = tmp_path / "forms" / "x.toml"
    replace_file(path, "a = 1\n")
    path.chmod(0o600)
    replace_file(path, "a = 2\n")
    assert path.read_text() == "a = 2\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["x.toml"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_under_sudo_a_file_stays_its_owners(tmp_path: Path) -> None:
    path, fresh = tmp_path / "programme.toml", tmp_path / "forms" / "own.toml"
    path.write_text("a = 1\n")
    os.chown(path, 12345, 23456)
    os.chown(tmp_path, 34567, 45678)
    replace_file(path, "a = 2\n")
    replace_file(fresh, "b = 1\n")
    for one, owner in (
        (path, (12345, 23456)),
        (fresh.parent, (34567, 45678)),
        (fresh, (34567, 45678)),
    ):
        assert (one.stat().st_uid, one.stat().st_gid) == owner


def test_the_template_is_never_written_to():
    with pytest.raises(CannotWriteError, match="VIDENSBRO_PROGRAMMES"):
        own_directory(load_programme("template"))
    assert is_shipped(own_directory(load_programme("lyngby")))


def test_a_binding_says_only_what_it_has():
    plain = tomllib.loads(binding_lines(Binding("typeform", "f", "m"), "A\n# title"))
    assert plain == {"forms": [{"provider": "typeform", "form": "f", "mapping": "m"}]}
    link = "https://example.example/r/A?token={token}"
    whole = Binding("surveymonkey", "1", "m", "da", ("token", "r1"), link)
    told = tomllib.loads(binding_lines(whole))["forms"][0]
    assert (told["link"], told["round"]) == (link, ["token", "r1"])


@pytest.mark.parametrize("name", sorted(load_programme("lyngby").forms))
def test_a_mapping_written_out_is_read_as_the_same(tmp_path, name):
    shipped = load_programme("lyngby")
    city = tmp_path / "testby"
    (city / "forms").mkdir(parents=True)
    (city / "programme.toml").write_text(
        (shipped.directories[-1] / "programme.toml").read_text("utf-8"), "utf-8"
    )
    text = "\n".join(form_lines(shipped.forms[name], shipped.questions))
    (city / "forms" / f"{name}_again.toml").write_text(text, "utf-8")
    loaded = load_programme("testby", tmp_path).forms
    one, other = loaded[name], loaded[f"{name}_again"]
    for part in ("kind", "title", "round", "hidden", "asks", "records", "consents",
                 "evaluation"):  # fmt: skip
        assert getattr(one, part) == getattr(other, part), part


def test_of_what_two_commands_add_at_once_nothing_is_lost(tmp_path):
    file = tmp_path / "kolding" / "programme.toml"
    file.parent.mkdir()
    file.write_text('inherits = "template"\nname = { da = "K", en = "K" }\n', "utf-8")
    plan, together = load_programme("kolding", tmp_path), Barrier(2)

    def add(form, mapping):
        together.wait()
        lines = binding_lines(Binding("typeform", form, mapping, "da"))
        write_lines(plan, {file.name: lines}, tmp_path)

    both = [("form-one", "mentee_application"), ("form-two", "mentor_application")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, *zip(*both, strict=True)))
    bound = {one.form for one in load_programme("kolding", tmp_path).bindings}
    assert bound == {"form-one", "form-two"}
