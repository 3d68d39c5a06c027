"""What setup says, by language. Each is one or a few whole sentences.

Menus are called as HubSpot calls them in English, which it also shows to Danish
accounts unless a user chose otherwise.
"""

from __future__ import annotations

from mappings.plan import Text

LABELS = {
    "hubspot": "HubSpot",
    "mailchimp": "Mailchimp",
    "typeform": "Typeform",
    "surveymonkey": "SurveyMonkey",
}

OBJECTS: dict[str, Text] = {
    "contacts": {"da": "kontakter", "en": "contacts"},
    "companies": {"da": "virksomheder", "en": "companies"},
    "0-410": {"da": "kurser (Courses)", "en": "courses"},
    "0-162": {"da": "services (Services)", "en": "services"},
    "0-3": {"da": "handler (Deals)", "en": "deals"},
}

# --- any tool -------------------------------------------------------------------------
UNREADABLE: Text = {
    "da": "{tool} kunne ikke læses: {said}. Intet er ændret dér; kør setup igen.",
    "en": "{tool} could not be read: {said}. Nothing was changed there; run setup "
    "again.",
}
BUSY: Text = {
    "da": "{tool} kan ikke nås nu ({said}). Resten venter; kør setup igen.",
    "en": "{tool} cannot be reached now ({said}). The rest waits; run setup again.",
}
REFUSED: Text = {
    "da": "Afvist: {what} Svaret var: {said}",
    "en": "Refused: {what} The answer was: {said}",
}
OTHER_ACCOUNT: Text = {
    "da": "{tool} er en anden konto end før ({now} i stedet for {before}). Intet er "
    "ændret dér. Hvis det er meningen: vidensbro connection rebind",
    "en": "{tool} is another account than before ({now} instead of {before}). Nothing "
    "was changed there. If this is meant: vidensbro connection rebind",
}

# --- HubSpot: objects and properties --------------------------------------------------
ACTIVATE: Text = {
    "da": "{name} ({type}) er ikke aktiveret i HubSpot. En superadministrator "
    "åbner Data Management > Data Model > Object library, vælger {name} og trykker "
    "Activate; kør så setup igen. Kan kontoen ikke det, så skriv {setting}=0-3 i .env: "
    "så bruges handler.",
    "en": "{name} ({type}) are not activated in HubSpot. A super admin opens "
    "Data Management > Data Model > Object library, chooses {name} and presses "
    "Activate; then run setup again. Where the account cannot, write {setting}=0-3 in "
    ".env: deals serve instead.",
}
GROUP: Text = {
    "da": "HubSpot: opret egenskabsgruppen “Vidensbro” på {object}.",
    "en": "HubSpot: create the property group “Vidensbro” on {object}.",
}
UNIQUE: Text = {
    "da": "HubSpot: opret den entydige egenskab vidensbro_id på {object}.",
    "en": "HubSpot: create the unique property vidensbro_id on {object}.",
}
PROPERTIES: Text = {
    "da": "HubSpot: opret {count} egenskaber på {object}: {names}.",
    "en": "HubSpot: create {count} properties on {object}: {names}.",
}
OPTIONS: Text = {
    "da": "HubSpot: tilføj svarmuligheder til {name} på {object}: {labels}.",
    "en": "HubSpot: add options to {name} on {object}: {labels}.",
}
ID_LABEL: Text = {"da": "Vidensbro-id", "en": "Vidensbro id"}
ID_DESCRIPTION: Text = {
    "da": "Sættes af Vidensbro, som finder posten igen med den. Må ikke ændres.",
    "en": "Set by Vidensbro, which finds the record again by it. Not to be changed.",
}
YES_NO: dict[str, Text] = {
    "true": {"da": "Ja", "en": "Yes"},
    "false": {"da": "Nej", "en": "No"},
}
OTHER_TYPE: Text = {
    "da": "HubSpot har allerede en egenskab {name} på {object} af typen {have}, hvor "
    "Vidensbro skriver {want}. Giv den et andet internt navn dér (slet den), eller "
    "vælg en anden property i fields.toml. Til da afvises dens værdier.",
    "en": "HubSpot already has a property {name} on {object} of type {have}, where "
    "Vidensbro writes {want}. Delete it there, or choose another property in "
    "fields.toml. Until then its values are refused.",
}
NOT_UNIQUE: Text = {
    "da": "HubSpot har allerede en egenskab vidensbro_id på {object}, som ikke er "
    "entydig, og det kan ikke ændres. Slet den i HubSpot, og kør setup igen.",
    "en": "HubSpot already has a property vidensbro_id on {object} that is not unique, "
    "and that cannot be changed. Delete it in HubSpot and run setup again.",
}
UNIQUE_REFUSED: Text = {
    "da": "HubSpot vil ikke have en entydig egenskab på {object} ({said}). Skriv "
    "{setting}=0-3 i .env, så bruges handler (Deals), og kør setup igen.",
    "en": "HubSpot does not take a unique property on {object} ({said}). Write "
    "{setting}=0-3 in .env, so that deals serve instead, and run setup again.",
}
UNIQUE_LIMIT: Text = {
    "da": "HubSpot vil ikke have en entydig egenskab mere på {object} ({said}). Højst "
    "ti er tilladt: slet en, der ikke bruges, og kør setup igen.",
    "en": "HubSpot does not take one more unique property on {object} ({said}). At "
    "most ten are allowed: delete one that is not used and run setup again.",
}
SOME_REFUSED: Text = {
    "da": "HubSpot afviste egenskaber på {object}: {said}",
    "en": "HubSpot refused properties on {object}: {said}",
}

