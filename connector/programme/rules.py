"""The rules by which figures are counted, as data with names for a report to quote."""

from __future__ import annotations

from collections.abc import Mapping

Text = Mapping[str, str]

RULES: Mapping[str, Text] = {
    "ever_active": {
        "da": "Alle, der på noget tidspunkt var aktive i eller gennemførte runden, "
        "også dem, der forlod den undervejs.",
        "en": "Everyone who was ever active in the round or completed it, also those "
        "who left on the way.",
    },
    "completed": {
        "da": "Kun dem, der gennemførte runden.",
        "en": "Only those who completed the round.",
    },
    "sending_organisations": {
        "da": "Organisationer, der har sendt en mentee, som på noget tidspunkt var "
        "aktiv i eller gennemførte runden.",
        "en": "Organisations that sent a mentee who was ever active in the round or "
        "completed it.",
    },
    "sending_organisations_completed": {
        "da": "Organisationer, der har sendt en mentee, som gennemførte runden.",
        "en": "Organisations that sent a mentee who completed the round.",
    },
    "cities_and_partners": {
        "da": "Alle byer og samarbejdspartnere, som programmet kender.",
        "en": "Every city and partner that the programme knows.",
    },
    "informed_cities_and_partners": {
        "da": "Byer og samarbejdspartnere, der er orienteret til og med fristen.",
        "en": "Cities and partners informed up to and including the deadline.",
    },
    "milestone": {"da": "Én milepæl.", "en": "One milestone."},
    "programme_year": {
        "da": "Personer, der på noget tidspunkt var aktive i eller gennemførte en "
        "runde, som begyndte i programåret (november til oktober).",
        "en": "People who were ever active in, or completed, a round that began in the "
        "programme year (November to October).",
    },
    "newest_answer": {
        "da": "Det nyeste svar fra hver. Ved ikke tæller som svar, men ikke som ja.",
        "en": "The newest answer of each. Don't know counts as an answer, "
        "not as a yes.",
    },
    "best_evidence": {
        "da": "Det bedst dokumenterede af svar og medarbejderes oplysninger. Ved ikke "
        "tæller som svar, men ikke som ja.",
        "en": "The better evidence of answers and staff's word. Don't know counts as "
        "an answer, not as a yes.",
    },
    "all_answers_yes": {
        "da": "En organisation med flere specialister tæller som ja, når alle dens "
        "svar er ja; ét nej tæller som nej; mangler et svar, er den ubesvaret.",
        "en": "An organisation with several specialists counts as yes when all its "
        "answers are yes; one no counts as no; while one is missing it is unanswered.",
    },
    "by_the_deadline": {
        "da": "Det, der er sket til og med fristen, som dage i programmets tidszone.",
        "en": "What happened up to and including the deadline, in days of the "
        "programme's time zone.",
    },
    "taking_part": {
        "da": "Hver person tæller én gang om året. Vises ved siden af det "
        "ventede antal.",
        "en": "Each person counts once a year. Shown beside the number expected.",
    },
}
