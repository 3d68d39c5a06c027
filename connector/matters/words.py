"""What is said of each matter that waits for a person, in Danish and English.

No sentence holds a name, an address or an answer: whoever it is about is seen on the
record that the task stands on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """The sentences of one kind of matter, in one language, with gaps to fill.

    ``aside`` says what it comes to when staff let it lie.
    """

    title: str
    happened: str
    safe: str
    do: str
    aside: str

    def filled(self, gaps: Mapping[str, object]) -> Said:
        """Return the sentences with every gap filled, whichever of them has it."""
        return Said(*(sentence.format(**gaps) for sentence in astuple(self)))


Words = Mapping[str, Said]

PARKED: Words = {
    "da": Said(
        "Besvarelse {number} skal ses efter",
        "I besvarelse {number} ({form}) kunne noget ikke læses. {reasons}",
        "Intet er tabt: besvarelsen er gemt, som den kom, og alt andet i den er brugt.",
        "{remedy}",
        "Besvarelsen bliver liggende, som den er: det, der ikke kunne læses, tæller "
        "ikke med.",
    ),
    "en": Said(
        "Delivery {number} needs a look",
        "Something in delivery {number} ({form}) could not be read. {reasons}",
        "Nothing is lost: the answers are kept as they came, and all else in them was "
        "used.",
        "{remedy}",
        "The delivery stays as it is: what could not be read does not count.",
    ),
}
CORRECT = {
    "da": "Se svaret: vidensbro deliveries show {number}. Ret det med: vidensbro "
    'deliveries correct {number} {question} "VÆRDI" --reason "HVORFOR". Skal det ikke '
    'tælle: vidensbro deliveries discard {number} --reason "HVORFOR"',
    "en": "See the answer: vidensbro deliveries show {number}. Correct it with: "
    'vidensbro deliveries correct {number} {question} "VALUE" --reason "WHY". If it '
    'is not to count: vidensbro deliveries discard {number} --reason "WHY"',
}
ON_RECORD = {
    "da": "Kender I det rigtige svar, så skriv det i {places} i HubSpot; så lukker "
    "opgaven sig selv. Eller ret svaret selv. ",
    "en": "If you know the right answer, write it into {places} in HubSpot, and the "
    "task closes itself. Or correct the answer itself. ",
}
PLACE = {"da": "“{label}” på {record}", "en": "“{label}” on {record}"}
AND = {"da": " og ", "en": " and "}
RECORDS: Mapping[str, Mapping[str, str]] = {
    "da": {
        "person": "kontakten",
        "organisation": "virksomheden",
        "participation": "deltagelsen",
    },
    "en": {
        "person": "the contact",
        "organisation": "the company",
        "participation": "the participation",
    },
}
LOOK = {
    "da": "Se den: vidensbro deliveries show {number}. Når årsagen er rettet: "
    "vidensbro deliveries replay {number}. Skal den ikke tælle: vidensbro deliveries "
    'discard {number} --reason "HVORFOR"',
    "en": "See it: vidensbro deliveries show {number}. When the cause is put right: "
    "vidensbro deliveries replay {number}. If it is not to count: vidensbro "
    'deliveries discard {number} --reason "WHY"',
}
NO_CONSENT = {
    "da": "Har personen ikke givet samtykke, så kassér den: vidensbro deliveries "
    'discard {number} --reason "intet samtykke"',
    "en": "If they gave no consent, discard it: vidensbro deliveries discard {number} "
    '--reason "no consent"',
}
UNREADABLE = {
    "da": "Den kom i en form, som ikke kan læses.",
    "en": "It came in a form that cannot be read.",
}
MORE_REASONS = {"da": "Og {count} til.", "en": "And {count} more."}

QUARANTINED: Words = {
    "da": Said(
        "Der kommer svar fra en formular, som intet læser",
        "Formularen {form} hos {tool} har sendt svar ({count}), og ingen opsætning "
        "læser den.",
        "Intet er tabt: svarene er gemt, og de læses, så snart formularen er sat op.",
        "Skal den læses: vidensbro forms pull {provider} {form} --write sætter den op, "
        "så vidt den kan, og siger, hvad der mangler. Skal den ikke: kassér svarene, "
        "som vidensbro quarantine list viser.",
        "Svarene gemmes og tæller ikke. Flere svar fra samme formular spørger ikke "
        "igen.",
    ),
    "en": Said(
        "Answers come from a form that nothing reads",
        "The form {form} at {tool} has sent answers ({count}), and no mapping reads "
        "it.",
        "Nothing is lost: the answers are kept, and read as soon as the form is bound.",
        "If it is to be read: vidensbro forms pull {provider} {form} --write sets it "
        "up as far as it can, and says what is missing. If not: discard the answers "
        "that vidensbro quarantine list shows.",
        "The answers are kept and count nowhere. More answers of the same form do not "
        "ask again.",
    ),
}

DRIFTED: Words = {
    "da": Said(
        "Formularen “{form}” passer ikke længere",
        "Formularen “{form}” hos {tool} er ændret. {findings}",
        "Det, der er svaret, er gemt. Det, der ikke passer, bliver ikke gættet.",
        "Ret formularen i {tool}, eller følg linjen, som denne viser: vidensbro forms "
        "check --form {form_id}",
        "Formularen bliver, som den er. Kommer der en ny forskel, spørger vi igen.",
    ),
    "en": Said(
        "The form “{form}” no longer fits",
        "The form “{form}” at {tool} has changed. {findings}",
        "What was answered is kept. What does not fit is not guessed.",
        "Put the form right in {tool}, or follow the line that this shows: vidensbro "
        "forms check --form {form_id}",
        "The form stays as it is. If another difference comes, we ask again.",
    ),
}

SHUT: Words = {
    "da": Said(
        "Formularerne hos {tool} kan ikke læses",
        "{count} formularer hos {tool} kan ikke læses. {reason}",
        "Det, der er svaret, er gemt. Hvad der svares imens, hentes, når de kan læses "
        "igen.",
        "Se, hvad der er i vejen, og hvordan det rettes: vidensbro doctor",
        "Vi ser ikke efter, om formularerne hos {tool} stadig passer.",
    ),
    "en": Said(
        "The forms at {tool} cannot be read",
        "{count} forms at {tool} cannot be read. {reason}",
        "What was answered is kept. What is answered meanwhile is fetched once they "
        "can be read again.",
        "See what stands in the way and how to mend it: vidensbro doctor",
        "Nobody looks whether the forms at {tool} still fit.",
    ),
}

DOUBT: Words = {
    "da": Said(
        "{title}",
        "{question}",
        "{safe}",
        "{remedy}",
        "Vi spørger ikke mere. Intet flettes, og hvem der holdes tilbage, bliver ved "
        "med det, indtil I siger andet med vidensbro people review.",
    ),
    "en": Said(
        "{title}",
        "{question}",
        "{safe}",
        "{remedy}",
        "We ask no more. Nothing is merged, and whoever is held back stays held back "
        "until you say otherwise with vidensbro people review.",
    ),
}
HELD = {
    "da": "Intet er flettet, og intet er tabt. Den nye er holdt tilbage fra alle "
    "værktøjer, indtil I har sagt, hvad der er rigtigt.",
    "en": "Nothing was merged and nothing is lost. The newer one is held back from "
    "every tool until you have said which it is.",
}
KEPT = {
    "da": "Intet er slettet eller flettet her.",
    "en": "Nothing was deleted or merged here.",
}
DOUBT_TITLES: Mapping[str, Mapping[str, str]] = {
    "da": {
        "shared_address": "Er det én person eller to?",
        "address_taken": "Er det én person eller to?",
        "same_name": "Er det én organisation eller to?",
        "address_changed": "Hvilken e-mailadresse gælder?",
        "crm_clash": "To passer til én post i HubSpot",
        "crm_ambiguous": "Flere poster i HubSpot passer lige godt",
        "crm_gone": "En post er væk fra HubSpot",
        "crm_unkeyed": "En post i HubSpot har mistet vores nøgle",
        "crm_erased": "En kontakt er slettet permanent",
        "crm_erased_answer": "En slettet person har svaret igen",
    },
    "en": {
        "shared_address": "One person or two?",
        "address_taken": "One person or two?",
        "same_name": "One organisation or two?",
        "address_changed": "Which e-mail address counts?",
        "crm_clash": "Two fit one record in HubSpot",
        "crm_ambiguous": "Several records in HubSpot fit equally well",
        "crm_gone": "A record is gone from HubSpot",
        "crm_unkeyed": "A record in HubSpot has lost our key",
        "crm_erased": "A contact was deleted for good",
        "crm_erased_answer": "Somebody erased has answered again",
    },
}
_ONE_OR_TWO = {
    "da": "Se dem side om side: vidensbro people review {item}. Er de to: vidensbro "
    "people review --apart {item}. Er de én: vidensbro people merge DEN-ENE DEN-ANDEN, "
    "med deres id, som den første kommando viser",
    "en": "See them side by side: vidensbro people review {item}. They are two: "
    "vidensbro people review --apart {item}. They are one: vidensbro people merge "
    "PERSON INTO, with their ids, which the first command shows",
}
_SETTLE = {
    "da": "Når I har set på det: vidensbro people review --settle {item}",
    "en": "When you have looked into it: vidensbro people review --settle {item}",
}
DOUBT_REMEDIES: Mapping[str, Mapping[str, str]] = {
    "shared_address": _ONE_OR_TWO,
    "address_taken": _ONE_OR_TWO,
    "same_name": {
        "da": "Er de to: vidensbro people review --apart {item}. Er de én, så giv den "
        "ene domænet i HubSpot, og sig: vidensbro people review --settle {item}",
        "en": "They are two: vidensbro people review --apart {item}. If they are one, "
        "give one of them the domain in HubSpot, then: vidensbro people review "
        "--settle {item}",
    },
    "crm_ambiguous": {
        "da": "Flet posterne i HubSpot, giv den ene domænet dér, eller arkivér den, "
        "der er for meget. Sig så: vidensbro people review --settle {item}",
        "en": "Merge the records in HubSpot, give one of them the domain there, or "
        "archive what is one too many. Then: vidensbro people review --settle {item}",
    },
    "crm_two": {
        "da": "Flet de to kontakter i HubSpot, så den med den rigtige adresse bliver. "
        "Skal de blive stående hver for sig: vidensbro people review --settle {item}",
        "en": "Merge the two contacts in HubSpot, so that the one with the right "
        "address stays. If both are to stay: vidensbro people review --settle {item}",
    },
    "crm_gone": {
        "da": "Var det en fejl, så gendan posten fra papirkurven i HubSpot. Var det "
        "meningen: vidensbro people review --settle {item}",
        "en": "If it was a mistake, restore the record from HubSpot's recycle bin. If "
        "it was meant: vidensbro people review --settle {item}",
    },
}
DOUBT_REMEDY = _SETTLE
