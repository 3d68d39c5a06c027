"""What HubSpot needs once: activated objects, a group, properties and the pipeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from connector.accounts import HubSpotAccount
from connector.clients import HubSpot, RemoteRefused
from connector.sync.hubspot.objects import ID, ObjectKind, objects
from connector.sync.setup import words
from connector.sync.setup.definitions import (
    GROUP,
    GROUP_LABEL,
    Definition,
    definitions,
    fits,
    missing_options,
    unique_id,
)
from connector.sync.setup.stages import plan_stages
from connector.sync.setup.steps import SetupPlan, Step, StepRefusedError

# Native objects that a person has to activate first; by API it is not possible in
# version 2026-09. What they are called in the account's own list.
LIBRARY = {"0-410": "Courses", "0-162": "Services"}
SETTINGS = {
    "round": "HUBSPOT_ROUND_OBJECT",
    "participation": "HUBSPOT_PARTICIPATION_OBJECT",
}
CONFLICT = 409


def plan_hubspot(plan: SetupPlan, client: HubSpot, account: HubSpotAccount) -> None:
    """Add to the plan what this account lacks. Nothing is planned for an object that
    is not activated, or whose records could not be addressed by our own key."""
    kinds = objects(account)
    carried: dict[str, list[str]] = defaultdict(list)
    for entity, kind in kinds.items():
        carried[kind.type].append(entity)
    off = _not_activated(plan, client, kinds)
    for object_type, entities in carried.items():
        if object_type in off:
            continue
        usable = _Object(plan, client, object_type, entities).add()
        if usable and "participation" in entities:
            plan_stages(plan, client, object_type)


def _not_activated(
    plan: SetupPlan, client: HubSpot, kinds: Mapping[str, ObjectKind]
) -> set[str]:
    enabled = client.enablement()
    off = set()
    for entity, setting in SETTINGS.items():
        object_type = kinds[entity].type
        if object_type in LIBRARY and not enabled.get(object_type, False):
            off.add(object_type)
            plan.note(
                words.ACTIVATE,
                name=LIBRARY[object_type],
                type=object_type,
                setting=plan.setting(setting),
            )
    return off


class _Object:
    """The properties of one object type."""

    def __init__(
        self, plan: SetupPlan, client: HubSpot, object_type: str, entities: list[str]
    ) -> None:
        self.plan, self.client = plan, client
        self.type, self.entities = object_type, entities
        self.name = plan.say(words.OBJECTS[object_type])

    def add(self) -> bool:
        """Plan what is missing; False where the object cannot be used as it is."""
        have = {one["name"]: one for one in self.client.properties(self.type)}
        mine = have.get(ID)
        if mine is not None and not mine.get("hasUniqueValue"):
            self.plan.note(words.NOT_UNIQUE, object=self.name)
            return False
        if GROUP not in {one["name"] for one in self.client.groups(self.type)}:
            said = self.plan.say(words.GROUP, object=self.name)
            self._step(said, self._create_group, "property group", [GROUP_LABEL])
        if mine is None:
            said = self.plan.say(words.UNIQUE, object=self.name)
            self._step(said, self._create_unique, "property", [ID])
        wanted = definitions(self.plan.mapping, self.entities)
        missing = [one for one in wanted if one["name"] not in have]
        if missing:
            labels = [one["label"] for one in missing]
            said = self.plan.say(
                words.PROPERTIES,
                object=self.name,
                count=len(missing),
                names=", ".join(labels),
            )
            self._step(said, partial(self._create, missing), "property", labels)
        for one in wanted:
            if one["name"] in have:
                self._existing(have[one["name"]], one)
        return True

    def _step(
        self, what: str, apply: Callable[[], object], kind: str, names: Sequence[str]
    ) -> None:
        step = Step("hubspot", what, apply, self.type, kind=kind, names=tuple(names))
        self.plan.steps.append(step)

    def _existing(self, have: Definition, want: Definition) -> None:
        if not fits(have, want):
            self.plan.note(
                words.OTHER_TYPE,
                name=want["name"],
                object=self.name,
                have=f"{have.get('type')}/{have.get('fieldType')}",
                want=f"{want['type']}/{want['fieldType']}",
            )
            return
        if want["type"] != "enumeration":
            return
        options = missing_options(have.get("options") or (), want["options"])
        if options:
            labels = [one["label"] for one in options]
            said = self.plan.say(
                words.OPTIONS,
                name=want["name"],
                object=self.name,
                labels=", ".join(labels),
            )
            add = partial(self.client.add_property_options, self.type, want["name"])
            named = [f"{want['name']}: {label}" for label in labels]
            self._step(said, partial(add, options), "answer option", named)

    def _create_group(self) -> None:
        try:
            self.client.create_group(self.type, GROUP, GROUP_LABEL)
        except RemoteRefused as error:
            if error.status != CONFLICT:
                raise

    def _create_unique(self) -> None:
        """Create the key. Whether courses and services may have a unique property is
        documented nowhere, so a refusal names the way round it."""
        definition = unique_id(self.plan.mapping.locale)
        try:
            self.client.create_property(self.type, definition)
        except RemoteRefused as error:
            if not self._is_unique_by_now(error):
                raise StepRefusedError(self._no_key(error), blocks=True) from error

    def _is_unique_by_now(self, error: RemoteRefused) -> bool:
        if error.status != CONFLICT:
            return False
        have = self.client.properties(self.type)
        return any(one["name"] == ID and one.get("hasUniqueValue") for one in have)

    def _no_key(self, error: RemoteRefused) -> str:
        setting = next((SETTINGS[one] for one in self.entities if one in SETTINGS), "")
        text = words.UNIQUE_REFUSED if self.type in LIBRARY else words.UNIQUE_LIMIT
        if error.status == CONFLICT:
            text = words.NOT_UNIQUE
        return self.plan.say(
            text,
            object=self.name,
            said=error.message or str(error),
            setting=self.plan.setting(setting),
        )

    def _create(self, missing: list[Definition]) -> None:
        """Create in one call; what that refuses or leaves out singly, to name it."""
        try:
            made = self.client.create_properties(self.type, missing)
        except RemoteRefused:
            made = []
        names = {one.get("name") for one in made}
        problems = []
        for one in missing:
            if one["name"] in names:
                continue
            try:
                self.client.create_property(self.type, one)
            except RemoteRefused as error:
                if error.status != CONFLICT:
                    problems.append(f"{one['name']} ({error.message or error})")
        if problems:
            raise StepRefusedError(
                self.plan.say(
                    words.SOME_REFUSED, object=self.name, said="; ".join(problems)
                )
            )
