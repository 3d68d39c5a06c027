"""SurveyMonkey's errors and limits, read from its bodies and headers."""

from collections.abc import Mapping
from typing import Any

from connector.clients.budget import Budget
from connector.clients.door import Explained

GONE = "gone"
NO_SCOPE = "missing_scope"
NO_PLAN = "missing_plan"
NO_ACCESS = "no_access"
QUOTA = "quota"
WRONG_REGION = "wrong_region"
USER_GONE = "user_gone"

_BUSY = frozenset({"1040", "1050", "1051", "1054"})
_TOO_MANY = "1040"
_MINUTE_S = 60.0

# By SurveyMonkey's numbers: our code, whether the credential is the reason, our words.
_MEANINGS: Mapping[str, tuple[str, bool, str]] = {
    "1010": ("no_token", True, "No token was sent."),
    "1011": ("bad_token", True, "The token is not valid."),
    "1012": ("expired_token", True, "The token has expired."),
    "1013": ("revoked_token", True, "The token was revoked."),
    "1014": (
        NO_SCOPE,
        False,
        "The app lacks a scope for this: add it in the app's settings, then renew "
        "the token.",
    ),
    "1015": (
        NO_PLAN,
        False,
        "The account's plan does not allow this; reading answers needs a paid one.",
    ),
    "1016": (NO_ACCESS, False, "The account may not see this."),
    "1017": (QUOTA, False, "The account has used up a quota for this."),
    "1018": (
        WRONG_REGION,
        True,
        "The account lives in another region: set the base URL to its access_url.",
    ),
    "1020": (GONE, False, ""),
    "1030": ("too_large", False, ""),
    "1052": (USER_GONE, True, "The account was deleted."),
    "1053": (USER_GONE, True, "The account was deleted."),
}


def explain(status: int, data: Any) -> Explained:
    """Read `{error: {id, name, message, …}}` and the two shapes seen beside it.

    `{status: 1, errmsg}` comes for a revoked grant (documented); an `error` that is
    a bare number was seen by others.
    """
    if not isinstance(data, dict):
        return Explained(retry_after_s=_MINUTE_S if status == 429 else None)
    if "errmsg" in data:
        revoked = str(data.get("status")) == "1"
        code = "revoked_token" if revoked else "refused"
        return Explained(code, str(data["errmsg"]), unauthorised=revoked or None)
    number, message = _said(data.get("error"))
    if number in _BUSY or status == 429:
        return Explained(number, message, busy=True, retry_after_s=_wait_s(number))
    code, unauthorised, words = _MEANINGS.get(number, (number or "refused", None, ""))
    text = " ".join(part for part in (words, message) if part)
    return Explained(code, text, unauthorised=unauthorised)


def says_no(data: Any) -> bool:
    """Tell whether a body is an error, whatever status it came with."""
    return isinstance(data, dict) and ("errmsg" in data or "error" in data)


def _said(error: Any) -> tuple[str, str]:
    if not isinstance(error, dict):
        return ("" if error is None else str(error)), ""
    number = str(error.get("id") or "")
    return number, str(error.get("message") or error.get("name") or "")


def _wait_s(number: str) -> float | None:
    return _MINUTE_S if number in (_TOO_MANY, "") else None


class DayMeter:
    """Tells a budget of each try, and what the answers say of the app's limits.

    Headers `X-Ratelimit-App-Global-{Minute,Day}-{Limit,Remaining,Reset}`, the last in
    seconds (documented). What is missing or no number is passed over.
    """

    def __init__(self, budget: Budget | None) -> None:
        self._budget = budget

    def before(self, purpose: str) -> None:
        """Count one try; raises what the budget raises."""
        if self._budget is not None:
            self._budget.spend(purpose)

    def after(self, headers: Mapping[str, str]) -> None:
        """Hand on the day's figures, where an answer has all of them."""
        limit, remaining, reset_s = _window(headers, "Day")
        if self._budget is None or limit is None:
            return
        if remaining is not None and reset_s is not None:
            self._budget.told(limit, remaining, float(reset_s))

    def wait_s(self, headers: Mapping[str, str]) -> float | None:
        """Return the seconds until every window that is used up begins anew."""
        waits = []
        for name in ("Minute", "Day"):
            _, remaining, reset_s = _window(headers, name)
            if remaining is not None and remaining <= 0 and reset_s is not None:
                waits.append(float(reset_s))
        return max(waits, default=None)


def _window(
    headers: Mapping[str, str], name: str
) -> tuple[int | None, int | None, int | None]:
    found = [
        headers.get(f"X-Ratelimit-App-Global-{name}-{part}", "").strip()
        for part in ("Limit", "Remaining", "Reset")
    ]
    limit, remaining, reset = (int(one) if one.isdecimal() else None for one in found)
    return limit, remaining, reset
