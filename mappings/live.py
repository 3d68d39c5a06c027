"""Forms as they stand at their tools: one reader a tool, entered once here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mappings.live_form import Family, LiveChoice, LiveForm, LiveQuestion
from mappings.live_surveymonkey import surveymonkey_survey
from mappings.live_typeform import typeform_form

__all__ = [
    "READERS",
    "Family",
    "LiveChoice",
    "LiveForm",
    "LiveQuestion",
    "surveymonkey_survey",
    "typeform_form",
]

READERS: Mapping[str, Callable[[Mapping[str, Any]], LiveForm]] = MappingProxyType(
    {"surveymonkey": surveymonkey_survey, "typeform": typeform_form}
)
"""By provider: from a form's JSON, as its tool hands it out, to a ``LiveForm``."""