# --- HubSpot: the participations' pipeline --------------------------------------------
PIPELINE: Text = {
    "da": "HubSpot: opret pipelinen “{name}” på {object} med stadierne {labels}; på en "
    "konto med kun én pipeline tilpasses den, hvis den er tom.",
    "en": "HubSpot: create the pipeline “{name}” on {object} with the stages {labels}; "
    "where the account may have only one, that one is adapted if it is empty.",
}
STAGES: Text = {
    "da": "HubSpot: tilføj stadier til pipelinen på {object}: {labels}.",
    "en": "HubSpot: add stages to the pipeline on {object}: {labels}.",
}
STAGES_ANEW: Text = {
    "da": "HubSpot: læs stadierne på {object} igen; de er ændret i HubSpot.",
    "en": "HubSpot: read the stages on {object} anew; they were changed in HubSpot.",
}
ONE_PIPELINE: Text = {
    "da": "HubSpot tillader ikke en pipeline mere på {object} ({said}), og den der er, "
    "holder allerede poster. Omdøb eller tilføj selv stadierne {labels} under "
    "Settings > Objects > {object} > Pipelines, eller opgrader til Starter, og kør "
    "setup igen.",
    "en": "HubSpot allows no further pipeline on {object} ({said}), and the one there "
    "already holds records. Rename or add the stages {labels} yourself under "
    "Settings > Objects > {object} > Pipelines, or upgrade to Starter, and run setup "
    "again.",
}
SPARE_STAGES: Text = {
    "da": "Stadierne {labels} på {object} bruges ikke af programmet. De er ikke "
    "slettet; gør det selv i HubSpot, hvis de forstyrrer.",
    "en": "The programme does not use the stages {labels} on {object}. They were not "
    "deleted; do it yourself in HubSpot if they disturb.",
}

