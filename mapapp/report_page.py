"""A page that stands in one file: scripts, styles and pictures inside it, and a policy that lets nothing else run or load."""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString, mark_safe

# What a style or script of the page links to would be asked of another host, or not be found beside a saved file.
CSS_ADDRESS = re.compile(r"url\([^)]*\)")
SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
# In an iframe of ours: scripts run, without our origin; a pin's link opens the proposal in a tab of its own.
SANDBOX = "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox"


@dataclass(frozen=True)
class Inline:
    """The text of a script or style element; `source` is its hash as a policy names it (CSP 3, section 2.3.1)."""

    text: SafeString
    source: str


def script(text: str) -> Inline:
    """A script element's text. Raises ValueError for one that HTML would end early or read otherwise."""
    return _inline(text, ("</script", "<!--"))


def style(text: str) -> Inline:
    """A style element's text, without addresses. Raises ValueError for one that HTML would end early."""
    return _inline(CSS_ADDRESS.sub("none", text), ("</style", "@import"))


def _inline(text: str, forbidden: tuple[str, ...]) -> Inline:
    # A parser makes LF of CRLF and U+FFFD of NUL: the hash would be of another text.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for words in (*forbidden, "\x00"):
        if words in text.lower():
            raise ValueError(f"{words!r} may not stand inside a script or style of a page")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Inline(mark_safe(text), f"'sha256-{digest}'")


@cache
def asset(path: str) -> str:
    """The text of a static file of ours or of a package, without the address of its source map."""
    found = finders.find(path)
    if found is None:
        raise FileNotFoundError(f"static file {path} is missing")
    return SOURCE_MAP.sub("", Path(found).read_text(encoding="utf-8-sig"))


@cache
def sprite() -> SafeString:
    """Our drawings as an svg element of the page: `<use href="#kind-parking">` finds them there."""
    return mark_safe(asset("icons.svg").replace("<svg ", "<svg hidden ", 1))


def policy(scripts: list[Inline], styles: list[Inline], picture_hosts: list[str]) -> str:
    """What the page may do, as its meta element says it: run these scripts, wear these styles, show pictures of a base map."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src " + " ".join(inline.source for inline in scripts),
            "style-src " + " ".join(inline.source for inline in styles),
            "img-src " + " ".join(["data:", *picture_hosts]),
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def policy_header(page_policy: str) -> str:
    """The same where we serve it ourselves; sandbox and frame-ancestors have no meaning in a meta element."""
    return f"{SANDBOX}; {page_policy}; frame-ancestors 'self'"
