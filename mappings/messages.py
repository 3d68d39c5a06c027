"""What staff read when an answer could not be taken over. No answer stands in them."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, Mapping[str, str]] = {
    "missing": {
        "da": "Svaret mangler.",
        "en": "The answer is missing.",
    },
    "unreadable": {
        "da": "Svaret kan ikke læses.",
        "en": "The answer cannot be read.",
    },
    "bad_email": {
        "da": "Svaret er ikke en gyldig e-mailadresse.",
        "en": "The answer is not a valid e-mail address.",
    },
    "bad_domain": {
        "da": "Svaret er ikke et gyldigt domæne.",
        "en": "The answer is not a valid domain.",
    },
    "bad_phone": {
        "da": "Svaret er ikke et muligt telefonnummer.",
        "en": "The answer is not a possible phone number.",
    },
    "bad_date": {
        "da": "Svaret er ikke en dato, som kan læses entydigt (åååå-mm-dd).",
        "en": "The answer is not a date that can be read in one way (yyyy-mm-dd).",
    },
    "bad_number": {
        "da": "Svaret er ikke et tal.",
        "en": "The answer is not a number.",
    },
    "bad_integer": {
        "da": "Svaret er ikke et helt tal.",
        "en": "The answer is not a whole number.",
    },
    "bad_yes_no": {
        "da": "Svaret er hverken ja eller nej.",
        "en": "The answer is neither yes nor no.",
    },
    "bad_url": {
        "da": "Svaret er ikke en webadresse.",
        "en": "The answer is not a web address.",
    },
    "bad_language": {
        "da": "Sproget er ukendt.",
        "en": "The language is not known.",
    },
    "bad_scale": {
        "da": "Svaret ligger uden for skalaen.",
        "en": "The answer lies outside the scale.",
    },
    "other_scale": {
        "da": "Formularens skala har et andet antal trin end spørgsmålets.",
        "en": "The form's scale has another number of steps than the question's.",
    },
    "unknown_choice": {
        "da": "Valget er ikke kendt. Tilføj det til spørgsmålets choices.",
        "en": "The choice is not known. Add it to the question's choices.",
    },
    "several_choices": {
        "da": "Der er valgt mere end ét svar.",
        "en": "More than one choice was picked.",
    },
    "converter_failed": {
        "da": "Byens egen konverter fejlede.",
        "en": "The city's own converter failed.",
    },
    "unanswered": {
        "da": "Svaret er hverken ja, nej eller ved ikke efter formularens regler.",
        "en": "By the form's rules the answer is neither yes, no nor don't know.",
    },
    "no_round": {
        "da": "Svaret hører ikke til nogen runde: uden for rekrutteringen.",
        "en": "The answer belongs to no round: outside every recruitment.",
    },
    "unknown_round": {
        "da": "Formularens skjulte felt nævner en runde, som ikke findes.",
        "en": "The form's hidden field names a round that does not exist.",
    },
    "link_missing": {
        "da": "En post, som denne bygger på, kunne ikke læses.",
        "en": "A record that this one needs could not be read.",
    },
    "no_respondent": {
        "da": "Hverken deltagerens nøgle eller et svar fortæller, hvem der svarer.",
        "en": "Neither a participant's token nor an answer tells who answers.",
    },
}
