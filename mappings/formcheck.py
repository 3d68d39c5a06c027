"""What a form's mapping refers to: questions, records, converters, fields, rounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mappings.conversion import Converter
from mappings.faults import Faults, Path
from mappings.layers import Layered, Table
from mappings.matching import YES_NO
from mappings.records import LINK_ROLES, NEEDED_LINKS

RULES = ("by_date", "token")


def check_form(
    file: Layered,
    form: Table,
    content: Mapping[str, Table],
    converters: Mapping[str, Converter],
    faults: Faults,
) -> None:
    """Note every name of a form's mapping that leads nowhere."""
    _asks(file, form, content, faults)
    for rule in form["round"]:
        rounds = content["programme.toml"]["rounds"]
        check_round_rule(file, ("round",), rule, rounds, faults)
        name = rule.removeprefix("hidden:")
        if name != rule:
            what = "in this form's hidden"
            faults.refer(file, ("round",), name, form["hidden"], what)
    for name, record in form["records"].items():
        path = ("records", name)
        _fields(file, path, record, (form, content, converters), faults)
        _links(file, path, record, form, faults)
    _consents(file, form, content, faults)
    if form["evaluation"]:
        _evaluation(file, form, content, faults)


def check_round_rule(
    file: Layered, path: Path, rule: str, rounds: Iterable[str], faults: Faults
) -> None:
    """Note a rule that is none: ``by_date``, ``token``, ``hidden:NAME`` or a round."""
    if not rule.startswith("hidden:"):
        known = [*RULES, "hidden:NAME", *rounds]
        faults.refer(file, path, rule, known, "a round or a rule for it")


def _asks(
    file: Layered, form: Table, content: Mapping[str, Table], faults: Faults
) -> None:
    questions, lists = content["questions.toml"], content["choices.toml"]
    for key in form["asks"]:
        what = "a question of questions.toml"
        faults.refer(file, ("asks",), key, questions, what)
        if key not in _used(form):
            said = f"'{key}' is asked but goes nowhere; map it or take it out"
            faults.add(file, ("asks",), said)
    for key, names in form["questions"].items():
        path = ("questions", key)
        if _asked(file, path, key, form, faults) and key in questions:
            codes = _offered(questions[key], lists)
            for code in names["choices"]:
                what = f"a choice of {key}"
                faults.refer(file, (*path, "choices", code), code, codes, what)


def _offered(question: Table, lists: Table) -> Iterable[str]:
    if not question["choices_of"] and question["converter"] == "yes_no":
        return [c.code for c in YES_NO]
    return [*lists.get(question["choices_of"], {})]


def _used(form: Table) -> set[str]:
    """Return the questions whose answers a form's mapping makes something of."""
    fields = (f for r in form["records"].values() for f in r["fields_"].values())
    used = {f["question"] for f in fields}
    used |= {c["question"] for c in form["consents"].values()}
    return used | {*(form["evaluation"] or {"answers": ()})["answers"]}


def _asked(
    file: Layered, path: Path, question: str, form: Table, faults: Faults
) -> bool:
    return faults.refer(file, path, question, form["asks"], "in this form's asks")


def _fields(
    file: Layered,
    path: Path,
    record: Table,
    known: tuple[Table, Mapping[str, Table], Mapping[str, Converter]],
    faults: Faults,
) -> None:
    form, content, converters = known
    rules = content["fields.toml"].get(record["entity"], {})
    for question in record["when"]:
        _asked(file, (*path, "when"), question, form, faults)
    what = f"a field of [{record['entity']}] in fields.toml"
    for name, value in record["constants"].items():
        here = (*path, "constants", name)
        if faults.refer(file, here, name, rules, what):
            _constant(file, here, value, rules[name], content["choices.toml"], faults)
    for name, table in record["fields_"].items():
        here = (*path, "fields", name)
        faults.refer(file, here, name, rules, what)
        _source(file, here, table, (form, content), faults)
        _kept_in(file, here, table, rules.get(name), content, faults)
        if table["converter"]:
            where = (*here, "converter")
            faults.refer(file, where, table["converter"], converters, "a converter")


def _constant(
    file: Layered, path: Path, value: object, rule: Table, lists: Table, faults: Faults
) -> None:
    """Note a constant that is no value, or no code where the field has choices."""
    values = value if isinstance(value, list) else [value]
    codes = lists.get(rule["choices_of"], {})
    for one in values:
        if not isinstance(one, str | int | float | bool):
            faults.add(file, path, "must be a text, a number, true, false or a list")
        elif codes:
            what = f"a choice of {rule['choices_of']}"
            faults.refer(file, path, str(one), codes, what)


