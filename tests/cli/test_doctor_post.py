"""doctor looks at the mail server of the weekly digest, and sends nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector.doctor import post as looked
from tests.cli.cli_world import Cli, Office
from tests.postbox import PASSWORD, USER, Postbox, postbox


@pytest.fixture(autouse=True)
def offline(empty: Office) -> None:
    """Have nothing else asked over the network."""
    empty.env |= {"TYPEFORM_BASE_URL": "http://127.0.0.1:9", "TYPEFORM_TOKEN": ""}


@contextmanager
def taking(where: Path, **how: object) -> Iterator[Postbox]:
    """Serve e-mail; nothing may come."""
    with postbox(where, **{"answers": {"NOOP": "250 ok"}, **how}) as box:
        yield box
    assert box.letters == []


def told(cli: Cli, *args: str, code: int = 2, **env: str) -> list[tuple[str, str, str]]:
    """Return level, what and remedy of all that doctor says of the post."""
    before = dict(cli.env)
    cli.env |= env
    found = cli.json("doctor", *args, code=code)
    cli.env = before
    assert PASSWORD not in str(found)
    names = ("settings", "settings.post", "post", "chore.digest")
    return [
        (one["level"], one["what"], one["remedy"])
        for one in found
        if one["check"] in names and one["level"] != "well"
    ]


def trusted(monkeypatch: pytest.MonkeyPatch, where: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(where / "post.pem"))


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_a_server_that_takes_the_sign_in_is_well(
    empty, tmp_path, monkeypatch, security
):
    with taking(tmp_path, security=security, signs_in=True) as box:
        trusted(monkeypatch, tmp_path)
        empty.env |= box.settings()
        assert told(empty) == []
        found = empty.json("doctor", code=2)
    (post,) = [one for one in found if one["check"] == "post"]
    assert "sign-in; nothing was sent" in post["what"]


def test_a_quick_look_leaves_the_server_alone(empty):
    env = Postbox(port=9).settings(SMTP_HOST="nowhere.invalid")
    assert told(empty, "--quick", **env) == []


def one(found: list[tuple[str, str, str]], says: str, remedy: str) -> None:
    """Assert that a single thing is said, as a fault, with its setting."""
    assert len(found) == 1, found
    level, what, mend = found[0]
    assert level == "fault"
    assert says in what
    assert remedy in mend


def test_a_refused_sign_in(empty, tmp_path):
    with taking(tmp_path, signs_in=True) as box:
        found = told(empty, **box.settings(SMTP_PASSWORD="not-that-one-at-all"))
    one(found, "refused the sign-in (535)", "SMTP_USER and SMTP_PASSWORD")
    assert "not-that-one-at-all" not in str(found)
    assert "programme" not in str(found)


def test_a_name_that_nobody_knows(empty):
    found = told(empty, **Postbox(port=9).settings("nowhere.invalid"))
    one(found, "has no address", "Correct SMTP_HOST")


def test_a_port_where_nothing_listens(empty):
    found = told(empty, **Postbox(port=9).settings())
    one(found, "nothing listens there", "SMTP_PORT")


def test_a_server_without_tls(empty, tmp_path):
    with taking(tmp_path) as box:
        found = told(empty, **box.settings(SMTP_SECURITY="starttls"))
        one(found, "offers no STARTTLS", "SMTP_SECURITY")
        found = told(empty, **box.settings(SMTP_SECURITY="tls"))
        one(found, "speaks no TLS", "SMTP_SECURITY")


def test_a_server_that_takes_no_sign_in(empty, tmp_path):
    with taking(tmp_path) as box:
        signing = {"SMTP_USER": USER, "SMTP_PASSWORD": PASSWORD}
        found = told(empty, **box.settings(**signing))
    one(found, "offers no sign-in", "take SMTP_USER and SMTP_PASSWORD out")


def test_a_certificate_that_nobody_signed(empty, tmp_path):
    with taking(tmp_path, security="starttls", signs_in=True) as box:
        found = told(empty, **box.settings())
    one(found, "signed by nobody known here. The password was not sent", "SMTP_HOST")


def test_a_certificate_of_another_name(empty, tmp_path, monkeypatch):
    with taking(tmp_path, security="starttls") as box:
        trusted(monkeypatch, tmp_path)
        found = told(empty, **box.settings("127.0.0.1"))
    one(found, "another address than SMTP_HOST", "name in the certificate")


@pytest.mark.parametrize("verb", ["EHLO", "NOOP"])
def test_a_server_that_hangs_up(empty, tmp_path, verb):
    with taking(tmp_path, breaks=verb, answers={}) as box:
        found = told(empty, **box.settings())
    one(found, "hung up", "SMTP_PORT")


def test_a_server_that_will_not_talk(empty, tmp_path):
    with taking(tmp_path, answers={"NOOP": "421 not for you, bo@x.example"}) as box:
        found = told(empty, **box.settings())
    one(found, "refused the conversation (421)", "SMTP_HOST")
    assert "bo@" not in str(found)


def test_a_server_that_says_nothing(empty, monkeypatch):
    monkeypatch.setattr(looked, "TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = int(silent.getsockname()[1])
        found = told(empty, **Postbox(port=port).settings())
    one(found, "gave no answer in time", "firewall")


@pytest.mark.parametrize(
    ("env", "level", "says", "remedy"),
    [
        ({"SMTP_PASSWORD": ""}, "fault", "SMTP_PASSWORD is not", "Set SMTP_PASSWORD"),
        ({"SMTP_USER": ""}, "warning", "SMTP_USER is not", "Set SMTP_USER"),
        ({"SMTP_FROM": ""}, "fault", "is missing", "Set SMTP_FROM"),
        ({"SMTP_FROM": "bro"}, "fault", "no e-mail address", "Correct SMTP_FROM"),
        ({"DIGEST_TO": "a@b.example;c@d.example"}, "fault", "no e-mail address",
         "Correct DIGEST_TO"),
        ({"DIGEST_TO": ""}, "warning", "nobody gets", "Set DIGEST_TO"),
        ({"SMTP_HOST": ""}, "warning", "no mail server", "Set SMTP_HOST"),
        ({"SMTP_HOST": "", "DIGEST_TO": ""}, "warning", "SMTP_FROM", "Set SMTP_HOST"),
        ({"SMTP_HOST": "smtp://mail.example:587"}, "fault", "no host's name",
         "without smtp://"),
        ({"SMTP_PASSWORD": "pæne-ord"}, "fault", "cannot be sent", "SMTP_PASSWORD"),
        ({"SMTP_HOST": "mail.example", "SMTP_SECURITY": "none"}, "warning", "readable",
         "Set SMTP_SECURITY"),
    ],
)  # fmt: skip
def test_half_of_the_settings_is_told_without_asking_anybody(
    empty, env, level, says, remedy
):
    whole = Postbox(port=587, security="starttls", signs_in=True).settings()
    found = told(empty, "--quick", **{**whole, **env})
    assert [each[0] for each in found] == [level], found
    assert says in found[0][1]
    assert remedy in found[0][2]


def test_what_the_worker_met_is_not_told_again(office, tmp_path):
    from connector import chores

    with taking(tmp_path, signs_in=True) as box:
        office.env |= box.settings(SMTP_PASSWORD="not-that-one-at-all")
        text = "The mail server refused SMTP_USER or SMTP_PASSWORD (535)."
        chore = chores.Chore(lambda _at, _zone: True, lambda _s, _k: text)
        chores.run(office.service, "lyngby", "digest", chore)
        one(told(office), "refused the sign-in", "SMTP_USER")
    assert [each[0] for each in told(office, "--quick")] == ["warning"]
