"""One cycle: no tool's trouble is another tool's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.sync import hubspot
from tests.world import world


def test_a_fault_in_one_tool_does_not_keep_another_from_its_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_side: Any) -> None:
        raise KeyError("anna@people.example")

    with world(tmp_path) as here:
        here.apply_as_mentee("Anna Prøve")
        here.drain()
        monkeypatch.setattr(hubspot, "sync", broken)
        outcomes = here.sync()
        assert outcomes["hubspot"].problems == ["HubSpot: KeyError"]
        assert "anna@people.example" in here.members()
    assert "the sync with HubSpot failed" in caplog.text
