"""What staff read about a form that no longer fits its mapping, in their language.

Each sentence group says what changed, what is safe, and what to do; what it hits stands
between them. ``{title}`` and the like are filled in by ``drift``.
"""

from __future__ import annotations

from collections.abc import Mapping

Two = Mapping[str, str]

# kind: (what changed, what is safe, what to do)
SAID: Mapping[str, tuple[Two, Two, Two]] = {
    "question_removed": (
        {
            "da": "Formularen »{form}« stiller ikke spørgsmålet »{title}«.",
            "en": "The form “{form}” does not ask “{title}”.",
        },
        {
            "da": "Svar, der allerede er kommet, står uændret.",
            "en": "Answers that have come already stand as they are.",
        },
        {
            "da": "Sæt spørgsmålet ind igen, og tilføj linjen med dets nye id.",
            "en": "Put the question back, and add the line with its new id.",
        },
    ),
    "question_new": (
        {
            "da": "Formularen »{form}« har et nyt spørgsmål: »{title}«.",
            "en": "The form “{form}” has a new question: “{title}”.",
        },
        {
            "da": "Svarene gemmes, men bruges ikke til noget; alt andet virker.",
            "en": "Its answers are kept but go nowhere; everything else works.",
        },
        {
            "da": "Tilføj det til kortlægningen, hvis svarene skal bruges.",
            "en": "Add it to the mapping if the answers are to be used.",
        },
    ),
    "option_new": (
        {
            "da": "»{title}« har et valg, som ikke kendes: »{option}«.",
            "en": "“{title}” has a choice that is not known: “{option}”.",
        },
        {
            "da": "Svar med dette valg venter på jer; ingen tælles forkert.",
            "en": "Answers with this choice wait for you; none is counted wrongly.",
        },
        {
            "da": "Tilføj linjen, eller giv valget en kode i choices.toml.",
            "en": "Add the line, or give the choice a code in choices.toml.",
        },
    ),
    "option_removed": (
        {
            "da": "»{title}« tilbyder ikke længere valget »{option}«.",
            "en": "“{title}” no longer offers the choice “{option}”.",
        },
        {
            "da": "Svar, der allerede er kommet, læses som før.",
            "en": "Answers that have come already are read as before.",
        },
        {
            "da": "Sæt valget ind igen, hvis det blev slettet ved en fejl.",
            "en": "Put the choice back if it was deleted by mistake.",
        },
    ),
    "option_renamed": (
        {
            "da": "Et valg i »{title}« hedder nu »{option}«; det læses som »{known}«.",
            "en": "A choice of “{title}” is now called “{option}”; it is read as"
            " “{known}”.",
        },
        {
            "da": "Det genkendes på sit id, så intet går tabt.",
            "en": "It is recognised by its id, so nothing is lost.",
        },
        {
            "da": "Gør intet, hvis meningen er den samme; ellers lav et nyt valg.",
            "en": "Do nothing if it means the same; otherwise make a new choice.",
        },
    ),
    "scale_changed": (
        {
            "da": "Skalaen i »{title}« går nu fra {low} til {high}; den var fra"
            " {was_low} til {was_high}.",
            "en": "The scale of “{title}” now goes from {low} to {high}; it was"
            " {was_low} to {was_high}.",
        },
        {
            "da": "Nye svar tages ikke med, før det er rettet; ingen regnes om.",
            "en": "New answers are left out until it is put right; none is converted.",
        },
        {
            "da": "Ret skalaen tilbage, eller lav et nyt spørgsmål til den nye.",
            "en": "Change the scale back, or make a new question for the new one.",
        },
    ),
    "kind_changed": (
        {
            "da": "»{title}« stilles nu på en anden måde ({asked}), og svarene kan ikke"
            " læses.",
            "en": "“{title}” is now asked in another way ({asked}), and its answers"
            " cannot be read.",
        },
        {
            "da": "Svarene gemmes og kan læses senere.",
            "en": "The answers are kept and can be read later.",
        },
        {
            "da": "Ret spørgsmålets type tilbage i formularen.",
            "en": "Change the question's type back in the form.",
        },
    ),
    "consent_removed": (
        {
            "da": "Formularen »{form}« spørger ikke om samtykke: »{title}«.",
            "en": "The form “{form}” does not ask for consent: “{title}”.",
        },
        {
            "da": "Givne samtykker gælder stadig; tavshed tæller aldrig som ja.",
            "en": "Consents given still hold; silence never counts as a yes.",
        },
        {
            "da": "Sæt spørgsmålet ind igen, før flere svarer.",
            "en": "Put the question back before more people answer.",
        },
    ),
    "asked_twice": (
        {
            "da": "»{title}« stilles {times} gange i formularen »{form}«.",
            "en": "“{title}” is asked {times} times in the form “{form}”.",
        },
        {
            "da": "Det første svar tæller; de andre bruges ikke.",
            "en": "The first answer counts; the others are not used.",
        },
        {
            "da": "Slet det ekstra spørgsmål.",
            "en": "Delete the extra question.",
        },
    ),
    "hidden_removed": (
        {
            "da": "Formularen »{form}« har ikke længere det skjulte felt »{title}«.",
            "en": "The form “{form}” no longer has the hidden field “{title}”.",
        },
        {
            "da": "Svarene gemmes, men det, som linket fortæller, går tabt.",
            "en": "The answers are kept, but what the link tells is lost.",
        },
        {
            "da": "Tilføj det skjulte felt med netop det navn.",
            "en": "Add the hidden field with exactly that name.",
        },
    ),
    "language_changed": (
        {
            "da": "Formularen »{form}« er nu på {language}, men er bundet som {was}.",
            "en": "The form “{form}” is now in {language}, but is bound as {was}.",
        },
        {
            "da": "Svarene læses som før; kun sproget på personen kan blive forkert.",
            "en": "Answers are read as before; only a person's language may be wrong.",
        },
        {
            "da": "Ret sproget i programme.toml.",
            "en": "Change the language in programme.toml.",
        },
    ),
    "language_new": (
        {
            "da": "Formularen »{form}« tilbydes nu også på {language}, som programmet"
            " ikke har tekster på.",
            "en": "The form “{form}” is now offered in {language} too, which the"
            " programme has no texts in.",
        },
        {
            "da": "Valg genkendes på deres id. Samtykkets ordlyd gemmes på {was}.",
            "en": "Choices are recognised by id. The consent's wording is kept in"
            " {was}.",
        },
        {
            "da": "Fjern oversættelsen, hvis samtykket skal kunne dokumenteres.",
            "en": "Take the translation away if consent must be documented.",
        },
    ),
    "copied_form": (
        {
            "da": "»{form}« læses ikke, men ligner {mapping}: {same} af {all} spørgsmål"
            " er de samme.",
            "en": "“{form}” is not read, but looks like {mapping}: {same} of {all}"
            " questions are the same.",
        },
        {
            "da": "Svarene gemmes og kan læses, når den er bundet.",
            "en": "Its answers are kept and can be read once it is bound.",
        },
        {
            "da": "Tilføj linjerne, og kør »vidensbro deliveries replay«.",
            "en": "Add the lines, and run “vidensbro deliveries replay”.",
        },
    ),
}

