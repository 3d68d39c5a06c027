"""The pages in a real browser: the board with and without a mouse, figures small."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select
from sqlalchemy import select

from connector import pages
from connector.programme.entities import Participation
from sandbox.app import serving
from tests.world import World, world

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    if not (BROWSER and DRIVER):
        if os.environ.get("CI"):
            pytest.fail("chromium and chromedriver are missing; see .ci/browser")
        pytest.skip("chromium and chromedriver are not here; see .ci/browser")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in (*QUIET, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    driver.set_window_size(1600, 1200)
    yield driver
    driver.quit()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        made.apply_as_mentee("Anna Prøve")
        made.settle(1)
        yield made


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.1)


def card(browser: Any) -> Any:
    return browser.find_element(By.CSS_SELECTOR, ".card")


def column(browser: Any, label: str) -> Any:
    return browser.find_element(By.CSS_SELECTOR, f"[data-stage][aria-label='{label}']")


def status(here: World) -> str | None:
    here.settle(1)
    with here.service.database.reading() as session:
        return session.scalars(select(Participation.status)).one()


def test_a_card_dragged_to_another_stage_comes_back(browser: Any, here: World) -> None:
    browser.get(f"{here.sandbox_url}/sandbox/hubspot")
    target = column(browser, "Udvalgt")
    ActionChains(browser).drag_and_drop(card(browser), target).perform()
    until(
        lambda: bool(column(browser, "Udvalgt").find_elements(By.CSS_SELECTOR, ".card"))
    )
    until(lambda: status(here) == "selected")


def test_the_board_works_without_dragging(browser: Any, here: World) -> None:
    browser.get(f"{here.sandbox_url}/sandbox/hubspot")
    Select(card(browser).find_element(By.TAG_NAME, "select")).select_by_visible_text(
        "Venteliste"
    )
    card(browser).find_element(By.TAG_NAME, "button").click()
    until(lambda: status(here) == "waitlisted")


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_figures_fit_a_small_screen(
    browser: Any, here: World, language: str
) -> None:
    app = Flask("figures")
    app.register_blueprint(pages.blueprint(here.service))
    with serving(app) as url:
        browser.set_window_size(340, 800)
        browser.get(f"{url}/?lang={language}")
        wide = browser.execute_script(
            "return document.documentElement.scrollWidth - window.innerWidth"
        )
        assert wide <= 0
        assert (
            browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
        )
        assert browser.get_log("browser") == []
