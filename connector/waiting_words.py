"""What is said of each matter that waits for a person, in Danish and English.

No sentence holds a name, an address or an answer: whoever it is about is seen on the
record that the task stands on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
    "da": "Kender I det rigtige svar, så skriv det i “{label}” på {record} i HubSpot, "
    "og afslut opgaven med en begrundelse. Eller ret svaret selv. ",
    "en": "If you know the right answer, write it into “{label}” on {record} in "
    "HubSpot, and complete the task with a reason. Or correct the answer itself. ",
}
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

CONNECTIONS: Mapping[str, Words] = {
    "new": {
        "da": Said(
            "{tool} venter på den første synkronisering",
            "{tool} er forbundet, men intet er skrevet dér endnu: den første gang "
            "venter på et ja.",
            "Intet er tabt, og intet er ændret i {tool}.",
            "Se, hvad der ville ske, og sig ja: vidensbro sync run",
            "{tool} bliver ikke opdateret.",
        ),
        "en": Said(
            "{tool} waits for its first sync",
            "{tool} is connected, but nothing was written there yet: the first time "
            "waits for a yes.",
            "Nothing is lost, and nothing in {tool} was changed.",
            "See what would happen, and say yes: vidensbro sync run",
            "{tool} is not kept up to date.",
        ),
    },
    "refused": {
        "da": Said(
            "{tool} tager ikke længere imod vores nøgle",
            "{tool} afviser nøglen, så forbindelsen står stille.",
            "Intet er tabt: ændringerne venter her.",
            "Sæt en gyldig nøgle i .env, og sig så: vidensbro connection resume {key}",
            "{tool} bliver ikke opdateret, så længe forbindelsen står stille.",
        ),
        "en": Said(
            "{tool} no longer accepts our key",
            "{tool} refuses the key, so the connection stands still.",
            "Nothing is lost: changes wait here.",
            "Put a valid key into .env, then: vidensbro connection resume {key}",
            "{tool} is not kept up to date while the connection stands still.",
        ),
    },
    "paused": {
        "da": Said(
            "Forbindelsen til {tool} er sat på pause",
            "I har selv sat forbindelsen til {tool} på pause.",
            "Intet er tabt: ændringerne venter her.",
            "Når den skal i gang igen: vidensbro connection resume {key}",
            "{tool} bliver ikke opdateret, så længe pausen varer.",
        ),
        "en": Said(
            "The connection to {tool} is paused",
            "You have paused the connection to {tool} yourselves.",
            "Nothing is lost: changes wait here.",
            "When it is to go on: vidensbro connection resume {key}",
            "{tool} is not kept up to date while it is paused.",
        ),
    },
    "stopped": {
        "da": Said(
            "Kontoen hos {tool} er en anden end før",
            "Nøglen til {tool} hører til en anden konto end den, som programmet "
            "hidtil har brugt.",
            "Intet er skrevet i den anden konto. Ændringerne venter her.",
            "Sæt den rigtige nøgle i .env, og sig: vidensbro connection resume {key}. "
            "Er den nye konto meningen: vidensbro connection rebind {key}",
            "{tool} bliver ikke opdateret.",
        ),
        "en": Said(
            "The account at {tool} is another one than before",
            "The key for {tool} belongs to another account than the programme has "
            "used so far.",
            "Nothing was written to the other account. Changes wait here.",
            "Put the right key into .env, then: vidensbro connection resume {key}. If "
            "the new account is meant: vidensbro connection rebind {key}",
            "{tool} is not kept up to date.",
        ),
    },
}

REFUSED: Words = {
    "da": Said(
        "{tool} tog ikke imod {what}",
        "{tool} har afvist {what}, som vi ville skrive.",
        "Alt andet er skrevet, og værdierne står stadig her.",
        "Se, hvad {tool} svarede: vidensbro sync status. Når det er rettet: vidensbro "
        "connection resume {key}",
        "Det afviste bliver ikke skrevet i {tool}, før værdierne ændrer sig.",
    ),
    "en": Said(
        "{tool} did not take {what}",
        "{tool} refused {what} that we wanted to write.",
        "All else was written, and the values still stand here.",
        "See what {tool} answered: vidensbro sync status. When it is put right: "
        "vidensbro connection resume {key}",
        "What was refused is not written to {tool} until the values change.",
    ),
}
WHAT: Mapping[str, Mapping[str, str]] = {
    "da": {
        "person": "en kontakt",
        "organisation": "en virksomhed",
        "participation": "en deltagelse",
        "round": "en runde",
        "member": "en modtager af nyhedsbrevet",
    },
    "en": {
        "person": "a contact",
        "organisation": "a company",
        "participation": "a participation",
        "round": "a round",
        "member": "a member of the newsletter",
    },
}

CHORE: Words = {
    "da": Said(
        "{chore} er ikke lykkedes i over et døgn",
        "{chore} er ikke lykkedes siden {since}. Det prøves igen af sig selv.",
        "Det, der er kommet ind, er gemt.",
        "Se, hvad der er i vejen: vidensbro sync status og vidensbro doctor",
        "Det prøves stadig igen, men I hører ikke mere om det, før det er lykkedes.",
    ),
    "en": Said(
        "{chore} has not worked for more than a day",
        "{chore} has not worked since {since}. It is tried again by itself.",
        "What came in is kept.",
        "See what stands in the way: vidensbro sync status and vidensbro doctor",
        "It is still tried again, but you hear no more of it until it has worked.",
    ),
}
CHORES: Mapping[str, Mapping[str, str]] = {
    "da": {
        "webhooks": "Tilsynet med formularernes webhooks",
        "mailchimp.webhook": "Tilsynet med Mailchimps webhook",
        "mailchimp.campaigns": "Læsningen af nyhedsbrevenes tal",
        "mailchimp.compare": "Nattens sammenligning med Mailchimp",
        "hubspot.compare": "Nattens sammenligning med HubSpot",
        "recount": "Nattens optælling af formularernes svar",
        "digest": "Den ugentlige e-mail",
        "backup": "Den daglige sikkerhedskopi",
        "forget": "Nattens oprydning",
    },
    "en": {
        "webhooks": "The care of the forms' webhooks",
        "mailchimp.webhook": "The care of Mailchimp's webhook",
        "mailchimp.campaigns": "Reading the newsletters' figures",
        "mailchimp.compare": "The nightly compare with Mailchimp",
        "hubspot.compare": "The nightly compare with HubSpot",
        "recount": "The nightly count of the forms' answers",
        "digest": "The weekly e-mail",
        "backup": "The daily backup",
        "forget": "The nightly clearing up",
    },
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
    "people review --apart {item}. Er de én: vidensbro people merge PERSON INTO",
    "en": "See them side by side: vidensbro people review {item}. They are two: "
    "vidensbro people review --apart {item}. They are one: vidensbro people merge "
    "PERSON INTO",
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
        "da": "Flet posterne i HubSpot, eller giv den ene domænet dér. Sig så: "
        "vidensbro people review --settle {item}",
        "en": "Merge the records in HubSpot, or give one of them the domain there. "
        "Then: vidensbro people review --settle {item}",
    },
    "crm_gone": {
        "da": "Var det en fejl, så gendan posten fra papirkurven i HubSpot. Var det "
        "meningen: vidensbro people review --settle {item}",
        "en": "If it was a mistake, restore the record from HubSpot's recycle bin. If "
        "it was meant: vidensbro people review --settle {item}",
    },
}
DOUBT_REMEDY = _SETTLE

MORE: Words = {
    "da": Said(
        "{count} til: {what}",
        "Foruden dem, der har hver sin opgave, venter der {count} til af samme slags. "
        "De får først hver deres, når der er plads: højst {few} ad gangen.",
        "Intet er tabt. De venter alle.",
        "Mange på én gang har ofte én årsag. Se dem alle: {command}",
        "Dem, der har hver sin opgave, spørger stadig.",
    ),
    "en": Said(
        "{count} more: {what}",
        "Besides those that have a task each, {count} more of the same kind wait. They "
        "get theirs when there is room: {few} at a time at most.",
        "Nothing is lost. All of them wait.",
        "Many at once often have one cause. See them all: {command}",
        "Those that have a task each still ask.",
    ),
}
MORE_OF: Mapping[str, Mapping[str, str]] = {
    "da": {
        "delivery": "besvarelser, der skal ses efter",
        "quarantine": "formularer, som intet læser",
        "review": "spørgsmål om, hvem der er hvem",
        "form": "formularer, der ikke længere passer",
        "refused": "poster, der ikke blev taget imod",
        "connection": "forbindelser",
        "chore": "faste opgaver, der ikke lykkes",
    },
    "en": {
        "delivery": "deliveries that need a look",
        "quarantine": "forms that nothing reads",
        "review": "questions of who is who",
        "form": "forms that no longer fit",
        "refused": "records that were not taken",
        "connection": "connections",
        "chore": "chores that do not work",
    },
}
COMMANDS = {
    "delivery": "vidensbro deliveries list --state parked",
    "quarantine": "vidensbro quarantine list",
    "review": "vidensbro people review",
    "form": "vidensbro forms check",
}
COMMAND = "vidensbro sync status"