# --- Typeform -------------------------------------------------------------------------
HOOK: Text = {
    "da": "Typeform: send svar på {form} til {url}.",
    "en": "Typeform: send the answers of {form} to {url}.",
}
HOOK_MOVED: Text = {
    "da": "Typeform: send svar på {form} til {url} i stedet for {before}.",
    "en": "Typeform: send the answers of {form} to {url} instead of {before}.",
}
HOOK_OFF: Text = {
    "da": "Typeform: slå webhooken på {form} til igen.",
    "en": "Typeform: switch the webhook of {form} on again.",
}
HOOK_SECRET: Text = {
    "da": "Typeform: giv webhooken på {form} den nye hemmelighed.",
    "en": "Typeform: give the webhook of {form} the new secret.",
}
NO_FORM: Text = {
    "da": "Formularen {form} ({mapping}, {language}) findes ikke i Typeform-kontoen. "
    "Opret den dér, og skriv dens id under [[forms]] i programme.toml.",
    "en": "The form {form} ({mapping}, {language}) is not in the Typeform account. "
    "Create it there and write its id under [[forms]] in programme.toml.",
}
NO_PUBLIC_URL: Text = {
    "da": "PUBLIC_URL er ikke sat: {tool} får ingen webhooks. Svarene hentes i stedet, "
    "så ofte som {tool} tillader.",
    "en": "PUBLIC_URL is not set: {tool} gets no webhooks. The answers are fetched "
    "instead, as often as {tool} allows.",
}
LOCAL_URL: Text = {
    "da": "PUBLIC_URL fører til denne maskine selv, hvor {tool} ikke kan nå den. Der "
    "oprettes ingen webhooks; svarene hentes i stedet.",
    "en": "PUBLIC_URL leads to this machine itself, where {tool} cannot reach it. No "
    "webhooks are made; the answers are fetched instead.",
}
NO_TOKEN: Text = {
    "da": "{setting} er ikke sat, så webhooks kan ikke oprettes herfra, og svar uden "
    "webhook kan ikke hentes. Opret webhooks i Typeform under Connect > Webhooks med "
    "adressen {url} og hemmeligheden fra .env.",
    "en": "{setting} is not set, so no webhooks can be made from here, and answers "
    "without a webhook cannot be fetched. Make webhooks in Typeform under Connect > "
    "Webhooks with the address {url} and the secret in .env.",
}
NO_SECRET: Text = {
    "da": "{setting} er ikke sat: uden hemmelighed afvises hver webhook, så ingen er "
    "oprettet. Lav en med: openssl rand -hex 32",
    "en": "{setting} is not set: without a secret every webhook is refused, so none "
    "was made. Make one with: openssl rand -hex 32",
}
NO_SURVEY: Text = {
    "da": "SurveyMonkey har ikke undersøgelsen {form} ({mapping}, {language}). Ret "
    "id'et i programme.toml, eller tag bindingen ud.",
    "en": "SurveyMonkey has no survey {form} ({mapping}, {language}). Correct the id "
    "in programme.toml, or take the binding out.",
}
NO_CLIENT: Text = {
    "da": "{id} eller {secret} er ikke sat: SurveyMonkeys webhooks ville blive afvist, "
    "så ingen oprettes. Begge står på appens side hos SurveyMonkey; svarene hentes "
    "så længe.",
    "en": "{id} or {secret} is not set: SurveyMonkey's webhooks would be refused, so "
    "none is made. Both stand on the app's page at SurveyMonkey; the answers are "
    "fetched meanwhile.",
}
SURVEY_HOOK: Text = {
    "da": "SurveyMonkey: opret en webhook til {url} for {number} undersøgelser.",
    "en": "SurveyMonkey: create a webhook to {url} for {number} surveys.",
}
SURVEY_ADDED: Text = {
    "da": "SurveyMonkey: føj {number} undersøgelser til webhooken.",
    "en": "SurveyMonkey: add {number} surveys to the webhook.",
}
SURVEY_MOVED: Text = {
    "da": "SurveyMonkey: lad webhooken føre til {url} i stedet for {before}.",
    "en": "SurveyMonkey: let the webhook lead to {url} instead of {before}.",
}
