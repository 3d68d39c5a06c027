"""Setup of Typeform's webhooks, and of all tools in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sources.hooks import webhook_url
from connector.sources.reconcile import Asked, reconcile
from connector.sources.schedule import is_due
from connector.sync.setup import apply_all, plan_all
from connector.sync.setup.steps import SetupPlan
from tests.sync.setup_world import FORM, KEY, SetupWorld, run, world

PUBLIC = {"PUBLIC_URL": "https://mentor.example"}
HOOK = f"/typeform/forms/{FORM}/webhooks/vidensbro"
URL = f"https://mentor.example/webhooks/{KEY}/typeform"
OLD, NEW = "old-secret-for-tests-only", "new-secret-for-tests-only"


@pytest.fixture
def forms(tmp_path: Path):
    with world(tmp_path) as made:
        yield made


def test_every_form_there_gets_its_webhook_once(forms: SetupWorld):
    service = forms.service("typeform", **PUBLIC)
    plan = plan_all(service, KEY)
    assert apply_all(plan) == [
        f"Typeform: send svar på mentor_application ({FORM}) til {URL}."
    ]
    hook = forms.ask("GET", HOOK)
    assert (hook["url"], hook["enabled"], hook["verify_ssl"]) == (URL, True, True)
    (note,) = plan.notes
    assert "not-there (mentee_application, da)" in note

    forms.writes()
    again = run(service)
    assert (again.steps, again.notes, forms.writes()) == ([], [note], {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"enabled": False}, "til igen"),
        ({"url": "https://old.example/hook"}, "i stedet for https://old.example/hook"),
        ({"event_types": {"form_response_partial": True}}, "til igen"),
    ],
)
def test_a_webhook_changed_there_is_put_right(forms: SetupWorld, change, said):
    service = forms.service("typeform", **PUBLIC)
    run(service)
    body = {"url": URL, "enabled": True, "event_types": {"form_response": True}}
    forms.ask("PUT", HOOK, {**body, **change})
    (step,) = run(service).steps
    assert said in step.what
    assert forms.ask("GET", HOOK)["enabled"] is True
    assert forms.ask("GET", HOOK)["url"] == URL
    assert run(service).steps == []


def test_what_a_webhook_that_was_off_did_not_bring_is_looked_for_at_once(
    forms: SetupWorld,
):
    service = forms.service("typeform", **PUBLIC)
    run(service)
    reconcile(service, KEY, Asked(form=FORM))
    assert FORM not in is_due(service, KEY, "typeform", [FORM])
    forms.ask("PUT", HOOK, {"url": URL, "enabled": False})
    run(service)
    assert FORM in is_due(service, KEY, "typeform", [FORM])


def test_a_new_secret_is_put_once_and_stands_nowhere(forms: SetupWorld):
    run(forms.service("typeform", TYPEFORM_SECRETS=OLD, **PUBLIC))
    both = forms.service("typeform", TYPEFORM_SECRETS=f"{NEW},{OLD}", **PUBLIC)
    plan = run(both)
    (step,) = plan.steps
    assert "hemmelighed" in step.what
    assert run(both).steps == []
    with both.database.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT facts FROM connection").all())
    assert FORM in kept
    for secret in (OLD, NEW):
        assert secret not in "".join([kept, step.what, *plan.notes])


def test_without_a_public_address_there_are_no_webhooks(forms: SetupWorld):
    plan = run(forms.service("typeform"))
    assert plan.steps == []
    (remark,) = plan.remarks
    assert remark.startswith("PUBLIC_URL er ikke sat")
    (note,) = plan.notes
    assert "not-there" in note


def test_the_real_typeform_is_not_sent_to_this_machine(forms: SetupWorld):
    away = {"TYPEFORM_TOKEN": "", "TYPEFORM_BASE_URL": "https://api.typeform.com"}
    service = forms.service(
        "mailchimp", "typeform", PUBLIC_URL="http://127.0.0.1:8000", **away
    )
    plan = plan_all(service, KEY)
    assert {step.tool for step in plan.steps} == {"mailchimp"}
    (note,) = plan.notes
    assert "denne maskine selv" in note


def test_without_a_secret_there_are_no_webhooks(forms: SetupWorld):
    plan = run(forms.service("typeform", TYPEFORM_SECRETS="", **PUBLIC))
    assert plan.steps == []
    assert plan.notes[0].startswith("TYPEFORM_SECRETS er ikke sat")


def test_without_a_token_a_person_makes_them(forms: SetupWorld):
    plan = run(forms.service("typeform", TYPEFORM_TOKEN="", **PUBLIC))
    assert plan.steps == []
    (note,) = plan.notes
    assert URL in note


def test_an_address_that_typeform_refuses_is_told(forms: SetupWorld):
    forms.option("typeform.https_required", True)
    plan = run(forms.service("typeform", PUBLIC_URL="http://mentor.example"))
    assert plan.notes[-1].startswith("Afvist: ")
    assert "https" in plan.notes[-1]


def test_the_demos_address_is_this_machine(tmp_path: Path):
    from connector.service import Service
    from connector.settings import load_settings

    settings = load_settings({"DATA_DIR": str(tmp_path), "PORT": "8123"})
    plan = SetupPlan(Service.open(settings), "lyngby")
    assert (
        webhook_url(plan.service, plan.key, "typeform")
        == "http://127.0.0.1:8123/webhooks/lyngby/typeform"
    )


def test_all_tools_at_once(forms: SetupWorld):
    service = forms.service("hubspot", "mailchimp", "typeform", **PUBLIC)
    first = run(service)
    assert [step.tool for step in first.steps] == sorted(
        step.tool for step in first.steps
    )
    assert {step.tool for step in first.steps} == {"hubspot", "mailchimp", "typeform"}
    # Nobody answers at that address, so Mailchimp refuses to call it.
    assert [step.part for step in run(service).steps] == ["webhook"]


def test_nothing_connected_nothing_planned(forms: SetupWorld):
    service = forms.service("hubspot", HUBSPOT_TOKEN="")
    plan = run(service)
    assert (plan.steps, plan.notes) == ([], [])
