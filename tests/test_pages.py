"""The page of figures, as a browser gets it."""

import re
from datetime import date
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from flask import Flask

from connector import pages
from connector.pages.sandbox import blueprint as sandbox_pages
from sandbox.app import TOOLS as SANDBOX_TOOLS
from tests.kpi_world import KEY, PLAN, World, fresh_database

TODAY = date(2016, 9, 1)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return (client, world): a site over a database with a little in it."""
    monkeypatch.setattr(pages, "local_day", lambda plan: TODAY)
    database = fresh_database(f"sqlite:///{tmp_path / 'figures.db'}")
    service = SimpleNamespace(
        database=database,
        settings=SimpleNamespace(programmes=(KEY,), demo=True),
        programme=lambda key: PLAN,
    )
    app = Flask("figures")
    app.register_blueprint(pages.blueprint(service))
    with database.writing() as session:
        fill(World(session))
    return app.test_client()


def fill(world):
    world.delivery()
    world.delivery(state="parked")
    for number in range(20):
        mentee = world.part()
        if number < 18:
            world.answers(mentee, mentee_network="yes" if number < 15 else "no")
        if number < 12:
            said = "yes" if number < 5 else "no"
            world.answers(mentee, kind="six_month_follow_up", mentee_employed_6m=said)
    for _ in range(4):
        world.answers(world.part(role="mentor"), mentor_network="yes")
    world.milestone()
    for number in range(10):
        interested = TODAY if number < 3 else None
        world.outreach(world.organisation("city"), TODAY, interested)


def text_of(html):
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_page_is_in_the_programmes_language_until_asked_for_another(site):
    danish = site.get("/").text
    assert '<html lang="da">' in danish
    said = text_of(danish)
    assert "15 af 18 svarede ja (83\N{NO-BREAK SPACE}%)" in said
    assert "18 af 20 har svaret" in said
    assert "Mindst 15, højst 17 af 20" in said
    assert "mindst 2/3 (14 af 20)" in said
    assert "Runde 1 (mar–jun 2016)" in said
    assert "2 modtaget · 1 behandlet · 1 kræver dig" in said
    english = site.get("/?lang=en").text
    assert '<html lang="en">' in english
    said = text_of(english)
    assert "15 of 18 answered yes (83%)" in said
    assert "At least 15, at most 17 of 20" in said
    assert "Interval 61%–94%" in said
    assert "Completed only: nobody yet" in said
    assert "Round 2 (Nov 2016–Mar 2017)" in said
    assert '<html lang="da">' in site.get("/?lang=xx").text


def test_states_are_words_with_a_shape_never_colour_alone(site):
    html = site.get("/?lang=en").text
    states = re.findall(r'<span class="state (\w+)">(.*?)</span>\s*</td>', html)
    assert {word for word, _ in states} >= {"met", "open", "shown"}
    assert "\N{HEAVY CHECK MARK}</span> Met" in html
    assert "\N{WHITE CIRCLE}</span> Open" in html
    assert "needs 2 more yes of 8 outstanding" in text_of(html)


def test_no_per_cent_is_given_for_fewer_than_five(site):
    said = text_of(site.get("/?lang=en").text)
    assert "4 of 4 answered yes" in said
    assert "4 of 4 answered yes (" not in said


def test_every_indicator_has_a_row_per_round_and_for_the_programme(site):
    html = site.get("/?lang=en").text
    rows = re.findall(r'<th role="rowheader" scope="row">(.*?)</th>', html)
    assert rows.count("Network, mentees") == 3
    assert rows.count("Inspiration material") == 1
    assert rows.count("Mentees") == 2  # two programme years


def test_drawings_are_well_formed_hidden_and_in_proportion(site):
    html = site.get("/?lang=en").text
    drawings = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert drawings
    for each in drawings:
        svg = ElementTree.fromstring(each)  # noqa: S314 - made by us, a moment ago
        assert svg.get("aria-hidden") == "true"
    row = html[html.index("Network, mentees") :]
    svg = ElementTree.fromstring(  # noqa: S314
        re.search(r"<svg.*?</svg>", row[row.index("15 of 18") :], re.DOTALL).group()
    )
    place = {part.get("class"): part.attrib for part in svg}
    band, target, dot = place["band"], place["target"], place["dot"]
    assert float(band["x"]) == pytest.approx(6 + 228 * 15 / 20, abs=0.1)
    assert float(band["width"]) == pytest.approx(228 * 2 / 20, abs=0.1)
    assert float(target["x1"]) == pytest.approx(6 + 228 * 2 / 3, abs=0.1)
    assert float(dot["cx"]) == pytest.approx(6 + 228 * 15 / 18, abs=0.1)


def test_cities_are_counted_out_of_all_that_were_informed(site):
    html = site.get("/?lang=en").text
    said = text_of(html)
    assert "3 of 10 informed are interested (30%)" in said
    assert "10 in time, of 10 known" in said
    row = html[html.index("3 of 10 informed") :]
    svg = ElementTree.fromstring(  # noqa: S314
        re.search(r"<svg.*?</svg>", row, re.DOTALL).group()
    )
    place = {part.get("class"): part.attrib for part in svg}
    assert float(place["dot"]["cx"]) == pytest.approx(6 + 228 * 0.3, abs=0.1)
    assert "interval" not in place


class Looking(HTMLParser):
    """Collects what a strict content policy would refuse, and what is not closed."""

    VOID = ("meta", "link", "line", "rect", "circle", "br")

    def __init__(self):
        super().__init__()
        self.refused, self.open, self.ids = [], [], []

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag in {"script", "style"} or "style" in names:
            self.refused.append(tag)
        self.refused += [name for name in names if name.startswith("on")]
        if "id" in names:
            self.ids.append(names["id"])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_page_needs_no_script_and_no_inline_style(site, language):
    looking = Looking()
    looking.feed(site.get(f"/?lang={language}").text)
    assert looking.refused == []
    assert looking.open == []
    assert len(set(looking.ids)) == len(looking.ids)


def test_the_style_sheet_is_served_here_and_loads_nothing_else(site):
    html = site.get("/").text
    (sheet,) = re.findall(r'rel="stylesheet" href="([^"]+)"', html)
    answer = site.get(sheet)
    assert answer.status_code == 200
    assert answer.mimetype == "text/css"
    assert "url(" not in answer.text
    assert "@import" not in answer.text
    answer.close()


def test_an_unknown_programme_is_not_found(site):
    assert site.get("/?programme=elsewhere").status_code == 404


def test_an_empty_programme_has_a_page_too(site, tmp_path):
    database = fresh_database(f"sqlite:///{tmp_path / 'empty.db'}")
    service = SimpleNamespace(
        database=database,
        settings=SimpleNamespace(programmes=(KEY,), demo=False),
        programme=lambda key: PLAN,
    )
    app = Flask("figures")
    app.register_blueprint(pages.blueprint(service))
    said = text_of(app.test_client().get("/?lang=en").text)
    assert "0 received · 0 processed · 0 needs you" in said
    assert "Nobody to ask yet" in said
    assert "invented people" not in said


def test_in_the_demo_every_tools_page_is_found_from_here_too():
    app = Flask("links")
    app.register_blueprint(sandbox_pages(SimpleNamespace(sandbox_port=8001)))
    for tool in SANDBOX_TOOLS:
        led = app.test_client().get(f"/sandbox/{tool}")
        assert led.location == f"http://127.0.0.1:8001/sandbox/{tool}"
