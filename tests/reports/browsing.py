"""A real browser, one a module, and pages in it with everything that they said or asked for."""

import shutil

import pytest

FLAGS = (
    *(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
    ),
    *("--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader"),
)


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright, from the extra test")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs the program chromium (Debian: apt-get install chromium)")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield running
        running.close()


class Visit:
    """One page, with everything that it said or asked for."""

    def __init__(self, browser, run, *, width=1280, script=None, name="report.html", **options):
        self.context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        self.page = self.context.new_page()
        if script:
            self.page.add_init_script(script)
        self.messages, self.requests = [], []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.address = (run / name).as_uri()
        self.page.goto(self.address)

    def shown(self, selector):
        """Number of visible elements."""
        return self.page.locator(selector).filter(visible=True).count()

    def colour(self, name="background-color"):
        return self.page.evaluate("name => getComputedStyle(document.body).getPropertyValue(name)", name)


@pytest.fixture(scope="module")
def visit_all(browser):
    """Like visit, for pages that stay open over the tests of a module."""
    yield from _visits(browser)


@pytest.fixture
def visit(browser):
    """A function that opens the report of a run."""
    yield from _visits(browser)


def _visits(browser):
    opened = []

    def open_page(run, **options):
        opened.append(Visit(browser, run, **options))
        return opened[-1]

    yield open_page
    for found in opened:
        found.context.close()
