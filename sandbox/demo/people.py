"""Invented people and companies: the same ones for the same seed.

Addresses end in ``.example``, which the Internet reserves for nobody (RFC 2606). The
British and Swedish numbers are from the series that the regulators keep free for
fiction (Ofcom, PTS); Denmark has no such series, so the Danish ones are all zeros.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

DANISH_FIRST = (
    "Agnethe Bertil Cilla Ditlev Elva Folmer Gerda Hakon Inger Jeppe Karla Laust "
    "Maren Niels Oda Palle Rigmor Sejr Tove Ulrik Vibe Willads Ylva Ørnulf Åse"
)
DANISH_LAST = (
    "Birkemose Dalgren Egelykke Fjordbo Granhøj Hedelund Ibsgaard Kildebæk Lyngdal "
    "Mosevang Nørrevig Pilegren Ravnholt Skovbjerre Tornemark Vesterlund"
)
WORLD_FIRST = (
    "Aarav Beatriz Chidi Daria Emeka Fatoumata Giulia Haruki Ines Jorge Kavya Liang "
    "Marisol Nadira Oksana Priya Quentin Rania Santiago Thandiwe Umar Valentina "
    "Wanjiru Xiomara Yuki Zoltan Amélie Bogdan Catalina Dmitri Elif Farid"
)
WORLD_LAST = (
    "Abarca Banerji Castellori Dubrovin Eriksdottir Fontanelle Goswami Hoshikawa "
    "Ibrahimov Jankowiak Kalogeras Lindqvarn Mbekani Novarro Okonjo Pelletrine "
    "Quintela Rostamian Santarelli Takemori Usmanova Velasquin Wieczorka Zambrotti"
)


@dataclass(frozen=True, slots=True)
class Someone:
    """One invented person; ``language`` is the one they fill forms in."""

    first: str
    last: str
    email: str
    phone: str
    language: str

    @property
    def name(self) -> str:
        """The full name, as the CRM's cards show it."""
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Company:
    """One invented company, university or public body."""

    name: str
    domain: str
    kind: str = "company"
    size: str = "50_249"


COMPANIES = (
    Company("Nordlys Teknik A/S", "nordlys-teknik.example", size="250_plus"),
    Company("Havbro Pharma A/S", "havbro-pharma.example", size="250_plus"),
    Company("Fjordvind Energi", "fjordvind.example"),
    Company("Kildebro Universitet", "kildebro-uni.example", "university", "250_plus"),
    Company("Stjernelab ApS", "stjernelab.example", size="10_49"),
    Company("Granit Rådgivning", "granit-raad.example"),
    Company("Bølge Software", "boelge-software.example", size="10_49"),
    Company("Elverhøj Hospital", "elverhoej.example", "public_body", "250_plus"),
)
PLACES = (
    ("Solvig Kommune", "solvig", "city"),
    ("Nørrebro Havneby", "havneby", "city"),
    ("Østersand Kommune", "oestersand", "city"),
    ("Vindinge By", "vindinge", "city"),
    ("Mosebæk Kommune", "mosebaek", "city"),
    ("Kridtholm Kommune", "kridtholm", "city"),
    ("Lyngstrand Kommune", "lyngstrand", "city"),
    ("Videnparken Fælleden", "faelleden", "partner"),
    ("Netværket Broerne", "broerne", "partner"),
    ("Foreningen Nye Naboer", "nye-naboer", "partner"),
    ("Sprogcenter Kysten", "sprogkysten", "partner"),
    ("Erhvervsforum Øresund Nord", "forum-nord", "partner"),
)


def people(seed: int) -> Iterator[tuple[Someone, Someone]]:
    """Give pairs of a Danish-named and an internationally named person, without end.

    No name and no address comes twice.
    """
    random = Random(seed)  # noqa: S311 - a story, not a secret
    danish = _names(random, DANISH_FIRST, DANISH_LAST)
    world = _names(random, WORLD_FIRST, WORLD_LAST)
    for number, (one, other) in enumerate(zip(danish, world, strict=False)):
        languages = random.choice(("da", "da", "en")), random.choice(("en", "en", "da"))
        yield (
            _someone(one, f"+452000{number:04}", languages[0]),
            _someone(other, _free_number(number), languages[1]),
        )


def _names(random: Random, first: str, last: str) -> Iterator[tuple[str, str]]:
    """Give every first name once with each last name, in an order of its own."""
    firsts, lasts = first.split(), last.split()
    random.shuffle(firsts)
    random.shuffle(lasts)
    for turn in range(len(lasts)):
        for place, name in enumerate(firsts):
            yield name, lasts[(place + turn) % len(lasts)]


def _someone(name: tuple[str, str], phone: str, language: str) -> Someone:
    first, last = name
    email = f"{plain(first)}.{plain(last)}@people.example"
    return Someone(first, last, email, phone, language)


def _free_number(number: int) -> str:
    if number % 2:
        return f"+4670174{605 + number % 95:04}"
    return f"+447700900{number % 1000:03}"


def plain(text: str) -> str:
    """Write a name as it stands in an address: lower case, ASCII letters alone."""
    told = text.lower().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
    bare = unicodedata.normalize("NFKD", told).encode("ascii", "ignore").decode()
    return "".join(letter for letter in bare if letter.isalnum())
