"""Whatever happens, in whatever order: what was said last stands, and nobody is harmed.

Lists of acts by people, staff and a service that may be deaf or stop are played in a
whole world over real HTTP; then it settles, and is held against ``any_order_model``.
The few examples of a usual run are always the same ones. A long run draws new ones:
``ANY_ORDER_EXAMPLES=150 pytest --hypothesis-seed=7 tests/test_any_order.py``.
"""

from __future__ import annotations

import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connector.people import undo_merge
from connector.programme import resolve
from connector.programme.claims import Claim
from connector.programme.entities import Alias
from connector.programme.rebuild import rebuild
from tests.any_order_model import (
    FACES,
    NICKNAMES,
    PHONES,
    REASONS,
    ROLES,
    STATUSES,
    STOPS,
    TWICE,
    Act,
    Applies,
    InNewsletter,
    Play,
    Service,
    StaffDrag,
    StaffEdit,
    StaffMerge,
    StaffReason,
    Stops,
    address,
)
from tests.comparing import snapshot
from tests.world import KEY, world

EXAMPLES = int(os.environ.get("ANY_ORDER_EXAMPLES", "6"))
SAME_AS_EVER = "ANY_ORDER_EXAMPLES" not in os.environ

faces = st.sampled_from([*FACES, "anna", "anna2", "bo"])
roles = st.sampled_from(ROLES)


def applications(
    faces: st.SearchStrategy[str], phones: tuple[str | None, ...], late: tuple[int, ...]
) -> st.SearchStrategy[Applies]:
    """Return answers by some of the faces."""
    return st.builds(
        Applies, faces, roles, st.sampled_from([True, True, True, False, None]),
        st.sampled_from(phones), st.sampled_from(late),
    )  # fmt: skip


applies = applications(faces, (*PHONES, None), (0, 0, 0, 1, 2, 4, -1))
merges = st.sampled_from(TWICE).flatmap(
    lambda one: st.sampled_from(
        [StaffMerge(one, f"{one}2"), StaffMerge(f"{one}2", one)]
    )
)
in_newsletter = st.builds(
    InNewsletter, faces,
    st.sampled_from(["unsubscribe", "unsubscribe", "resubscribe", "clean"]),
)  # fmt: skip
works = st.sampled_from(
    [Service("drain"), Service("sync"), *[Service("cycle")] * 4,
     Service("reconcile"), Service("reconcile whole"), Service("replay"),
     Service("nightly"), Service("webhooks off"), Service("webhooks on")]
)  # fmt: skip
acts: st.SearchStrategy[Act] = st.one_of(
    applies, works, works,
    st.builds(StaffEdit, faces, st.just("phone"), st.sampled_from([*PHONES, ""])),
    st.builds(StaffEdit, faces, st.just("firstname"), st.sampled_from(NICKNAMES)),
    st.builds(StaffDrag, faces, roles, st.sampled_from(STATUSES)),
    st.builds(StaffReason, faces, roles, st.sampled_from(REASONS)),
    in_newsletter, in_newsletter,
    merges, st.builds(Stops, st.sampled_from(STOPS)),
)  # fmt: skip
# Somebody has to be there before anything can happen to them.
stories = st.tuples(
    *[applications(st.just(face), PHONES, (0,)) for face in ("anna", "anna2", "bo")],
    st.just(Service("cycle")),
).flatmap(
    lambda first: st.lists(acts, min_size=8, max_size=20).map(
        lambda rest: [*first, *rest]
    )
)


def play(story: list[Act], *, third: bool = False) -> Play:
    """Play a story in a world of its own, let it settle, and check all that holds.

    ``third``: a merge in the CRM makes a third record of the two.
    """
    options = {"hubspot.merge_makes_new": third}
    with (
        tempfile.TemporaryDirectory() as place,
        world(Path(place), options=options) as here,
    ):
        one = Play(here)
        one.play(story)
        one.settle()
        one.check()
        before = snapshot(here)
        one.play([Service("replay")])
        one.check_answers()
        assert snapshot(here)["entities"] == before["entities"], "replay changed it"
        here.forget_calls()
        one.play([Service("cycle")])
        assert one.writes() == [], "replay wrote"
        assert snapshot(here) == before
    return one


