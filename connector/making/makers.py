"""The form tools at which forms can be made: one entry each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.clients import SurveyMonkey, Typeform
from connector.sources.tools import Source, sources
from connector.sync.setup.steps import SetupPlan
from connector.sync.setup.surveymonkey import plan_surveys
from connector.sync.setup.typeform import plan_forms
from mappings import forms, surveymonkey_forms
from mappings.live import READERS, LiveForm
from mappings.pairing import How, pair
from mappings.plan import Binding, FormMap

Definition = dict[str, Any]


@dataclass(frozen=True)
class Maker:
    """What making needs of a form tool, beside what reading does (``source``).

    ``definition`` is a form as the tool takes it; ``post`` makes one and returns its
    id, ``link`` where people answer it, making that address where there is none yet.
    ``told_by`` are the ways in which a form of ours tells its questions. ``personal``
    turns a link into one with ``{token}`` for the binding, "" where the form's id is
    enough. ``hook`` plans the webhooks; ``scopes`` is what the credential needs, and
    ``collect`` where staff find the link in the tool.
    """

    source: Source
    definition: Callable[[FormMap, str], Definition]
    post: Callable[[Any, Definition], str]
    link: Callable[[Any, str, str], str]
    personal: Callable[[str], str]
    told_by: frozenset[How]
    hook: Callable[[SetupPlan, Sequence[Binding]], None]
    scopes: str
    collect: str

    def is_ours(self, client: Any, form: str, form_map: FormMap) -> bool:
        """Tell whether a form asks just what we would have made, in our words."""
        live = self.read(client, form)
        pairing = pair(form_map, live)
        known = all(p.by in self.told_by for p in pairing.pairs.values())
        return known and not pairing.keys_left and not pairing.live_left

    def read(self, client: Any, form: str) -> LiveForm:
        """Return a form as it stands at the tool."""
        told = self.source.live(client, form)
        provider = next(k for k, s in sources().items() if s is self.source)
        return READERS[provider](told)


def makers() -> Mapping[str, Maker]:
    """Return every tool at which forms can be made, by its provider's key."""
    known = sources()
    return {
        "typeform": Maker(
            source=known["typeform"],
            definition=forms.definition,
            post=_post_form,
            link=_form_link,
            personal=lambda _link: "",
            told_by=frozenset({"name"}),
            hook=plan_forms,
            scopes="forms:read, forms:write and webhooks:write",
            collect="the form's page at Typeform, under Share",
        ),
        "surveymonkey": Maker(
            source=known["surveymonkey"],
            definition=surveymonkey_forms.definition,
            post=_post_survey,
            link=_survey_link,
            personal=_with_token,
            told_by=frozenset({"name", "heading"}),
            hook=plan_surveys,
            scopes="surveys_read, surveys_write, collectors_read and collectors_write",
            collect="the survey's page at SurveyMonkey, under Collect Responses",
        ),
    }


def _post_form(client: Typeform, definition: Definition) -> str:
    return str(client.create_form(definition)["id"])


def _form_link(client: Typeform, form: str, _title: str) -> str:
    """Return the address that the form itself names: an account may have its own."""
    links = client.form(form).get("_links")
    display = links.get("display") if isinstance(links, dict) else None
    return str(display or f"https://form.typeform.com/to/{form}")


def _post_survey(client: SurveyMonkey, definition: Definition) -> str:
    return str(client.create_survey(definition)["id"])


def _survey_link(client: SurveyMonkey, survey: str, title: str) -> str:
    """Return the address of our collector; it is made where there is none yet."""
    for one in client.collectors(survey):
        if one.get("name") == title and one.get("type") == "weblink" and one.get("url"):
            return str(one["url"])
    return str(client.create_weblink(survey, title).get("url") or "")


def _with_token(link: str) -> str:
    """Return a link that fills the custom variable in: they stand in the query."""
    if not link:
        return ""
    return f"{link}{'&' if '?' in link else '?'}token={{token}}"
