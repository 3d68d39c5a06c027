"""Converters: named functions from one answer to one value.

A mapping names a converter; a city adds its own with ``@converter("name")`` in the
module that its programme.toml names. A converter raises ``ConversionProblem`` for an
answer it cannot read, and nothing else; its messages never repeat the answer.
"""

from __future__ import annotations

import math
import re
from datetime import date
from urllib.parse import urlsplit

from mappings.conversion import Context, ConversionProblem, collect, converter
from mappings.matching import codes_of, plain, same
from mappings.records import Value
from webhooks.submission import Answer

__all__ = ["Context", "ConversionProblem", "collect", "converter"]


@converter("text")
def text(answer: Answer, context: Context) -> str:
    """Return the trimmed text; an answer by choice gives its labels."""
    return plain(answer).strip()


_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{4,253}}$)({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])")


def _host(name: str) -> str:
    """Return a domain in ASCII, or raise ``ConversionProblem``."""
    if len(name) > 253:  # the codec takes quadratic time on what no domain can be
        raise ConversionProblem("bad_domain")
    try:
        ascii_name = name.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError as err:
        raise ConversionProblem("bad_domain") from err
    if not _HOST.fullmatch(ascii_name):
        raise ConversionProblem("bad_domain")
    return ascii_name


@converter("email")
def email(answer: Answer, context: Context) -> str:
    """Return a lower-case address with its domain in ASCII."""
    address = plain(answer).strip().lower()
    local, at, domain = address.rpartition("@")
    if not at or len(address) > 254 or len(local) > 64 or not _LOCAL.fullmatch(local):
        raise ConversionProblem("bad_email")
    try:
        return f"{local}@{_host(domain)}"
    except ConversionProblem as err:
        raise ConversionProblem("bad_email") from err


@converter("phone")
def phone(answer: Answer, context: Context) -> str:
    """Return a number in E.164; one without a country code is of the programme's."""
    # A slow import that loading a programme can do without.
    import phonenumbers as numbers

    try:
        number = numbers.parse(plain(answer), context.country)
    except numbers.NumberParseException as err:
        raise ConversionProblem("bad_phone") from err
    # Possible, not valid: number plans change faster than the library is updated.
    if not numbers.is_possible_number(number):
        raise ConversionProblem("bad_phone")
    return str(numbers.format_number(number, numbers.PhoneNumberFormat.E164))


_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[.-](\d{1,2})[.-](\d{4})", re.ASCII)


@converter("date")
def day(answer: Answer, context: Context) -> str:
    """Return ``YYYY-MM-DD``. Slashes are refused: nobody knows which part is the day.

    The Responses API sends a day with midnight UTC behind it, the webhook without.
    """
    written = plain(answer).strip()
    if iso := _ISO_DAY.fullmatch(written):
        parts = [int(p) for p in iso.groups()]
    elif first := _DAY_FIRST.fullmatch(written):
        parts = [int(p) for p in reversed(first.groups())]
    else:
        raise ConversionProblem("bad_date")
    try:
        return date(*parts).isoformat()
    except ValueError as err:
        raise ConversionProblem("bad_date") from err


_NUMBER = re.compile(r"[+-]?\d{1,15}([.,]\d{1,9})?", re.ASCII)


@converter("number")
def number(answer: Answer, context: Context) -> int | float:
    """Return a finite number; a comma is a decimal comma."""
    value = answer.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value) or abs(value) >= 1e15:
            raise ConversionProblem("bad_number")
        return value
    written = plain(answer).strip()
    if not _NUMBER.fullmatch(written):
        raise ConversionProblem("bad_number")
    return float(written.replace(",", ".")) if {",", "."} & {*written} else int(written)


@converter("integer")
def integer(answer: Answer, context: Context) -> int:
    """Return a whole number."""
    value = number.function(answer, context)
    if not isinstance(value, int | float) or int(value) != value:
        raise ConversionProblem("bad_integer")
    return int(value)


