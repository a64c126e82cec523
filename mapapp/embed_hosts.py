"""Which sites may show the embedded map and list inside a page of their own."""

import re
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

# A host source of CSP 3 (section 2.3.1): scheme, host with a star for its subdomains, port. Nothing else may reach the header.
HOST = re.compile(r"(https?://)?(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:([0-9]{1,5}|\*))?", re.IGNORECASE)
ANYBODY = "*"


def checked_hosts(hosts: Sequence[str]) -> tuple[str, ...]:
    """`hosts` as they may stand in a policy; () means nobody. Raises ImproperlyConfigured for what is none."""
    for host in hosts:
        if host != ANYBODY and not HOST.fullmatch(host):
            raise ImproperlyConfigured(
                f"EMBED_HOSTS must be hosts such as https://www.example.org, or * for everybody, not {host!r}."
            )
    return tuple(hosts)


def frame_ancestors(hosts: Sequence[str]) -> list[str]:
    """The value of `frame-ancestors` that lets in `hosts`."""
    return list(hosts) or ["'none'"]
