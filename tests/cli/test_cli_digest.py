"""The weekly e-mail: what it says, who may read it, and that it goes out once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from connector import chores, db
from connector.boundaries import listen
from connector.chores import ChoreRun
from connector.connections import pause
from connector.db import utcnow
from connector.digest import weekly
from connector.digest.post import PostError, hand_over, message
from connector.digest.state import DigestSent
from connector.matters import MatterRow
from connector.matters.waiting import open_matters
from connector.programme.entities import Address, Person
from connector.service import Service
from connector.settings import Post, load_settings
from connector.sources.state import FormWatch
from connector.sync.cycle import change
from connector.timetable import CHORES
from tests.cli.cli_world import Office
from tests.postbox import PASSWORD, postbox

LYNGBY, MONDAY = "lyngby", date(2026, 11, 23)
ZONE = ZoneInfo("Europe/Copenhagen")
CITY = """
inherits = "template"
name = {{ da = "Prøveprogrammet", en = "Trial programme" }}
locale = "{locale}"
zone = "Europe/Copenhagen"
country = "DK"
funder = "A foundation"
period = {{ opens = 2015-01-01, closes = {far} }}

[rounds.r1]
name = {{ da = "Runde 1", en = "Round 1" }}
starts = 2016-03-01
ends = {far}
recruiting = {{ opens = 2015-01-01, closes = {far} }}

[rounds.r1.evaluations]
closing = {{ opens = {soon}, closes = {far} }}

[milestones.material_published]
due = {soon}