FAMILIES: Mapping[str, Two] = {
    "text": {"da": "som tekst", "en": "as text"},
    "email": {"da": "som e-mail", "en": "as an e-mail address"},
    "phone": {"da": "som telefonnummer", "en": "as a phone number"},
    "number": {"da": "som tal", "en": "as a number"},
    "scale": {"da": "som skala", "en": "as a scale"},
    "yes_no": {"da": "som ja eller nej", "en": "as yes or no"},
    "choice": {"da": "som ét valg", "en": "as one choice"},
    "choices": {"da": "som flere valg", "en": "as several choices"},
    "date": {"da": "som dato", "en": "as a date"},
    "file": {"da": "som fil", "en": "as a file"},
    "ranking": {"da": "som rangordning", "en": "as a ranking"},
    "other": {"da": "på en ukendt måde", "en": "in a way we do not know"},
}

KPI: Two = {"da": "effektmålet »{}«", "en": "the KPI “{}”"}
FIELD: Two = {"da": "feltet »{}«", "en": "the field “{}”"}
CONSENT: Two = {"da": "samtykket »{}«", "en": "the consent “{}”"}
EVALUATION: Two = {"da": "evalueringens svar", "en": "the evaluation's answers"}
HITS: Two = {"da": "Det rammer {}.", "en": "It affects {}."}
NO_HITS: Two = {
    "da": "Det rammer hverken felter eller effektmål.",
    "en": "It affects no field and no KPI.",
}
