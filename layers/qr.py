"""Square codes that lead from paper to an address: drawn as SVG without styles or scripts, as our policy wants it."""

import segno
from django.utils.safestring import SafeString, mark_safe

QUIET_ZONE_MODULES = 4  # ISO/IEC 18004 asks for four


def qr_code(address: str) -> SafeString:
    """An inline `<svg class="qr">` of `address`, black on white, to be sized by CSS; about 15 % of it may be damaged."""
    code = segno.make(address, error="m", micro=False)
    svg = code.svg_inline(svgclass="qr", lineclass=None, border=QUIET_ZONE_MODULES, omitsize=True, light="#fff")
    return mark_safe(svg)
