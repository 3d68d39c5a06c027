"""What is said of the tools' matters, and of many at once, in Danish and English."""

from __future__ import annotations

from collections.abc import Mapping

from connector.matters.words import Said, Words

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
    "restored": {
        "da": Said(
            "{tool} venter på svarene siden sikkerhedskopien",
            "Databasen er gendannet fra en sikkerhedskopi. Svarene siden da hentes "
            "først, så forbindelsen til {tool} står stille imens.",
            "Intet er tabt, og intet er ændret i {tool} siden gendannelsen.",
            "Den går i gang af sig selv, når alt er hentet. Varer det mere end en "
            "time, er der en formular, som ikke kan læses, eller dens værktøj har "
            "ingen nøgle i .env: vidensbro doctor siger, hvad der mangler. Skal der "
            "fortsættes uden de svar: vidensbro connection resume {key}",
            "{tool} bliver ikke opdateret, før alt er hentet.",
        ),
        "en": Said(
            "{tool} waits for the answers since the backup",
            "The database was restored from a backup. The answers since then are "
            "fetched first, and the connection to {tool} stands still meanwhile.",
            "Nothing is lost, and nothing in {tool} was changed since the restore.",
            "It goes on by itself once all was fetched. Where that takes more than an "
            "hour, a form cannot be read, or its tool has no token in .env: vidensbro "
            "doctor says what is missing. To go on without those answers: vidensbro "
            "connection resume {key}",
            "{tool} is not kept up to date until all was fetched.",
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
