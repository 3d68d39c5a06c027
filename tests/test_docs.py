"""The documents: what they name exists, and what they tell people to do works."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from connector.cli.root import root
from connector.settings import CREDENTIALS, LOG_LEVELS, load_settings
from tests.world import KEY, SECRET, world

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "mappings/README.md"]
)
README = (ROOT / "README.md").read_text("utf-8")
ENV = (ROOT / ".env.example").read_text("utf-8")
NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
EXAMPLE = re.compile(r"^# ([A-Z0-9_]+)=(.*)$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def settings_read() -> set[str]:
    """Return every name that the reading of the settings mentions as a text."""
    files = ("connector/settings.py", "connector/accounts.py")
    trees = [ast.parse((ROOT / file).read_text("utf-8")) for file in files]
    texts = {
        str(node.value)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if NAME.fullmatch(text)} - set(LOG_LEVELS)


SETTINGS = sorted(settings_read())


def test_the_settings_are_found():
    assert {"DATA_DIR", "PORT", *CREDENTIALS} <= set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_in_the_example_and_in_the_table(name):
    assert name in dict(EXAMPLE.findall(ENV))
    assert f"| `{name}` |" in (ROOT / "docs/settings.md").read_text("utf-8")


def test_no_document_names_a_setting_that_is_not_read():
    settings = (ROOT / "docs/settings.md").read_text("utf-8")
    table = re.findall(r"^\| `([A-Z0-9_]+)` \|", settings, re.MULTILINE)
    assert sorted(table) == SETTINGS
    assert sorted(dict(EXAMPLE.findall(ENV))) == SETTINGS


def test_the_example_says_what_holds_without_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # no .env and no demo here
    assert load_settings(dict(EXAMPLE.findall(ENV))) == load_settings({})


def test_the_example_tells_each_setting_in_a_sentence():
    lines = ENV.splitlines()
    for number, line in enumerate(lines):
        if EXAMPLE.match(line):
            assert lines[number - 1].startswith("# "), line
            assert lines[number - 1].endswith("."), line


def commands(document: str) -> set[str]:
    """Return the ``vidensbro ...`` commands in code, as they are written."""
    code = re.findall(r"```(?:sh)?\n(.*?)```", document, re.DOTALL)
    code += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", document, flags=re.S))
    return {
        found.split("#")[0].strip()
        for text in code
        for found in re.findall(r"(?:^|/|\s)vidensbro ([a-z-][^\n]*)", text)
    }


def words_of(command: str) -> tuple[list[str], set[str]]:
    """Return a command's words up to its arguments, and its options."""
    parts = command.split()
    names = []
    for part in parts:
        if not re.fullmatch(r"[a-z]+", part):
            break
        names.append(part)
    return names, {part for part in parts if part.startswith("--")}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_document_is_real(path):
    for written in commands(path.read_text("utf-8")):
        names, options = words_of(written.replace("[", " ").replace("]", " "))
        command: click.Command = root
        for name in names:
            if not isinstance(command, click.Group):
                break
            inner = command.get_command(click.Context(command), name)
            assert inner is not None, f"vidensbro {written}"
            command = inner
        known = {opt for param in command.params for opt in param.opts}
        assert options <= known | {"--help"}, f"vidensbro {written}"


def test_some_commands_are_found():
    told = commands((ROOT / "docs/connect.md").read_text("utf-8"))
    assert {"setup", "sync run"} <= told


