"""HubSpot: one account, through one door, at one dated version of its API."""

from connector.clients.hubspot.links import Links, Pair
from connector.clients.hubspot.records import BATCH, BATCH_WITH_HISTORY, Records
from connector.clients.hubspot.schema import Schema
from connector.clients.hubspot.search import SEARCH_LANE, Search, modified_property
from connector.clients.hubspot.shapes import (
    BatchAnswer,
    Owner,
    Past,
    Record,
    Write,
    WriteAnswer,
    explain,
)
from connector.clients.settling import Problem

__all__ = [
    "BATCH",
    "BATCH_WITH_HISTORY",
    "SEARCH_LANE",
    "BatchAnswer",
    "HubSpot",
    "Owner",
    "Pair",
    "Past",
    "Problem",
    "Record",
    "Write",
    "WriteAnswer",
    "explain",
    "modified_property",
]


class HubSpot(Records, Search, Schema, Links):
    """Plain values in and out; every path comes from one table.

    Types are HubSpot's names or numbers: `contacts`, `companies`, courses `0-410`,
    services `0-162`, meetings `0-47`, notes `0-46`. All are read, searched and
    associated alike.
    """
