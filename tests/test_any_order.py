"""Whatever happens, in whatever order: what was said last stands, and nobody is harmed.

Lists of acts by people, staff and a service that may be deaf or stop are played in a
whole world over real HTTP; then it settles, and is held against ``any_order_model``.
A long run: ``ANY_ORDER_EXAMPLES=150 pytest tests/test_any_order.py``.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

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
)
from tests.comparing import snapshot
from tests.world import KEY, world

EXAMPLES = int(os.environ.get("ANY_ORDER_EXAMPLES", "12"))

faces = st.sampled_from(FACES)
roles = st.sampled_from(ROLES)
applies = st.builds(
    Applies, faces, roles, st.sampled_from([True, False, None]),
    st.sampled_from([*PHONES, None]), st.sampled_from([0, 0, 0, 1, 2, 4, -1]),
)  # fmt: skip
merges = st.sampled_from(TWICE).flatmap(
    lambda one: st.sampled_from(
        [StaffMerge(one, f"{one}2"), StaffMerge(f"{one}2", one)]
    )
)
works = st.sampled_from(
    [Service("drain"), Service("sync"), *[Service("cycle")] * 4,
     Service("reconcile"), Service("reconcile whole"), Service("replay"),
     Service("nightly"), Service("webhooks off"), Service("webhooks on")]
)  # fmt: skip
acts: st.SearchStrategy[Act] = st.one_of(
    applies, applies, works, works,
    st.builds(StaffEdit, faces, st.just("phone"), st.sampled_from(PHONES)),
    st.builds(StaffEdit, faces, st.just("firstname"), st.sampled_from(NICKNAMES)),
    st.builds(StaffDrag, faces, roles, st.sampled_from(STATUSES)),
    st.builds(StaffReason, faces, roles, st.sampled_from(REASONS)),
    st.builds(
        InNewsletter, faces,
        st.sampled_from(["unsubscribe", "unsubscribe", "resubscribe", "clean"]),
    ),
    merges, st.builds(Stops, st.sampled_from(STOPS)),
)  # fmt: skip
# Somebody has to be there before anything can happen to them.
stories = st.tuples(
    st.lists(applies, min_size=1, max_size=5),
    st.just([Service("cycle")]),
    st.lists(acts, min_size=6, max_size=24),
).map(lambda parts: [act for part in parts for act in part])


def play(story: list[Act]) -> None:
    """Play a story in a world of its own, let it settle, and check all that holds."""
    with tempfile.TemporaryDirectory() as place, world(Path(place)) as here:
        one = Play(here)
        one.play(story)
        one.settle()
        one.check()
        before = snapshot(here)
        one.play([Service("replay")])
        assert snapshot(here)["entities"] == before["entities"], "replay changed it"
        here.forget_calls()
        one.play([Service("cycle")])
        assert one.writes() == [], "replay wrote"
        assert snapshot(here) == before


@settings(
    max_examples=EXAMPLES, deadline=None, print_blob=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(stories)
def test_any_order_of_acts_ends_well(story: list[Act]) -> None:
    note(f"{KEY}: {story}")
    play(story)