def _source(
    file: Layered,
    path: Path,
    table: Table,
    known: tuple[Table, Mapping[str, Table]],
    faults: Faults,
) -> None:
    form, content = known
    question = table["question"]
    if question and _asked(file, (*path, "question"), question, form, faults):
        asked = content["questions.toml"].get(question, {})
        codes = content["choices.toml"].get(asked.get("choices_of", ""), {})
        for code in table["codes"]:
            what = f"a choice of {question}"
            faults.refer(file, (*path, "codes", code), code, codes, what)
    if table["hidden"]:
        what, here = "in this form's hidden", (*path, "hidden")
        faults.refer(file, here, table["hidden"], form["hidden"], what)


def _kept_in(
    file: Layered,
    path: Path,
    table: Table,
    rule: Table | None,
    content: Mapping[str, Table],
    faults: Faults,
) -> None:
    """Note free text that goes into a field which is not kept here."""
    question = content["questions.toml"].get(table["question"], {})
    free = question.get("free_text") or table["part"] == "other"
    if rule and free and not rule["free_text"]:
        said = "is free text; the field needs free_text = true in fields.toml"
        faults.add(file, (*path, "question"), f"'{table['question']}' {said}")


def _links(
    file: Layered, path: Path, record: Table, form: Table, faults: Faults
) -> None:
    for role, target in record["links"].items():
        where = (*path, "links", role)
        if faults.refer(file, where, role, LINK_ROLES, "a role of a link"):
            known = _named(form, LINK_ROLES[role])
            what = f"a record of this form with entity {LINK_ROLES[role]}"
            faults.refer(file, where, target, known, what)
    for role in NEEDED_LINKS.get(record["entity"], ()):
        if role not in record["links"]:
            said = f"is missing; the {record['entity']} needs to say whose it is"
            faults.add(file, (*path, "links", role), said)


def _named(form: Table, entity: str) -> list[str]:
    return [n for n, r in form["records"].items() if r["entity"] == entity]


def _consents(
    file: Layered, form: Table, content: Mapping[str, Table], faults: Faults
) -> None:
    for purpose, table in form["consents"].items():
        path = ("consents", purpose)
        known = content["consents.toml"]
        faults.refer(file, path, purpose, known, "a purpose of consents.toml")
        _asked(file, (*path, "question"), table["question"], form, faults)
        people = _named(form, "person")
        where = (*path, "person")
        faults.refer(file, where, table["person"], people, "a person of this form")


def _evaluation(
    file: Layered, form: Table, content: Mapping[str, Table], faults: Faults
) -> None:
    table, path = form["evaluation"], ("evaluation",)
    for key, entity in (("respondent", "person"), ("organisation", "organisation")):
        if table[key]:
            what = f"a record of this form with entity {entity}"
            faults.refer(file, (*path, key), table[key], _named(form, entity), what)
    for question in table["answers"]:
        _asked(file, (*path, "answers"), question, form, faults)
    for key, verdict in table["indicators"].items():
        here = (*path, "indicators", key)
        known = content["indicators.toml"]
        faults.refer(file, here, key, known, "an indicator of indicators.toml")
        where, what = (*here, "question"), "in this evaluation's answers"
        answers = table["answers"]
        if faults.refer(file, where, verdict["question"], answers, what):
            _verdicts(file, here, verdict, content, faults)


def _verdicts(
    file: Layered,
    path: Path,
    verdict: Table,
    content: Mapping[str, Table],
    faults: Faults,
) -> None:
    """Note a code that is counted twice, not at all, or not offered by its question."""
    question = content["questions.toml"].get(verdict["question"], {})
    codes = content["choices.toml"].get(question.get("choices_of", ""), {})
    counted: set[str] = set()
    for key in ("yes", "no", "dont_know"):
        for value in verdict[key]:
            if isinstance(value, str) and codes:
                what = f"a choice of {verdict['question']}"
                faults.refer(file, (*path, key), value, codes, what)
            if repr(value) in counted:
                faults.add(file, (*path, key), f"'{value}' is counted twice")
            counted.add(repr(value))
    for code in (c for c in codes if repr(c) not in counted):
        said = f"'{code}' counts as nothing; add it to yes, no or dont_know"
        faults.add(file, (*path, "yes"), said)