[[forms]]
provider = "typeform"
form = "lyngby-mentee-application-da"
mapping = "mentee_application"
language = "da"
"""


@pytest.fixture(params=["da", "en"])
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def city(tmp_path: Path, locale: str) -> Iterator[Office]:
    """An office with something of everything that a digest can say."""
    made = an_office(tmp_path, locale)
    yield made
    made.service.database.engine.dispose()


@pytest.fixture
def danish(tmp_path: Path) -> Iterator[Office]:
    made = an_office(tmp_path, "da")
    yield made
    made.service.database.engine.dispose()


def an_office(directory: Path, locale: str) -> Office:
    folder = directory / "programmes" / LYNGBY
    folder.mkdir(parents=True)
    soon = date.today() + timedelta(days=9)  # noqa: DTZ011 - as a person counts
    text = CITY.format(locale=locale, soon=soon, far=soon + timedelta(days=300))
    (folder / "programme.toml").write_text(text, "utf-8")
    office = Office(directory)
    office.env |= {
        "VIDENSBRO_PROGRAMMES": str(directory / "programmes"),
        "HUBSPOT_TOKEN": "invented",
    }
    again(office)
    office.open()
    change(office.service, LYNGBY, "hubspot", "active")
    return office


def again(office: Office, **env: str) -> None:
    """Start the service anew with more settings."""
    office.env |= env
    office.service.database.engine.dispose()
    office.service = Service.open(load_settings(office.env))


def a_week_of_everything(office: Office) -> None:
    office.mentee("Anna")
    office.mentee("Carl")
    office.answer("mentee_application", {"first_name": "Dina"})
    pause(office.service, LYNGBY, "hubspot")
    with office.service.database.writing() as session:
        session.add(
            MatterRow(
                programme=LYNGBY, key="review:7", kind="review", fingerprint="x",
                set_aside_at=utcnow(),
                reason="Carl ringede (carl@people.example, +45 20 12 34 56): de er to",
            )
        )  # fmt: skip
        session.add(
            FormWatch(
                programme=LYNGBY, provider="typeform", form="f", looked_at=utcnow(),
                design={}, findings=[], problem="not now",
            )
        )  # fmt: skip


SAYS = {
    "da": (
        "ting venter på jer", "Prøveprogrammet · uge", "Ansøgning som mentee: 3",
        "Mentee, ansøgt: 2", "Lagt til side af jer", "tvivl 7: … ringede (…, …): de er",
        "Runde 1, afsluttende evaluering åbner", ", frist: ", "HubSpot: PÅ PAUSE,",
        "1 kan ikke læses", "Sikkerhedskopi: laves ikke", "Intet er tabt",
    ),
    "en": (
        "things wait for you", "Trial programme · week", "Application as a mentee: 3",
        "Mentee, applied: 2", "Set aside by you", "doubt 7: … ringede (…, …): de er",
        "Round 1, closing evaluation opens", ", due: ", "HubSpot: PAUSED, not synced",
        "1 cannot be read", "Backup: none is made", "Nothing is lost",
    ),
}  # fmt: skip
WELL = {"da": "Alt er vel", "en": "All is well"}


def test_all_is_well_where_nothing_waits(city: Office, locale: str) -> None:
    told = city("digest").output
    assert told.startswith(WELL[locale])
    assert city.json("digest")["things"] == []


def test_it_says_what_waits_came_and_comes(city: Office, locale: str) -> None:
    a_week_of_everything(city)
    told = " ".join(city("digest").output.split())
    waiting = open_matters(city.service, LYNGBY)
    assert told.startswith(f"{len(waiting)} ")
    for matter in waiting:
        for sentence in (matter.title, matter.happened, matter.safe, matter.do):
            assert sentence in told
    for sentence in SAYS[locale]:
        assert sentence in told, sentence
    assert WELL[locale] not in told
    assert max(map(len, city("digest").output.splitlines())) <= 72


def test_nobody_is_in_it(city: Office, tmp_path: Path) -> None:
    a_week_of_everything(city)
    page = tmp_path / "digest.html"
    city("digest", "--html", page)
    said = [city("digest").output, page.read_text("utf-8"), str(city.json("digest"))]
    with city.service.database.reading() as session:
        people = session.scalars(select(Person)).all()
        words = {w for p in people for w in (p.first_name, p.last_name, p.phone) if w}
        words |= set(session.scalars(select(Address.email)))
    assert {"Anna", "Carl", "anna@people.example"} <= words
    for text in said:
        assert "@" not in text
        shown = text.replace("Prøveprogrammet", "")
        assert [word for word in words if word in shown] == []


def test_its_page_fetches_nothing_and_keeps_to_inline_styles(
    city: Office, tmp_path: Path
) -> None:
    a_week_of_everything(city)
    city("digest", "--html", tmp_path / "d.html")
    page = (tmp_path / "d.html").read_text("utf-8")
    for forbidden in ("<img", "<style", "<script", "<link", "http", "url(", "src="):
        assert forbidden not in page, forbidden
    assert "background" not in page  # a mail program's own ground, light or dark
    assert 'name="color-scheme" content="light dark"' in page
    assert len(page.encode()) < 20_000


def test_what_staff_wrote_is_text_on_the_page(danish: Office, tmp_path: Path) -> None:
    with danish.service.database.writing() as session:
        session.add(
            MatterRow(programme=LYNGBY, key="form:typeform:x", kind="form",
                      fingerprint="x", set_aside_at=utcnow(), reason="<b>nej</b>")
        )  # fmt: skip
    danish("digest", "--html", tmp_path / "d.html")
    assert "&lt;b&gt;nej&lt;/b&gt;" in (tmp_path / "d.html").read_text("utf-8")


def test_what_was_set_aside_is_named_by_its_title(danish: Office) -> None:
    danish.mentee("Anna")
    danish.mentee("Carl")
    (matter,) = open_matters(danish.service, LYNGBY)
    with danish.service.database.writing() as session:
        session.add(
            MatterRow(programme=LYNGBY, key=matter.key, kind=matter.kind,
                      fingerprint=matter.fingerprint, set_aside_at=utcnow())
        )  # fmt: skip
    told = danish("digest").output
    assert told.startswith("Alt er vel")
    assert f"{matter.title}: uden begrundelse" in told


# --- by post ------------------------------------------------------------------------
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_it_is_sent_by_hand(
    city: Office,
    locale: str,
    security: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with postbox(tmp_path, security=security, signs_in=True) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "post.pem"))
        to = "staff@office.example, boss@office.example"
        again(city, **box.settings(DIGEST_TO=to))
        assert city("digest", "--send").output == "Sent to 2 addresses.\n"
        ((sender, to_whom, raw, secret),) = box.letters
        letter = box.letter()
    assert sender == "bro@office.example"
    assert to_whom == ["staff@office.example", "boss@office.example"]
    assert secret is (security != "none")
    assert raw.isascii()
    assert WELL[locale] in letter["Subject"]
    assert letter["From"] == "Vidensbro <bro@office.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@office.example>")
    assert letter["Date"].datetime.utcoffset() is not None
    assert letter.get_content_type() == "multipart/alternative"
    plain, page = letter.iter_parts()
    assert (plain.get_content_type(), page.get_content_type()) == (
        "text/plain", "text/html",
    )  # fmt: skip
    for part in (plain, page):
        assert part.get_content_charset() == "utf-8"
        assert WELL[locale] in part.get_content()
    assert plain.get_content().replace("\r\n", "\n") == city("digest").output


@pytest.mark.parametrize(
    ("how", "more", "sentence"),
    [
        ({"signs_in": True}, {"SMTP_PASSWORD": "wrong"}, "refused SMTP_USER or SMTP_"),
        ({}, {"SMTP_USER": "programme"}, "does not offer what the settings ask for"),
        ({}, {"SMTP_SECURITY": "starttls"}, "does not offer what the settings ask"),
        ({}, {"SMTP_SECURITY": "tls"}, "does not speak TLS there"),
        ({"security": "starttls"}, {}, "shows a certificate that is not its own"),
        ({}, {"SMTP_PORT": "1"}, "cannot be reached (ConnectionRefusedError)"),
        ({"answers": {"MAIL": "550 5.7.1 staff@office.example"}}, {}, "(550)"),
        ({"breaks": "MAIL"}, {}, "cannot be reached (SMTPServerDisconnected)"),
        ({"refused": ("staff@office.example",)}, {}, "for none of the addresses in"),
        ({"answers": {"DATA": "451 later"}}, {}, "refused the weekly e-mail (451)"),
        ({"breaks": "DATA"}, {}, "may have arrived, so it is not sent again"),
        ({}, {"DIGEST_TO": "nobody"}, "DIGEST_TO holds something that is no e-mail"),
        ({}, {"SMTP_FROM": "æ@office.example"}, "SMTP_FROM holds something that is no"),
    ],
)
def test_what_is_not_taken_ends_in_a_sentence(
    danish: Office,
    tmp_path: Path,
    how: dict[str, object],
    more: dict[str, str],
    sentence: str,
) -> None:
    with postbox(tmp_path, **how) as box:
        again(danish, **{**box.settings(), **more})
        said = danish("digest", "--send", code=1).stderr
    assert sentence in " ".join(said.split())
    for secret in (PASSWORD, "wrong", "staff@office.example"):
        assert secret not in said.replace("is wrong", "")


def test_the_password_is_kept_from_a_server_whose_certificate_is_not_known(
    danish: Office, tmp_path: Path
) -> None:
    with postbox(tmp_path, security="starttls", signs_in=True) as box:
        again(danish, **box.settings())
        said = danish("digest", "--send", code=1).stderr
        assert not box.letters
    assert "The password was not sent" in " ".join(said.split())


def test_without_a_server_it_says_which_settings_are_missing(danish: Office) -> None:
    assert (
        "SMTP_HOST, SMTP_FROM and DIGEST_TO"
        in danish("digest", "--send", code=2).stderr
    )


def test_nothing_leaves_the_demo(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for name in ("TYPEFORM_TOKEN", "TYPEFORM_SECRETS"):
        office.env[name] = ""
    with postbox(tmp_path) as box:
        again(office, **box.settings())
        office.open()
        assert "This is the demo" in office("digest", "--send", code=2).stderr
        assert weekly.send_weekly(office.service, LYNGBY) == ""
        assert not box.letters


@given(st.text(max_size=40))
def test_no_header_is_injected(text: str) -> None:
    hostile = f"bro@office.example{text}"
    for sender, to in ((hostile, "a@office.example"), ("a@office.example", hostile)):
        try:
            made = message(sender, [to], text, "plain", "<p>page</p>")
        except PostError:
            continue
        head = made.as_bytes().split(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
        names = [line.partition(b":")[0] for line in head.split(b"\r\n")]
        assert names == [
            b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted",
            b"MIME-Version", b"Content-Type",
        ]  # fmt: skip


def test_a_password_that_cannot_be_sent_is_said_before_anybody_is_asked() -> None:
    post = Post("mail.example", 587, "bro", "hemmelighedør", "a@office.example", "tls")
    made = message("a@office.example", ["b@office.example"], "s", "p", "h")
    with pytest.raises(PostError, match="cannot be sent by SMTP"):
        hand_over(post, made)


def test_a_line_break_in_an_address_is_refused() -> None:
    for hostile in ("a@office.example\r\nBcc: b@office.example", "a@b\nc", "@", ""):
        with pytest.raises(PostError):
            message("bro@office.example", [hostile], "s", "p", "h")


# --- by the clock -------------------------------------------------------------------
def tend(office: Office) -> ChoreRun:
    """Run the digest's chore if it is due; return how it stands."""
    chores.tend(office.service, {"digest": CHORES["digest"]})
    with office.service.database.reading() as session:
        return session.scalars(select(ChoreRun)).one()


