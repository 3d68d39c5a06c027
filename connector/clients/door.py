"""The one door out: session, deadline, limits, retries and classification.

A provider's client states only which call it makes and how to read its errors; every
bound on time, tries and size stands here. No redirect is followed: no provider of
ours sends one, and a followed one would carry the credential along.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import requests
import urllib3.exceptions
from requests.auth import AuthBase
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    wait_random_exponential,
)

from connector.clients.budget import Meter
from connector.clients.errors import (
    RemoteAnswerError,
    RemoteBusy,
    RemoteError,
    RemoteRefused,
    RemoteUnauthorised,
)
from connector.clients.limits import RollingLimit
from connector.clients.retry_after import retry_after_s
from connector.clients.wire import OutOfTimeError, TooLargeError, Wire, read_body

USER_AGENT = "vidensbro/0.1"
_BACK_OFF = wait_random_exponential(multiplier=1, max=30)


@dataclass(frozen=True)
class Patience:
    """The bounds of one call: time for each try, tries, time in all, and size.

    No further try begins when it would begin later than `max_wait_s`.
    """

    connect_s: float = 5
    read_s: float = 30
    total_s: float = 45
    attempts: int = 5
    max_wait_s: float = 120
    max_bytes: int = 50_000_000
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Answer:
    """A provider's 2xx: `data` is its JSON, None where there was no body."""

    status: int
    data: Any


@dataclass(frozen=True)
class Explained:
    """A provider's error in our terms.

    `busy` turns what looks like a refusal into "later"; `retry_after_s` is used where
    the provider sent no Retry-After. `unauthorised` says whether the credential is the
    reason, where the provider's code tells it better than a 401 or 403.
    """

    code: str = ""
    message: str = ""
    errors: tuple[Mapping[str, Any], ...] = ()
    busy: bool = False
    retry_after_s: float | None = None
    unauthorised: bool | None = None


Explain = Callable[[int, Any], Explained]
"""Reads an error's status and JSON; JSON is None where the body was none."""