def test_the_readme_names_the_targets_and_is_short():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))
    assert {"run", "test", "apply"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert len(README.splitlines()) <= 80


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to a document's headings."""
    heads = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", head.lower()) for head in heads)
    return {head.replace(" ", "-") for head in kept}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_internal_links_lead_somewhere(path):
    for link in LINK.findall(path.read_text("utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


FILE = re.compile(r"`((?:connector|webhooks|mappings|sandbox|tests|docs)/[\w./-]+)`")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_a_document_names_exist(path):
    for name in FILE.findall(path.read_text("utf-8")):
        if "NAME" not in name:
            assert (ROOT / name).exists(), name


TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
OPTION = re.compile(r"`((?:typeform|surveymonkey|hubspot|mailchimp)\.\w+)`")
UNVERIFIED = (ROOT / "docs/unverified.md").read_text("utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_tests_that_a_document_names_exist(path):
    for file, name in TEST.findall(path.read_text("utf-8")):
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        there = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
        assert name in there, f"{file}::{name}"


def test_options_that_the_unverified_page_names_are_the_sandboxs():
    read = re.compile(r"option\(\s*f?\"([\w.{}]+)\"")
    found = {
        name
        for path in (ROOT / "sandbox").rglob("*.py")
        for name in read.findall(path.read_text("utf-8"))
    }
    for name in set(OPTION.findall(UNVERIFIED)):
        general = "{tool}." + name.partition(".")[2]
        assert {name, general} & found, name


def test_each_unverified_behaviour_says_what_is_done_where_tried_and_how_to_see():
    rows = [
        line.strip("| ").split(" | ")
        for line in UNVERIFIED.splitlines()
        if line.startswith("| ") and not line.startswith("| behaviour")
    ]
    assert len(rows) > 40
    for row in rows:
        assert len(row) == 4, row[0]
        _, _, tried, seen = row
        assert TEST.search(tried) or tried.startswith("not tried"), row[0]
        assert re.search(r"`(vidensbro|curl|for|cd) ", seen) or seen.startswith(
            "the same"
        ), row[0]


def test_no_secret_stands_in_the_unverified_page():
    for given in re.findall(r"(?:Bearer|bearer|x:)\s?(\S)", UNVERIFIED):
        assert given == "$"


def test_pictures_are_small():
    pictures = list((ROOT / "docs/img").glob("*.png"))
    assert pictures
    for picture in pictures:
        assert picture.stat().st_size < 200_000, picture.name


def test_the_boundaries_are_told_by_family():
    from connector.boundaries import BOUNDARIES

    told = (ROOT / "docs/how-it-works.md").read_text("utf-8")
    families = re.findall(r"`([a-z.]+)\.\*`", told)
    for name in BOUNDARIES:
        assert any(name.startswith(f"{each}.") for each in families), name


def test_the_figures_page_names_every_indicator():
    from mappings.loading import load_programme

    told = (ROOT / "docs/figures.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE)) == set(
        load_programme("lyngby").indicators
    )


def test_the_commit_hooks_use_tools_that_are_here():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    for hook in config["repos"][0]["hooks"]:
        assert hook["entry"].startswith(".venv/bin/"), hook["id"]
        program = Path(hook["entry"].split()[0]).name
        assert shutil.which(program, path=str(ROOT / ".venv/bin")), program


# --- the example by hand, as it stands ----------------------------------------------
def curl_block() -> str:
    """Return the shell block of the page that signs an application by hand."""
    page = (ROOT / "docs/by-hand.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    found = [block for block in blocks if "openssl dgst" in block]
    assert len(found) == 1
    return found[0]


def by_hand(folder: Path, script: str) -> str:
    """Run a block of the page in a folder with a demo in it; return what it says."""
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder, env=kept, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def lay_demo(folder: Path, web_url: str) -> None:
    """Write the demo's two files that the page reads, for a served world."""
    demo = folder / "var/demo"
    (demo / "programmes/demo").mkdir(parents=True)
    shutil.copy(
        folder / "programmes" / KEY / "programme.toml", demo / "programmes/demo"
    )
    told = {"PROGRAMMES": KEY, "TYPEFORM_SECRETS": SECRET, "PUBLIC_URL": web_url}
    lines = [f"{name}='{value}'" for name, value in told.items()]
    (demo / "demo.env").write_text("\n".join(lines) + "\n", "utf-8")


@pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "openssl"))), reason="no curl, openssl"
)
def test_an_application_signed_by_hand_reaches_the_crm(tmp_path):
    with world(tmp_path) as made:
        lay_demo(tmp_path, made.web_url)
        assert by_hand(tmp_path, curl_block()) == "200"
        made.settle()
        made.record("contacts", firstname="Sigrun", lastname="Vestervang")
        applied = made.stage("applied")
        assert made.record("0-162", hs_pipeline_stage=applied)

        forged = curl_block().replace(
            '--data-binary "$body"', '--data-binary "${body/Sigrun/Sigrid}"'
        )
        assert by_hand(tmp_path, forged) == "401"
        made.settle()
        assert len(made.records("contacts")) == 1


def test_the_demo_writes_what_the_page_reads(tmp_path, monkeypatch):
    from connector import demo

    monkeypatch.chdir(tmp_path)
    path = demo.prepare(load_settings({}))
    assert path == Path("var/demo/demo.env")
    read = '. var/demo/demo.env; echo "$TYPEFORM_SECRETS $PUBLIC_URL $PROGRAMMES"'
    secret, url, programme = by_hand(tmp_path, read).split(" ")
    settings = load_settings({})
    assert settings.secrets(programme, "typeform") == (secret,)
    assert url == settings.public_url
