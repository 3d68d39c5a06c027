"""The weekly e-mail's words, in the programme's language."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]

WORDS: Mapping[str, Words] = {
    "da": {
        "language": "da",
        "well": "Alt er vel",
        "well_more": "Intet venter på jer.",
        "one_thing": "1 ting venter på jer",
        "things": "{count} ting venter på jer",
        "week": "uge {week}",
        "demo": "DEMO: opdigtede mennesker.",
        "since": "siden {day}",
        "more": "og {count} mere; se dem alle med: vidensbro digest",
        "came_in": "Kommet ind siden {day}",
        "answers": "Besvarelser",
        "participations": "Nye deltagelser, som de står nu",
        "nothing_came": "Ingen nye besvarelser og ingen nye deltagelser.",
        "unknown_form": "formularer, som ikke er koblet på",
        "aside": "Lagt til side af jer",
        "no_reason": "uden begrundelse",
        "coming": "De næste uger",
        "nothing_coming": "Ingen frister i de næste {weeks} uger.",
        "recruiting": "tilmelding",
        "opens": "åbner",
        "closes": "sidste dag",
        "starts": "begynder",
        "ends": "slutter",
        "due": "frist",
        "running": "Drift",
        "active": "i gang",
        "new": "venter på jeres ja til første synkronisering",
        "paused": "PÅ PAUSE",
        "stopped": "STOPPET",
        "off": "ikke koblet på",
        "synced": "sidst synkroniseret {when}",
        "never_synced": "endnu ikke synkroniseret",
        "forms": "Formularer",
        "forms_read": "sidst gennemset {when}",
        "forms_never": "endnu ikke gennemset",
        "forms_unread": "{count} kan ikke læses: vidensbro forms status",
        "backup": "Sikkerhedskopi",
        "backup_at": "sidst {when}",
        "backup_never": "endnu ingen",
        "backup_off": "laves ikke af sig selv (BACKUP_DIR)",
        "foot": "Skrevet af Vidensbro hver mandag. Ingen navne, adresser eller svar er "
        "med; dem finder I i HubSpot.",
    },
    "en": {
        "language": "en",
        "well": "All is well",
        "well_more": "Nothing waits for you.",
        "one_thing": "1 thing waits for you",
        "things": "{count} things wait for you",
        "week": "week {week}",
        "demo": "DEMO: invented people.",
        "since": "since {day}",
        "more": "and {count} more; see them all with: vidensbro digest",
        "came_in": "Come in since {day}",
        "answers": "Form answers",
        "participations": "New participations, as they stand now",
        "nothing_came": "No new answers and no new participations.",
        "unknown_form": "forms that are not connected",
        "aside": "Set aside by you",
        "no_reason": "no reason given",
        "coming": "The next weeks",
        "nothing_coming": "No dates in the next {weeks} weeks.",
        "recruiting": "applications",
        "opens": "opens",
        "closes": "last day",
        "starts": "begins",
        "ends": "ends",
        "due": "due",
        "running": "Running",
        "active": "on",
        "new": "waits for your yes to its first sync",
        "paused": "PAUSED",
        "stopped": "STOPPED",
        "off": "not connected",
        "synced": "last synced {when}",
        "never_synced": "not synced yet",
        "forms": "Forms",
        "forms_read": "last looked at {when}",
        "forms_never": "not looked at yet",
        "forms_unread": "{count} cannot be read: vidensbro forms status",
        "backup": "Backup",
        "backup_at": "last {when}",
        "backup_never": "none yet",
        "backup_off": "none is made by itself (BACKUP_DIR)",
        "foot": "Written by Vidensbro every Monday. No names, addresses or answers are "
        "in it; you find those in HubSpot.",
    },
}

EVALUATIONS: Mapping[str, Words] = {
    "da": {
        "closing": "afsluttende evaluering",
        "company": "virksomhedsevaluering",
        "six_month_follow_up": "opfølgning efter seks måneder",
        "midway": "midtvejsevaluering",
        "final": "slutevaluering",
        "pulse": "pulsmåling",
    },
    "en": {
        "closing": "closing evaluation",
        "company": "company evaluation",
        "six_month_follow_up": "six-month follow-up",
        "midway": "midway evaluation",
        "final": "final evaluation",
        "pulse": "pulse survey",
    },
}

KINDS: Mapping[str, Words] = {
    "da": {
        "delivery": "besvarelse",
        "quarantine": "ukendt formular",
        "form": "formular",
        "review": "tvivl",
        "connection": "forbindelse",
        "refused": "afvist post",
        "chore": "rutine",
    },
    "en": {
        "quarantine": "unknown form",
        "review": "doubt",
        "refused": "refused record",
    },
}
"""What a matter is, by its kind, where it does not stand any more."""


def words_of(locale: str) -> Words:
    """Return the words of a language; English where it is none of ours."""
    return WORDS.get(locale, WORDS["en"])


def word(table: Mapping[str, Words], locale: str, name: str) -> str:
    """Return one word of a table; a name that it does not know is shown as it is."""
    return table.get(locale, table["en"]).get(name, name.replace("_", " "))
