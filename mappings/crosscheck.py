"""What one mapping file says of another: every name must lead somewhere."""

from __future__ import annotations

from collections.abc import Mapping

from mappings.conversion import Converter
from mappings.faults import Faults, Path
from mappings.formcheck import check_form, check_round_rule
from mappings.layers import Files, Layered, Table
from mappings.schema_forms import EVALUATIONS

LANGUAGES = ("da", "en")


def crosscheck(
    files: Files,
    content: Mapping[str, Table],
    forms: Mapping[str, Table],
    converters: Mapping[str, Converter],
    faults: Faults,
) -> None:
    """Note every name that leads nowhere, in all files of a programme."""
    _questions(files, content, converters, faults)
    _fields(files, content, faults)
    _indicators(files, content, faults)
    _bindings(files, content, forms, faults)
    for name, table in forms.items():
        check_form(files[f"forms/{name}.toml"], table, content, converters, faults)


def _questions(
    files: Files,
    content: Mapping[str, Table],
    converters: Mapping[str, Converter],
    faults: Faults,
) -> None:
    file, lists = files["questions.toml"], content["choices.toml"]
    for key, table in content["questions.toml"].items():
        faults.refer(
            file, (key, "converter"), table["converter"], converters, "a converter"
        )
        _choices_of(file, (key,), table, lists, faults)
        if table["kind"] == "long_text" and not table["free_text"]:
            faults.add(file, (key, "free_text"), "a long text is free text: say true")
        if table["converter"] in {"choice", "choices"} and not table["choices_of"]:
            remedy = "is missing; name a list of choices.toml"
            faults.add(file, (key, "choices_of"), remedy)


def _choices_of(
    file: Layered, path: Path, table: Table, lists: Table, faults: Faults
) -> None:
    if table["choices_of"]:
        what = "a list of choices.toml"
        faults.refer(file, (*path, "choices_of"), table["choices_of"], lists, what)


def _fields(files: Files, content: Mapping[str, Table], faults: Faults) -> None:
    file, seen = files["fields.toml"], dict[tuple[str, str], str]()
    for entity, rules in content["fields.toml"].items():
        for name, table in rules.items():
            path = (entity, name)
            _choices_of(file, path, table, content["choices.toml"], faults)
            for tool, target in _targets(entity, table):
                other = seen.setdefault((tool, target), ".".join(path))
                if other != ".".join(path):
                    said = f"'{target}' is taken by {other}; choose another"
                    faults.add(file, (*path, tool), said)
            _egress(file, path, table, faults)


def _targets(entity: str, table: Table) -> list[tuple[str, str]]:
    """Return where a field leaves to, with what must be unique there."""
    targets = []
    if table["hubspot"]:
        targets.append(("hubspot", f"{entity}:{table['hubspot']['property']}"))
    if table["mailchimp"]:
        targets.append(("mailchimp", table["mailchimp"]))
    return targets


def _egress(file: Layered, path: Path, table: Table, faults: Faults) -> None:
    hubspot = table["hubspot"]
    if hubspot and path[0] == "affiliation":
        said = "an affiliation is no record there, only a link; take this out"
        faults.add(file, (*path, "hubspot"), said)
    listed = hubspot and hubspot["type"] == "enumeration"
    if listed and not (hubspot["standard"] or table["choices_of"]):
        said = "is missing; an enumeration needs a list of choices.toml"
        faults.add(file, (*path, "choices_of"), said)
    if table["mailchimp"] and path[0] != "person":
        said = "only what a person is can leave for Mailchimp; take this out"
        faults.add(file, (*path, "mailchimp"), said)


def _indicators(files: Files, content: Mapping[str, Table], faults: Faults) -> None:
    file = files["indicators.toml"]
    rules = {f"{e}.{n}" for e, t in content["fields.toml"].items() for n in t}
    milestones = content["programme.toml"]["milestones"]
    for key, table in content["indicators.toml"].items():
        if table["question"]:
            known, what = content["questions.toml"], "a question of questions.toml"
            faults.refer(file, (key, "question"), table["question"], known, what)
        if table["evaluation"]:
            what = "an evaluation"
            faults.refer(
                file, (key, "evaluation"), table["evaluation"], EVALUATIONS, what
            )
        if table["field"]:
            what = "a field of fields.toml"
            faults.refer(file, (key, "field"), table["field"], rules, what)
        if table["kind"] == "milestone" and key not in milestones:
            said = f"needs a milestone of that name: add [milestones.{key}] to "
            faults.add(file, (key, "kind"), f"{said}programme.toml")


def _bindings(
    files: Files,
    content: Mapping[str, Table],
    forms: Mapping[str, Table],
    faults: Faults,
) -> None:
    file, seen = files["programme.toml"], set[tuple[str, str]]()
    rounds = content["programme.toml"]["rounds"]
    for number, table in enumerate(content["programme.toml"]["forms"], start=1):
        path = ("forms", str(number))
        faults.refer(
            file, (*path, "mapping"), table["mapping"], forms, "a mapping of forms/"
        )
        if table["language"]:
            what = "a language"
            faults.refer(file, (*path, "language"), table["language"], LANGUAGES, what)
        for rule in table["round"]:
            check_round_rule(file, (*path, "round"), rule, rounds, faults)
        form = (table["provider"], table["form"])
        if form in seen:
            said = f"'{table['form']}' is bound twice; keep one of them"
            faults.add(file, (*path, "form"), said)
        seen.add(form)