class Bearer(AuthBase):
    """Authorization by a bearer token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


NO_LIMIT = "no limit"
"""The lane of calls that a provider does not count."""


@dataclass(frozen=True)
class Call:
    """One request. `repeatable` says that doing it twice does no harm.

    `purpose` is for the meter of a door that has one.
    """

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    repeatable: bool = True
    lane: str = ""
    purpose: str = ""


class Door:
    """One provider's account, reached over one session.

    `limits` holds the rolling limits by lane: "" counts every call, another name the
    calls that name it too. For one worker thread at a time.

    `meter`, where one is set, hears of every try and of every answer's headers.
    """

    meter: Meter | None = None

    def __init__(
        self,
        base_url: str,
        label: str,
        auth: AuthBase | tuple[str, str],
        limits: Mapping[str, RollingLimit],
        *,
        explain: Explain,
        patience: Patience | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.label = label
        self._limits = limits
        self._explain = explain
        self._patience = patience or Patience()
        self._session = requests.Session()
        self._session.auth = auth
        self._session.headers["User-Agent"] = USER_AGENT
        self._session.headers["Accept"] = "application/json"
        self._session.mount("http://", Wire())
        self._session.mount("https://", Wire())

    def close(self) -> None:
        """Close the session and the stores of its limits."""
        self._session.close()
        for limit in self._limits.values():
            limit.close()

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        return self.call(Call("GET", path, query or {})).data

    def post(self, path: str, body: Any, *, lane: str = "") -> Answer:
        return self.call(Call("POST", path, body=body, lane=lane))

    def part(self, data: Any, name: str) -> Any:
        """Take what an answer must hold; without it the answer is none."""
        if isinstance(data, dict) and name in data:
            return data[name]
        reason = f"{self.label}: an answer without {name}"
        raise RemoteBusy(reason, maybe_done=True)

    def call(self, call: Call) -> Answer:
        """Make the call, and again while the provider is busy.

        Raises `RemoteBusy` when the tries or the waiting are used up, or at once when
        the provider asks for a longer wait than `Patience.max_wait_s`;
        `RemoteRefused` and `RemoteUnauthorised` at the first such answer.
        """
        retrying = Retrying(
            retry=retry_if_exception(lambda error: _again(call, error)),
            wait=_wait_s,
            stop=self._enough,
            sleep=self._patience.sleep,
            reraise=True,
        )
        return retrying(self._once, call)

    def _enough(self, state: RetryCallState) -> bool:
        spent = max(state.idle_for, state.seconds_since_start or 0.0)
        return (
            state.attempt_number >= self._patience.attempts
            or spent + state.upcoming_sleep > self._patience.max_wait_s
        )

    def _once(self, call: Call) -> Answer:
        lanes = () if call.lane == NO_LIMIT else ("", call.lane)
        for lane in dict.fromkeys(lanes):
            if lane in self._limits:
                self._limits[lane].take()
        if self.meter is not None:
            self.meter.before(call.purpose)
        deadline = time.monotonic() + self._patience.total_s
        response = self._send(call)
        if self.meter is not None:
            self.meter.after(response.headers)
        data = self._read(response, deadline)
        return self._judge(response, data)

    def _send(self, call: Call) -> requests.Response:
        body = None if call.body is None else orjson.dumps(call.body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            return self._session.request(
                call.method,
                self.base_url + call.path,
                params=call.query,
                data=body,
                headers=headers,
                timeout=(self._patience.connect_s, self._patience.read_s),
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException as err:
            reason = f"{self.label}: {type(err).__name__}"
            raise RemoteBusy(reason, maybe_done=_was_sent(err)) from err

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        try:
            return read_body(response, deadline, self._patience.max_bytes)
        except TooLargeError as err:
            raise RemoteRefused(self.label, response.status_code, "too_large") from err
        except (OutOfTimeError, urllib3.exceptions.HTTPError, OSError) as err:
            reason = f"{self.label}: answer cut off ({type(err).__name__})"
            raise RemoteBusy(reason, maybe_done=True) from err

    def _judge(self, response: requests.Response, raw: bytes) -> Answer:
        try:
            data = orjson.loads(raw) if raw.strip() else None
        except orjson.JSONDecodeError as err:
            if response.ok:
                reason = f"{self.label}: an answer that is not JSON"
                raise RemoteBusy(reason, maybe_done=True) from err
            data = None
        if 200 <= response.status_code < 300:
            return Answer(response.status_code, data)
        raise self._error(response, data)

    def _error(self, response: requests.Response, data: Any) -> RemoteError:
        status = response.status_code
        explained = self._explain(status, data)
        if explained.busy or status in (408, 423, 429, 477) or status >= 500:
            asked_s = self._asked_s(response.headers)
            return RemoteBusy(
                f"{self.label} {status}",
                explained.retry_after_s if asked_s is None else asked_s,
                maybe_done=status >= 500,
            )
        return refusal(self.label, status, explained)

    def _asked_s(self, headers: Mapping[str, str]) -> float | None:
        asked_s = retry_after_s(headers, datetime.now(UTC))
        if asked_s is None and self.meter is not None:
            return self.meter.wait_s(headers)
        return asked_s


def refusal(label: str, status: int, explained: Explained) -> RemoteAnswerError:
    """Make the error of a proper answer that says no."""
    unauthorised = explained.unauthorised
    if unauthorised is None:
        unauthorised = status in (401, 403)
    kind = RemoteUnauthorised if unauthorised else RemoteRefused
    error = kind(label, status, explained.code, explained.message)
    error.errors = explained.errors
    return error


def _again(call: Call, error: BaseException) -> bool:
    if not isinstance(error, RemoteBusy):
        return False
    return call.repeatable or not error.maybe_done


def _wait_s(state: RetryCallState) -> float:
    """What the provider asked for, else a back-off; never several at one instant."""
    error = state.outcome.exception() if state.outcome else None
    asked_s = error.retry_after_s if isinstance(error, RemoteBusy) else None
    if asked_s is None:
        return _BACK_OFF(state)
    return asked_s + random.uniform(0, 1)  # noqa: S311 (no secret)


def _was_sent(error: requests.RequestException) -> bool:
    """Whether the request may have reached the provider before the error."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return False
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return not isinstance(reason, urllib3.exceptions.NewConnectionError)
