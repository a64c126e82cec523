"""The first page of an atlas: its areas with their figures, each leading to its own sheet."""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

from layers.languages import localised
from mapapp import report_page
from mapapp.report_figures import Tally
from mapapp.report_filter import ReportForm
from mapapp.reports import own_styles


@dataclass(frozen=True)
class Sheet:
    """One report of the atlas: `file` beside the first page, and what its area holds."""

    file: str
    names: dict[str, str]
    tally: Tally

    @property
    def name(self) -> str:
        return localised(self.names)[0]

    @property
    def language(self) -> str:
        return localised(self.names)[1]


def contents(form: ReportForm, sheets: list[Sheet]) -> str:
    """The page as HTML that needs nothing beside it but the sheets; by name, in the language of `form`."""
    with override(form.cleaned_data["lang"]):
        styles = own_styles()
        context = {
            "city": settings.CITY,
            "language": form.cleaned_data["lang"],
            "chips": form.chips(),
            "sheets": sorted(sheets, key=lambda sheet: sheet.name.casefold()),
            "made_at": timezone.localtime(),
            "styles": styles,
            "policy": report_page.policy([], styles, []),
        }
        return render_to_string("mapapp/report_atlas.html", context)
