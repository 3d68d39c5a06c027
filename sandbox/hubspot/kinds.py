"""The object types the sandbox's portal knows, and the properties they start with.

Names and numbers as in HubSpot's public 2026-09 specs; only the properties that a
programme could meet, not the hundreds of a real account.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sandbox.hubspot.errors import HubError

Definition = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One object type. `names` are what a path may call it besides its number."""

    number: str
    label: str
    names: tuple[str, ...]
    group: str
    shown: tuple[str, ...]
    created: str = "hs_createdate"
    modified: str = "hs_lastmodifieddate"
    pipeline: str | None = None
    stage: str | None = None
    # Native objects that a person has to switch on in the account first.
    library: bool = False
    # Without these no record is made.
    required: tuple[str, ...] = ()

    @property
    def store(self) -> str:
        """Where its records are kept."""
        return f"hubspot.record.{self.number}"


KINDS = (
    Kind(
        "0-1",
        "Contact",
        ("contacts", "contact"),
        "contactinformation",
        ("email", "firstname", "lastname"),
        created="createdate",
        modified="lastmodifieddate",
    ),
    Kind(
        "0-2",
        "Company",
        ("companies", "company"),
        "companyinformation",
        ("name", "domain"),
        created="createdate",
    ),
    Kind(
        "0-3",
        "Deal",
        ("deals", "deal"),
        "dealinformation",
        ("dealname", "amount", "closedate", "pipeline", "dealstage"),
        created="createdate",
        pipeline="pipeline",
        stage="dealstage",
    ),
    Kind(
        "0-410",
        "Course",
        ("courses", "course"),
        "course_information",
        (),
        pipeline="hs_pipeline",
        stage="hs_pipeline_stage",
        library=True,
    ),
    Kind(
        "0-162",
        "Service",
        ("services", "service"),
        "service_information",
        (),
        pipeline="hs_pipeline",
        stage="hs_pipeline_stage",
        library=True,
    ),
    Kind(
        "0-47",
        "Meeting",
        ("meetings", "meeting"),
        "engagementInfo",
        ("hs_meeting_title", "hs_meeting_start_time", "hs_meeting_outcome"),
    ),
    Kind(
        "0-46",
        "Note",
        ("notes", "note"),
        "engagementInfo",
        ("hs_note_body", "hs_timestamp"),
        required=("hs_timestamp",),
    ),
    Kind(
        "0-27",
        "Task",
        ("tasks", "task"),
        "task",
        ("hs_task_subject", "hs_task_status", "hs_timestamp"),
        required=("hs_timestamp",),
    ),
)
_BY_NAME = {name: kind for kind in KINDS for name in (kind.number, *kind.names)}

# Per type: property name -> (type, fieldType).
_TEXT = ("string", "text")
_NATIVE: dict[str, dict[str, tuple[str, str]]] = {
    "0-1": {
        "email": _TEXT,
        "firstname": _TEXT,
        "lastname": _TEXT,
        "phone": ("string", "phonenumber"),
        "mobilephone": ("string", "phonenumber"),
        "company": _TEXT,
        "jobtitle": _TEXT,
        "city": _TEXT,
        "zip": _TEXT,
        "country": _TEXT,
        "website": _TEXT,
        "hs_language": _TEXT,
        "hubspot_owner_id": _TEXT,
    },
    "0-2": {
        "name": _TEXT,
        "domain": _TEXT,
        "phone": ("string", "phonenumber"),
        "city": _TEXT,
        "zip": _TEXT,
        "country": _TEXT,
        "website": _TEXT,
        "description": ("string", "textarea"),
        "hubspot_owner_id": _TEXT,
    },
    "0-3": {
        "dealname": _TEXT,
        "amount": ("number", "number"),
        "closedate": ("datetime", "date"),
        "description": ("string", "textarea"),
        "hubspot_owner_id": _TEXT,
    },
    "0-410": {
        "hs_course_id": _TEXT,
        "hs_course_name": _TEXT,
        "hs_course_description": ("string", "textarea"),
        "hs_enrollment_capacity": ("number", "number"),
        "hubspot_owner_id": _TEXT,
    },
    "0-162": {
        "hs_name": _TEXT,
        "hs_start_date": ("datetime", "date"),
        "hs_target_end_date": ("datetime", "date"),
        "hs_close_date": ("datetime", "date"),
        "hs_description": ("string", "textarea"),
        "hubspot_owner_id": _TEXT,
    },
    "0-47": {
        "hs_timestamp": ("datetime", "date"),
        "hs_meeting_title": _TEXT,
        "hs_meeting_body": ("string", "html"),
        "hs_meeting_start_time": ("datetime", "date"),
        "hs_meeting_end_time": ("datetime", "date"),
        "hs_meeting_outcome": ("enumeration", "select"),
        "hubspot_owner_id": _TEXT,
    },
    "0-46": {
        "hs_timestamp": ("datetime", "date"),
        "hs_note_body": ("string", "html"),
        "hubspot_owner_id": _TEXT,
    },
    "0-27": {
        "hs_timestamp": ("datetime", "date"),
        "hs_task_subject": _TEXT,
        "hs_task_body": ("string", "html"),
        "hs_task_status": ("enumeration", "select"),
        "hs_task_priority": ("enumeration", "select"),
        "hs_task_type": ("enumeration", "select"),
        "hubspot_owner_id": _TEXT,
    },
}