_YES = ("yes", "ja", "true", "1")
_NO = ("no", "nej", "false", "0")


@converter("yes_no")
def yes_no(answer: Answer, context: Context) -> bool:
    """Return whether the answer is yes, however the tool puts it."""
    if isinstance(answer.value, bool):
        return answer.value
    said = _word(answer, context)
    if any(same(word, said) for word in _YES):
        return True
    if any(same(word, said) for word in _NO):
        return False
    raise ConversionProblem("bad_yes_no")


@converter("url")
def url(answer: Answer, context: Context) -> str:
    """Return a web address with https where no scheme was written.

    Tracking parameters are dropped from LinkedIn addresses: they tell who shared it.
    """
    host, path, query = _split(plain(answer))
    if host == "linkedin.com" or host.endswith(".linkedin.com"):
        return f"https://{host}{path.rstrip('/')}"
    return f"https://{host}{path}{'?' + query if query else ''}"


@converter("domain")
def domain(answer: Answer, context: Context) -> str:
    """Return the domain of a web address, without ``www.``."""
    return _split(plain(answer))[0].removeprefix("www.")


def _split(written: str) -> tuple[str, str, str]:
    """Return host, path and query of a web address."""
    address = written.strip()
    if not re.match(r"https?://", address, re.IGNORECASE):
        address = f"https://{address}"
    if re.search(r"\s", address) or len(address) > 2000:
        raise ConversionProblem("bad_url")
    try:
        parts = urlsplit(address)
        host = _host(parts.hostname or "")
    except (ValueError, ConversionProblem) as err:
        raise ConversionProblem("bad_url") from err
    return host, parts.path, parts.query


_LANGUAGES = {
    "da": ("da", "dk", "dansk", "danish"),
    "en": ("en", "engelsk", "english"),
    "de": ("de", "tysk", "german", "deutsch"),
    "fr": ("fr", "fransk", "french", "français"),
    "es": ("es", "spansk", "spanish", "español"),
}


@converter("language")
def language(answer: Answer, context: Context) -> str:
    """Return a two-letter language code."""
    said = _word(answer, context)
    for code, words in _LANGUAGES.items():
        if any(same(word, said) for word in words):
            return code
    raise ConversionProblem("bad_language")


def _word(answer: Answer, context: Context) -> str:
    """Return the code of a known choice, else what was written or picked."""
    codes = codes_of(answer, context.question.choices)
    return next((c for c in codes if c), plain(answer))


@converter("scale")
def scale(answer: Answer, context: Context) -> int:
    """Return a point of the question's own scale.

    A scale of as many steps that starts elsewhere is shifted (Typeform's opinion scale
    starts at 0 or 1). One of another length is refused: rounding would decide a KPI.
    """
    point = integer.function(answer, context)
    low, high = context.question.low, context.question.high
    asked = answer.scale
    if not isinstance(point, int):
        raise ConversionProblem("bad_scale")
    if asked is not None and asked.high - asked.low != high - low:
        raise ConversionProblem("other_scale")
    shifted = point - asked.low + low if asked is not None else point
    if not low <= shifted <= high:
        raise ConversionProblem("bad_scale")
    return shifted


@converter("choice")
def choice(answer: Answer, context: Context) -> str:
    """Return the code of the picked choice."""
    codes = _codes(answer, context)
    if len(codes) != 1:
        raise ConversionProblem("unknown_choice" if not codes else "several_choices")
    return codes[0]


@converter("choices")
def choices(answer: Answer, context: Context) -> Value:
    """Return the codes of the picked choices, each once, in the order given."""
    return [*_codes(answer, context)]


def _codes(answer: Answer, context: Context) -> list[str]:
    """Return the codes picked; raise when one of them is not known."""
    picked = [*codes_of(answer, context.question.choices)]
    if not picked or "" in picked:
        raise ConversionProblem("unknown_choice")
    return [*dict.fromkeys(picked)]
