"""From submissions to claims and entities: replay, links, consents, reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from connector import inbox
from connector.programme.claims import Claim
from connector.programme.entities import (
    Consent,
    EvaluationLink,
    EvaluationResponse,
    Organisation,
    Participation,
    Person,
    Round,
)
from connector.programme.policies import policy_of
from connector.programme.resolve import resolve
from tests.small_world import Small, ago, small_world

MENTEE_SAYS = {"mentee_network": "mentee_network-agree"}


@pytest.fixture
def here(tmp_path: Path) -> Small:
    return small_world(tmp_path)


def state(here: Small) -> dict[str, Any]:
    def plain(row: Any) -> dict[str, Any]:
        return {c.name: getattr(row, c.name) for c in row.__table__.columns}

    tables = (Person, Organisation, Participation, EvaluationLink, EvaluationResponse,
              Consent)  # fmt: skip
    held = {t.__name__: sorted(map(str, map(plain, here.rows(t)))) for t in tables}
    standing = [
        (c.entity_id, c.field, str(c.value), c.mapping_hash, c.asserted_at)
        for c in here.rows(Claim, superseded_at=None)
    ]
    return {**held, "claims": sorted(standing)}


def token(here: Small, kind: str) -> str:
    [link] = here.rows(EvaluationLink, kind=kind)
    return str(link.token)


def test_a_replay_changes_nothing(here: Small) -> None:
    here.take(here.apply_as_mentee("Anna Prøve"), here.apply_as_mentor("Bo Prøve"))
    closing = here.body(
        "closing_evaluation_mentee",
        MENTEE_SAYS,
        hidden={"token": token(here, "company")},
    )
    here.take(closing)
    before = state(here)
    for _ in range(2):
        here.replay()
        assert state(here) == before


def test_a_person_is_in_several_rounds_and_roles(here: Small) -> None:
    same = {"email": "anna@havbro.example"}
    here.take(
        here.apply_as_mentee("Anna Prøve", answers=same, hidden={"round": "r1"}),
        here.apply_as_mentor("Anna Prøve", answers=same, hidden={"round": "r2"}),
        here.apply_as_mentor("Anna Prøve", answers=same, hidden={"round": "r2"}),
    )
    [person] = here.rows(Person)
    rounds = {row.id: row.key for row in here.rows(Round)}
    parts = {(rounds[p.round_id], p.role) for p in here.rows(Participation)}
    assert parts == {("r1", "mentee"), ("r2", "mentor")}
    assert {p.person_id for p in here.rows(Participation)} == {person.id}


def test_the_newer_answer_counts_whichever_came_first(here: Small) -> None:
    old = here.apply_as_mentee(
        "Anna Prøve", answers={"phone": "+4520111111"}, at=ago(9)
    )
    new = here.apply_as_mentee(
        "Anna Prøve", answers={"phone": "+4520222222"}, at=ago(3)
    )
    here.take(new)
    here.take(old)
    assert [p.phone for p in here.rows(Person)] == ["+4520222222"]


def test_an_unknown_token_is_parked_with_a_reason_in_two_languages(here: Small) -> None:
    here.take(
        here.body("six_month_follow_up", {"employed": "employed-yes"},
                  hidden={"token": "0" * 20})
    )  # fmt: skip
    [delivery] = here.deliveries()
    assert delivery.state == "parked"
    found = {reason["code"]: set(reason["message"]) for reason in delivery.reasons}
    assert found["unknown_token"] == {"da", "en"}


def test_without_a_round_the_person_is_kept_all_the_same(here: Small) -> None:
    here.take(here.apply_as_mentee("Anna Prøve", hidden={"round": "r9"}))
    [delivery] = here.deliveries()
    assert delivery.state == "parked"
    assert all(set(r["message"]) == {"da", "en"} for r in delivery.reasons)
    assert [p.first_name for p in here.rows(Person)] == ["Anna"]
    assert here.rows(Participation) == []


def test_consents_keep_the_words_that_were_shown(here: Small) -> None:
    here.take(here.apply_as_mentee("Anna Prøve", at=ago(5)))
    here.replay()
    said = {c.purpose: c for c in here.rows(Consent)}
    assert {"programme", "newsletter"} <= set(said)
    assert len(here.rows(Consent)) == len(said)
    shown = here.service.programme("testby").form_for("typeform", here.forms[
        "mentee_application", "da"]["id"])  # fmt: skip
    assert shown is not None
    asked = shown.wordings["newsletter"].at(ago(5).date())
    assert (said["newsletter"].wording, said["newsletter"].version) == (
        asked.wording["da"],
        asked.version,
    )
    assert said["newsletter"].given


def test_links_are_made_once_and_keep(here: Small) -> None:
    body = here.apply_as_mentee("Anna Prøve")
    here.take(body)
    links = {(link.kind, link.token) for link in here.rows(EvaluationLink)}
    assert {kind for kind, _ in links} == {"closing", "six_month_follow_up", "company"}
    here.take(here.apply_as_mentee("Anna Prøve"))
    here.replay()
    assert {(link.kind, link.token) for link in here.rows(EvaluationLink)} == links


def test_an_evaluation_by_email_may_come_before_the_application(here: Small) -> None:
    answers = {**MENTEE_SAYS, "email": "anna@people.example"}
    here.take(here.body("closing_evaluation_mentee", answers))
    assert [d.state for d in here.deliveries()] == ["parked"]
    here.take(here.apply_as_mentee("Anna Prøve"))
    assert [d.state for d in here.deliveries()] == ["processed", "processed"]
    [response] = here.rows(EvaluationResponse)
    assert response.participation_id == here.rows(Participation)[0].id


def test_the_newest_revision_of_a_response_speaks_alone(here: Small) -> None:
    from webhooks import typeform
    from webhooks.submission import DeliveryKey

    body = here.apply_as_mentee("Anna Prøve")
    key = typeform.identify(body)
    other = orjson.loads(body)
    for answer in other["form_response"]["answers"]:
        if answer["field"]["ref"] == "phone":
            answer["phone_number"] = "+4520999999"
    for revision, sent in (("2", orjson.dumps(other)), ("1", body)):
        with here.service.database.engine.begin() as connection:
            held = DeliveryKey(key.form, key.response, key.kind, revision)
            inbox.accept(connection, "testby", "typeform", held, sent)
        here.drain()
    assert [p.phone for p in here.rows(Person)] == ["+4520999999"]
    phones = here.rows(Claim, field="phone", superseded_at=None)
    assert [claim.value for claim in phones] == ["+4520999999"]


def test_an_organisation_that_nobody_names_any_more_is_taken_off(here: Small) -> None:
    here.take(here.apply_as_mentee("Anna Prøve"))
    [part] = here.rows(Participation)
    assert part.organisation_id
    with here.service.database.writing() as session:
        session.execute(
            update(Claim)
            .where(Claim.field == "organisation_id")
            .values(superseded_at=ago(0))
        )
        plan = here.service.programme("testby")
        resolve(session, policy_of(plan), [("participation", part.id)])
    assert here.rows(Participation)[0].organisation_id is None
