"""What waits for a person, in the language of the people it waits for."""

from __future__ import annotations

from collections.abc import Mapping

DANISH: Mapping[str, str] = {
    "shared_address": "To navne med én e-mailadresse: er det én person eller to?",
    "same_name": "To organisationer med samme navn, den ene uden domæne: er de én?",
    "address_taken": "Skiftede i Mailchimp til en adresse, som en anden har: er det én "
    "person eller to?",
    "address_changed": "Nyhedsbrevet går nu til en ny adresse; den, I selv har sat, "
    "står ved magt.",
    "crm_clash": "To af programmets poster passer til én post i HubSpot. Intet er "
    "skrevet.",
    "crm_ambiguous": "Flere poster i HubSpot passer lige godt. Flet dem dér, giv den "
    "ene domænet, eller arkivér den, der er for meget; afslut så dette. Intet er "
    "skrevet.",
    "crm_gone": "Posten findes ikke længere i HubSpot (arkiveret eller slettet). Den "
    "oprettes ikke igen.",
    "crm_two": "To kontakter i HubSpot er denne ene person. Flet dem dér, så den med "
    "den rigtige adresse bliver.",
    "crm_unkeyed": "Posten i HubSpot har mistet vores nøgle og tager den ikke igen.",
}
"""By the kind of question. What is not named here is kept in the right language."""


def in_words(kind: str, text: str, locale: str) -> str:
    """Return a question as staff read it; ``text`` is what was kept of it."""
    return DANISH.get(kind, text) if locale == "da" else text