@settings(
    max_examples=EXAMPLES, derandomize=SAME_AS_EVER, deadline=None, print_blob=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(stories, st.booleans())
def test_any_order_of_acts_ends_well(story: list[Act], third: bool) -> None:
    play(story, third=third)


def test_an_edit_right_after_a_merge_into_a_third_record_counts() -> None:
    # The value that staff choose is the one that the other record had.
    play(
        [Applies("anna"), Applies("anna2"), Service("cycle"),
         StaffEdit("anna2", "phone", PHONES[4]), StaffEdit("anna", "phone", PHONES[3]),
         Service("cycle"), StaffMerge("anna", "anna2"),
         StaffEdit("anna", "phone", PHONES[4]), Service("cycle")],
        third=True,
    )  # fmt: skip


def test_after_an_undone_merge_each_speaks_for_their_own_address(
    tmp_path: Path,
) -> None:
    # The contact keeps both addresses then, and the second person waits for staff.
    with world(tmp_path) as here:
        one = Play(here)
        one.play(
            [Applies("anna"), Applies("anna2"), Service("cycle"),
             StaffMerge("anna", "anna2"), Service("cycle")]
        )  # fmt: skip
        with here.service.database.reading() as session:
            away = session.scalars(
                select(Alias.entity_id).where(Alias.kind == "person")
            ).one()
        undo_merge(here.service, KEY, away)
        one.play([Service("cycle"), Service("nightly"), Service("cycle")])
        one.model.one["anna2"] = "anna2"
        one.play([Applies("anna2", newsletter=False), Service("cycle")])
        members = here.members()
        assert members[address("anna2")]["status"] == "unsubscribed"
        assert members[address("anna")]["status"] == "subscribed"


# --- each check can fail: one fault in memory, one story that shows it ----------------
# All of them in one world end well without the fault.
LEAVES_BY_FORM: list[Act] = [
    Applies("carla"), Service("cycle"), Applies("carla", newsletter=False),
]  # fmt: skip
LEAVES_ONE_OF_TWO: list[Act] = [
    Applies("anna"), Applies("anna2"), Service("cycle"), StaffMerge("anna", "anna2"),
    Service("cycle"), InNewsletter("anna", "unsubscribe"),
]  # fmt: skip
LEAVES_TWICE_UNSEEN: list[Act] = [
    Applies("bo2"), Service("cycle"), InNewsletter("bo2", "unsubscribe"),
    Service("cycle"), InNewsletter("bo2", "resubscribe"), Applies("bo2"),
    InNewsletter("bo2", "unsubscribe"),
]  # fmt: skip
OLD_ANSWER_AFTER_AN_EDIT: list[Act] = [
    Applies("bo"), Service("cycle"), StaffEdit("bo", "phone", PHONES[2]),
    Service("cycle"), Applies("bo", phone=PHONES[3], late=-1),
]  # fmt: skip
APPLIES_AGAIN_AFTER_A_DRAG: list[Act] = [
    Applies("dan", "mentor"), Service("cycle"),
    StaffDrag("dan", "mentor", "active"), Service("cycle"), Applies("dan", "mentor"),
]  # fmt: skip
APPLIES_TWICE: list[Act] = [Applies("dan"), Service("cycle"), Applies("dan", "mentor")]
SOUND: list[Act] = [
    *LEAVES_BY_FORM, *LEAVES_ONE_OF_TWO, *LEAVES_TWICE_UNSEEN,
    *OLD_ANSWER_AFTER_AN_EDIT, *APPLIES_TWICE, *APPLIES_AGAIN_AFTER_A_DRAG,
]  # fmt: skip


def never(*_args: Any) -> bool:
    """Refuse no word."""
    return False


def nobody(*_args: Any) -> list[Any]:
    """Find nobody."""
    return []


def nothing(*_args: Any) -> set[Any]:
    """Remember nothing."""
    return set()


def arrival(claim: Any) -> tuple[int]:
    """Order words as they come in."""
    return (claim.id or 0,)


def newest_always(claims: Any, _policy: str) -> Any:
    """Let the last word count, whoever said it."""
    return max(claims, key=resolve.order, default=None)


def forget_staff(session: Session, plan: Any) -> None:
    """Take what staff said back, and resolve anew."""
    session.execute(delete(Claim).where(Claim.source == "staff"))
    rebuild(session, plan)


def always_the_phone(_record: Any, desired: Any) -> dict[str, str]:
    """Owe everybody their phone for ever."""
    return {name: value for name, value in desired.items() if name == "phone"}


CRM, NEWSLETTER = "connector.sync.hubspot", "connector.sync.mailchimp"
PROGRAMME = "connector.programme"
FAULTS: dict[str, tuple[list[Act], str, str, Any, str]] = {
    "no-by-form-kept-back": (
        LEAVES_BY_FORM, f"{NEWSLETTER}.decide", "_refused", never, "carla left and",
    ),
    "no-for-one-address-only": (
        LEAVES_ONE_OF_TWO, f"{NEWSLETTER}.decide", "_elsewhere", nobody, "anna2 left",
    ),
    "no-heard-once": (
        LEAVES_TWICE_UNSEEN, f"{NEWSLETTER}.hear", "_since", never, "bo2 left and",
    ),
    "order-of-arrival": (
        OLD_ANSWER_AFTER_AN_EDIT, f"{PROGRAMME}.resolve", "order", arrival, "bo.*here",
    ),
    "status-reset": (
        APPLIES_AGAIN_AFTER_A_DRAG, f"{PROGRAMME}.resolve", "winner", newest_always,
        "dan.*mentor",
    ),
    "stranger-each-time": (
        APPLIES_TWICE, f"{PROGRAMME}.identity", "holders_of", nobody, "2 people",
    ),
    "writes-for-ever": (
        APPLIES_TWICE, f"{CRM}.push", "differences", always_the_phone, "never comes",
    ),
    "replay-repeats": (
        OLD_ANSWER_AFTER_AN_EDIT, "connector.deliveries", "rebuild", forget_staff,
        "replay changed",
    ),
    "answers-that-fail": (
        APPLIES_TWICE, f"{PROGRAMME}.ingest", "_said_before", nothing, "processed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    story, module, part, fault, found = FAULTS[name]
    with monkeypatch.context() as broken:
        broken.setattr(import_module(module), part, fault)
        with pytest.raises(AssertionError, match=found):
            play(story)


def test_without_a_fault_all_these_stories_end_well() -> None:
    play(SOUND)
