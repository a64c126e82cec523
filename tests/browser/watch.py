"""What no page of the product may do, gathered while a test drives it."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Route

# Told as a console error, with its directive and the address that it stopped.
REPORT_POLICY_BREACHES = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy breach: ${event.violatedDirective} stopped ${event.blockedURI}`);
});
"""
# A page that answers 4xx on purpose (a form with errors) is told in the console as well.
REFUSED_PAGE = "Failed to load resource: the server responded with a status of 4"


class Watch:
    """Breaches seen in one browser context; empty for a product that keeps its word."""

    def __init__(self, base_url: str) -> None:
        self.own = urlsplit(base_url).netloc
        self.breaches: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(REPORT_POLICY_BREACHES)
        context.route("**/*", self._route)
        context.on("page", self._watch_page)

    def _watch_page(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.breaches.append(f"exception: {error}"))
        page.on("dialog", lambda dialog: (self.breaches.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def _route(self, route: Route, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc != self.own:
            self.breaches.append(f"foreign request: {request.url}")
            route.abort()
        else:
            route.continue_()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        of_page = message.page is not None and message.location.get("url") == message.page.url
        if of_page and message.text.startswith(REFUSED_PAGE):
            return
        self.breaches.append(f"console: {message.text} ({message.location.get('url')})")
