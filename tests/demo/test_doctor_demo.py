"""doctor in the demo: the sandbox is well, and what the demo may do is no fault."""

from __future__ import annotations

from pathlib import Path

from connector import pulse
from connector.doctor import examine
from tests.demo.demo_world import demo_world, work


def test_the_demo_is_well(tmp_path: Path) -> None:
    with demo_world(tmp_path, applications=2) as here:
        work(here.service)
        with here.service.database.writing() as session:
            pulse.beat(session, pulse.WORKER)
        found = examine(here.service, here.service.settings.programmes)
        assert [one for one in found if one.level != "well"] == []
        looked_at = {one.check for one in found}
    assert {"hubspot.setup", "typeform.setup", "mailchimp.fields"} <= looked_at
    assert {"public", "backup", "settings.files"}.isdisjoint(looked_at)
