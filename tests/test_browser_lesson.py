"""The first lesson, followed from the Overview to its end as a student would."""

import re
from typing import TYPE_CHECKING

from browser_app import IN_CHROMIUM, App, Visit

from explorer.ui.lesson import STEPS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = IN_CHROMIUM
PATIENCE = 60_000  # milliseconds; the first page that computes imports torch


def arrive(page: "Page", number: int) -> None:
    """The page of a step says what to do and to notice, and is that step's page of that step's model."""
    from playwright.sync_api import expect

    step = STEPS[number - 1]
    expect(page).to_have_url(re.compile(rf"/{step.page}\?.*lesson={number}"), timeout=PATIENCE)
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text(f"A first lesson, {number} of {len(STEPS)}.", timeout=PATIENCE)
    expect(main).to_contain_text(step.notice)
    for name, value in step.params.items():
        assert f"{name}={value}" in page.url.replace("%2C", ",")


def test_a_student_follows_the_lesson_to_its_end(app: App, visit: Visit):
    page = visit.open(app, "/overview")
    page.get_by_role("link", name=f"1 · {STEPS[0].title}").click()
    for number, step in enumerate(STEPS, 1):
        arrive(page, number)
        visit.settle()
        if number < len(STEPS):
            page.get_by_role("link", name=f"Next: {STEPS[number].title.lower()}").click()
        else:
            assert step.page == "sample"
    page.get_by_role("button", name="Draw again").click()
    visit.settle()
    arrive(page, len(STEPS))
    page.get_by_role("link", name="Done, to the overview").click()
    page.wait_for_url(re.compile(r"/overview(?!.*lesson)"), timeout=PATIENCE)
    assert visit.complaints == []


def test_a_step_that_is_none_and_the_step_of_another_page_say_nothing(app: App, visit: Visit):
    for address in ("/reconstruct?lesson=9", "/reconstruct?lesson=two", "/reconstruct?lesson=2"):
        page = visit.open(app, address)
        visit.settle()
        assert "A first lesson" not in page.get_by_test_id("stMain").inner_text()
