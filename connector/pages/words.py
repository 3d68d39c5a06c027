"""What the figures page says, in Danish and English."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "da": {
        "title": "Tal for programmet",
        "skip": "Gå til tallene",
        "demo": "Demo: opdigtede personer.",
        "as_of": "Opgjort {day}.",
        "deliveries": "Besvarelser",
        "received": "modtaget",
        "processed": "behandlet",
        "waiting": "venter",
        "needs_you": "kræver dig",
        "other_language": "English",
        "languages": "Sprog",
        "programmes": "Programmer",
        "whole": "Hele programmet",
        "indicator": "Effektmål",
        "result": "Resultat",
        "drawn": "Tegnet",
        "goal": "Mål",
        "state": "Status",
        "yes_of_answered": "{yes} af {answered} svarede ja{percent}",
        "asked": "{answered} af {population} har svaret",
        "dont_know": "{n} ved ikke",
        "nobody": "Ingen i målgruppen endnu",
        "no_answer": "Ingen af {population} har svaret endnu",
        "bounds": "Mindst {lowest}, højst {highest} af {population}",
        "interval": "Interval {low}–{high}",
        "target_share": "mindst {share} ({count} af {population})",
        "target_count": "mindst {count}",
        "target_shown": "omkring {count}",
        "target_by": "senest {day}",
        "counted": "{yes} inden fristen, ud af {population} kendte",
        "counted_year": "{yes} deltog",
        "year": "Programåret {year}",
        "interested": "{yes} af {population} orienterede er interesserede{percent}",
        "done": "Nået til tiden",
        "not_done": "Ikke nået til tiden",
        "not_yet": "Ikke nået endnu",
        "closes": "kan ændre sig til og med {day}",
        "needed": "mangler {more} ja fra {outstanding} ubesvarede",
        "narrower": "Kun gennemførte: {yes} af {answered} svarede ja, "
        "{population} i alt",
        "narrower_none": "Kun gennemførte: ingen endnu",
        "met": "Nået",
        "missed": "Ikke nået",
        "open": "Åben",
        "undetermined": "Uafklaret",
        "shown": "Vises kun",
        "reading": "Sådan læses tallene",
        "why_bounds": "Mindst og højst: så mange ja kan det ende med i denne runde, "
        "alt efter hvad de ubesvarede svarer.",
        "why_interval": "Interval (95 %): så meget kunne andelen svinge, hvis en anden "
        "runde af samme størrelse svarede; det er ikke en usikkerhed om denne runde.",
        "why_state": "Status afgøres i hele antal: nået, ikke nået, åben så længe de "
        "ubesvarede kan ændre det, og uafklaret når fristen er gået uden svar.",
        "legend": "Tegningen går fra 0 til 100 %: prikken er andelen af dem, der "
        "svarede, den smalle bjælke intervallet, det brede bånd mindst og højst, "
        "og stregen målet.",
        "rule": "Sådan tælles der",
    },
    "en": {
        "title": "The programme's figures",
        "skip": "Skip to the figures",
        "demo": "Demo: invented people.",
        "as_of": "As of {day}.",
        "deliveries": "Form answers",
        "received": "received",
        "processed": "processed",
        "waiting": "waiting",
        "needs_you": "needs you",
        "other_language": "Dansk",
        "languages": "Language",
        "programmes": "Programmes",
        "whole": "The whole programme",
        "indicator": "Indicator",
        "result": "Result",
        "drawn": "Drawn",
        "goal": "Target",
        "state": "State",
        "yes_of_answered": "{yes} of {answered} answered yes{percent}",
        "asked": "{answered} of {population} have answered",
        "dont_know": "{n} don't know",
        "nobody": "Nobody to ask yet",
        "no_answer": "None of {population} has answered yet",
        "bounds": "At least {lowest}, at most {highest} of {population}",
        "interval": "Interval {low}–{high}",
        "target_share": "at least {share} ({count} of {population})",
        "target_count": "at least {count}",
        "target_shown": "about {count}",
        "target_by": "by {day}",
        "counted": "{yes} in time, of {population} known",
        "counted_year": "{yes} took part",
        "year": "Programme year {year}",
        "interested": "{yes} of {population} informed are interested{percent}",
        "done": "Done in time",
        "not_done": "Not done in time",
        "not_yet": "Not done yet",
        "closes": "may change up to and including {day}",
        "needed": "needs {more} more yes of {outstanding} outstanding",
        "narrower": "Completed only: {yes} of {answered} answered yes, "
        "{population} in all",
        "narrower_none": "Completed only: nobody yet",
        "met": "Met",
        "missed": "Missed",
        "open": "Open",
        "undetermined": "Undetermined",
        "shown": "Only shown",
        "reading": "How to read the figures",
        "why_bounds": "At least and at most: how many yes this round can end with, "
        "whatever those who have not answered say.",
        "why_interval": "Interval (95%): how far the share might swing if another "
        "round of this size answered; it is no doubt about this round.",
        "why_state": "The state is decided in whole numbers: met, missed, open while "
        "the unanswered can still change it, and undetermined once the closing date "
        "has passed without their answers.",
        "legend": "The drawing runs from 0 to 100%: the dot is the share of those who "
        "answered, the narrow bar the interval, the broad band at least and at most, "
        "and the line the target.",
        "rule": "How it is counted",
    },
}

SHAPES: Mapping[str, str] = {
    "met": "\N{HEAVY CHECK MARK}",
    "missed": "\N{HEAVY MULTIPLICATION X}",
    "open": "\N{WHITE CIRCLE}",
    "undetermined": "?",
}
