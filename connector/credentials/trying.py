"""A credential that somebody has just typed: tried, and what it leads to written down.

What can be found out is found out: the region, the data centre, the only audience.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from connector.accounts import Accounts, MailchimpAccount
from connector.clients import RemoteError
from connector.credentials import accepted, check, mailchimp, reached, typeform
from connector.credentials import surveymonkey as monkey
from connector.credentials.asking import CREDENTIAL, misspelt
from connector.findings import Finding
from connector.settings import load_settings

__all__ = ["OWN_SECRETS", "Asked", "Tried", "setting_of", "try_out"]

# Secrets that are ours to make, and both sides know.
OWN_SECRETS = {"typeform": "TYPEFORM_SECRETS", "mailchimp": "MAILCHIMP_WEBHOOK_SECRETS"}
AUDIENCE = "MAILCHIMP_AUDIENCE_ID"
UNCHOSEN = "-"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed for one tool of one programme.

    ``values`` are all settings that are set; ``prefix`` stands before the programme's.
    """

    tool: str
    credential: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False)
    key: str
    prefix: str = ""
    audience: str = ""

    def setting(self, name: str) -> str:
        """Return what a setting of this programme is set to; "" for nothing."""
        return self.values.get(self.prefix + name, "")


@dataclass(frozen=True, slots=True)
class Tried:
    """What the tool said. ``values`` are the settings to keep, by their full names.

    ``audiences`` are those to choose from, where there are several and none is chosen.
    """

    tool: str
    values: Mapping[str, str] = field(repr=False)
    findings: tuple[Finding, ...]
    audiences: tuple[mailchimp.Audience, ...] = ()
    chosen: bool = True

    @property
    def sound(self) -> bool:
        """Tell whether nothing is missing."""
        return all(one.level != "fault" for one in self.findings)

    @property
    def reached(self) -> bool:
        """Tell whether the tool answered."""
        return reached(self.tool, self.findings)

    @property
    def accepted(self) -> bool:
        """Tell whether the tool took the credential."""
        return accepted(self.tool, self.findings)

    @property
    def keepable(self) -> bool:
        """Tell whether it is worth keeping: accepted, or not to be tried now.

        A key without an audience is not: no service starts with one.
        """
        return self.chosen and (self.accepted or not self.reached)


def setting_of(tool: str) -> str:
    """Return the setting that holds a tool's credential."""
    return CREDENTIAL[tool][1]


def try_out(asked: Asked) -> Tried:
    """Ask the tool, and return what it said and what to keep.

    Raise ``ConfigError`` where another setting is wrong.
    """
    wrong = misspelt(asked.tool, asked.credential)
    if wrong:
        return Tried(asked.tool, {}, tuple(wrong), chosen=asked.tool != "mailchimp")
    accounts = _accounts(asked)
    if asked.tool == "mailchimp":
        return _mailchimp(asked, accounts)
    found_base = _base_url(asked, accounts)
    account = getattr(accounts, asked.tool)
    if found_base:
        account = replace(account, base_url=found_base)
        accounts = replace(accounts, **{asked.tool: account})
    base = {f"{asked.tool.upper()}_BASE_URL": found_base}
    found = tuple(check(asked.tool, accounts, ""))
    return Tried(asked.tool, _values(asked, base), found)


def _accounts(asked: Asked) -> Accounts:
    given = {**asked.values, asked.prefix + setting_of(asked.tool): asked.credential}
    given.setdefault(f"{asked.prefix}{AUDIENCE}", UNCHOSEN)
    return load_settings(given).accounts[asked.key]


def _base_url(asked: Asked, accounts: Accounts) -> str:
    """Return the base URL of the account's region, where it is another and unsaid."""
    if asked.setting(f"{asked.tool.upper()}_BASE_URL"):
        return ""
    if asked.tool == "typeform" and accounts.typeform is not None:
        base = typeform.region(accounts.typeform, "")
        return base if base != accounts.typeform.base_url else ""
    if asked.tool == "surveymonkey" and accounts.surveymonkey is not None:
        base = monkey.region(accounts.surveymonkey, "")
        return base if base != accounts.surveymonkey.base_url else ""
    return ""


def _values(asked: Asked, more: Mapping[str, str]) -> dict[str, str]:
    """Return the settings to keep: the credential, what was found, our own secret."""
    base = f"{asked.tool.upper()}_BASE_URL"
    values = {setting_of(asked.tool): asked.credential, base: asked.setting(base)}
    values |= {name: value for name, value in more.items() if value}
    own = OWN_SECRETS.get(asked.tool)
    if own and not (asked.setting(own) or asked.setting(f"{own}_FILE")):
        values[own] = secrets.token_hex(32)
    return {asked.prefix + name: value for name, value in values.items() if value}


# --- Mailchimp -----------------------------------------------------------------------
def _mailchimp(asked: Asked, accounts: Accounts) -> Tried:
    account = accounts.mailchimp
    assert account is not None  # noqa: S101 - its key was just given
    account = replace(account, audience=asked.audience or asked.setting(AUDIENCE))
    there: tuple[mailchimp.Audience, ...] = ()
    if not account.audience:
        there = _audiences(account)
        if len(there) == 1:
            account = replace(account, audience=there[0].id)
    found = tuple(check("mailchimp", replace(accounts, mailchimp=account), ""))
    values = _values(asked, {AUDIENCE: account.audience})
    several = there if len(there) > 1 else ()
    known = any(o.check == "mailchimp.audience" and o.level == "well" for o in found)
    unseen = bool(account.audience) and not reached("mailchimp", found)
    return Tried("mailchimp", values, found, several, chosen=known or unseen)


def _audiences(account: MailchimpAccount) -> tuple[mailchimp.Audience, ...]:
    try:
        return tuple(mailchimp.audiences(account, ""))
    except RemoteError:
        return ()  # Why is told by the check that follows.