def at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    for module in (weekly, chores, db):
        monkeypatch.setattr(module, "utcnow", lambda: now)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def test_it_goes_out_once_a_week(
    danish: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postbox(tmp_path) as box:
        again(danish, **box.settings())
        sent = []
        for hours in range(0, 21 * 24, 7):
            at(monkeypatch, local(MONDAY, 8) + timedelta(hours=hours))
            tend(danish)
            sent.append(len(box.letters))
    assert sent[0] == 1
    assert sent[-1] == 3
    assert sorted(set(sent)) == [1, 2, 3]
    assert 22 <= sent.count(1) <= 25


def test_a_missed_one_goes_out_when_the_service_is_on_again(
    danish: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postbox(tmp_path) as box:
        again(danish, **box.settings())
        at(monkeypatch, local(MONDAY - timedelta(days=7), 8))
        tend(danish)
        at(monkeypatch, local(MONDAY + timedelta(days=3), 14))
        for _ in range(3):
            tend(danish)
        assert len(box.letters) == 2
        # A day before the next it is left to that one.
        at(monkeypatch, local(MONDAY + timedelta(days=13), 20))
        tend(danish)
        assert len(box.letters) == 2
        at(monkeypatch, local(MONDAY + timedelta(days=14), 7))
        tend(danish)
        assert len(box.letters) == 3


def test_a_refusal_is_a_chores_problem_and_is_tried_again(
    danish: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = local(MONDAY, 8)
    with postbox(tmp_path, signs_in=True) as box:
        again(danish, **box.settings(SMTP_PASSWORD="not-this-one"))
        at(monkeypatch, now)
        assert "SMTP_PASSWORD" in tend(danish).problem
        assert "not-this-one" not in tend(danish).problem
        again(danish, SMTP_PASSWORD=PASSWORD)
        at(monkeypatch, now + timedelta(minutes=5))
        tend(danish)
        assert not box.letters
        at(monkeypatch, now + timedelta(minutes=11))
        assert tend(danish).problem == ""
        assert len(box.letters) == 1


def test_one_that_may_have_arrived_is_not_sent_again(
    danish: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postbox(tmp_path, breaks="DATA") as box:
        again(danish, **box.settings())
        for minutes in (0, 11, 22):
            at(monkeypatch, local(MONDAY, 8) + timedelta(minutes=minutes))
            assert "may have arrived" in tend(danish).problem
        assert len(box.letters) == 1


@pytest.mark.parametrize(("where", "sent"), [("digest.begun", 0), ("digest.taken", 1)])
def test_where_the_power_goes_it_is_sent_once_at_most(
    danish: Office,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    sent: int,
) -> None:
    class PowerCut(BaseException):
        """Ends the process, as far as the chore can tell."""

    def cut(name: str) -> None:
        if name == where:
            raise PowerCut

    with postbox(tmp_path) as box:
        again(danish, **box.settings())
        at(monkeypatch, local(MONDAY, 8))
        listen(cut)
        try:
            with pytest.raises(PowerCut):
                tend(danish)
        finally:
            listen(None)
        at(monkeypatch, local(MONDAY, 8, 1))
        assert "stopped while it sent" in tend(danish).problem
        assert len(box.letters) == sent
        at(monkeypatch, local(MONDAY + timedelta(days=7), 8))
        assert tend(danish).problem == ""
        assert len(box.letters) == sent + 1


def test_an_address_that_is_refused_is_told_all_week(
    danish: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = "gone@office.example"
    with postbox(tmp_path, refused=(gone,)) as box:
        again(danish, **box.settings(DIGEST_TO=f"staff@office.example,{gone}"))
        for minutes in (0, 11):
            at(monkeypatch, local(MONDAY, 8) + timedelta(minutes=minutes))
            problem = tend(danish).problem
            assert "refused 1 of its 2 addresses" in problem
            assert gone not in problem
        assert len(box.letters) == 1


def test_without_anybody_to_send_to_nothing_is_wrong(
    danish: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, local(MONDAY, 8))
    assert chores.tend(danish.service, {"digest": CHORES["digest"]}) == []
    with postbox(tmp_path) as box:
        again(danish, **box.settings(DIGEST_TO=""))
        assert tend(danish).problem == ""
        assert not box.letters
    with danish.service.database.reading() as session:
        assert not session.scalars(select(DigestSent)).all()


@given(
    st.integers(0, 2 * 366 * 24 * 60).map(
        lambda minutes: local(date(2026, 1, 1), 0) + timedelta(minutes=minutes)
    )
)
def test_a_week_begins_on_monday_morning(now: datetime) -> None:
    week = weekly.week_of(now, ZONE)
    assert week.weekday() == 0
    assert local(week, 7) <= now < local(week + timedelta(days=7), 7)