OUTCOMES = ("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED")
_OPTIONS = {
    "hs_meeting_outcome": OUTCOMES,
    "hs_task_status": (
        "NOT_STARTED",
        "IN_PROGRESS",
        "WAITING",
        "DEFERRED",
        "COMPLETED",
    ),
    "hs_task_priority": ("NONE", "LOW", "MEDIUM", "HIGH"),
    "hs_task_type": ("EMAIL", "CALL", "TODO"),
}


def kind_of(name: str) -> Kind:
    """The type a path names, by number or name; 400 for one HubSpot cannot infer."""
    kind = _BY_NAME.get(name.lower())
    if kind is None:
        raise HubError(400, f"Unable to infer object type from: {name}")
    return kind


def definition(name: str, type_: str, field_type: str, group: str) -> Definition:
    """A property definition with what every one carries."""
    return {
        "name": name,
        "label": name.removeprefix("hs_").replace("_", " ").capitalize(),
        "type": type_,
        "fieldType": field_type,
        "description": "",
        "groupName": group,
        "options": [],
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "hasUniqueValue": False,
        "hidden": False,
        "hubspotDefined": False,
        "formField": False,
        "archived": False,
        "dataSensitivity": "non_sensitive",
        "modificationMetadata": {
            "archivable": True,
            "readOnlyDefinition": False,
            "readOnlyOptions": False,
            "readOnlyValue": False,
        },
    }


@cache
def native(kind: Kind) -> dict[str, Definition]:
    """The properties of HubSpot's own that this type has; not to be changed."""
    found = {
        name: _defined(definition(name, *types, kind.group), read_only=False)
        for name, types in _NATIVE[kind.number].items()
    }
    for name in found.keys() & _OPTIONS.keys():
        found[name] |= {"options": [_option(value) for value in _OPTIONS[name]]}
    read_only = dict.fromkeys((kind.created, kind.modified), ("datetime", "date"))
    read_only |= {"hs_object_id": ("number", "number")}
    read_only |= {"hs_merged_object_ids": ("enumeration", "checkbox")}
    if kind.number == "0-1":
        read_only |= {"hs_additional_emails": ("enumeration", "checkbox")}
    for name, types in read_only.items():
        found[name] = _defined(definition(name, *types, kind.group), read_only=True)
    for name in filter(None, (kind.pipeline, kind.stage)):
        stage = definition(name, "enumeration", "select", kind.group)
        found[name] = _defined(stage, read_only=False) | {"externalOptions": True}
    return found


def _option(value: str) -> dict[str, Any]:
    label = value.replace("_", " ").capitalize()
    return {"label": label, "value": value, "displayOrder": -1, "hidden": False}


def _defined(made: Definition, *, read_only: bool) -> Definition:
    rights = made["modificationMetadata"] | {
        "archivable": False,
        "readOnlyDefinition": True,
        "readOnlyValue": read_only,
    }
    return made | {"hubspotDefined": True, "modificationMetadata": rights}
