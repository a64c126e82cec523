"""What a report is asked for: the filters of every door, the language, and by what the areas are coloured."""

from django.utils.translation import gettext_lazy as _

from geodata.filters import ProposalFilterForm
from geodata.parameters import LanguageField, WordField

PROPOSALS, DENSITY, TAKEN_UP = "proposals", "density", "taken_up"
MEASURES = (
    (PROPOSALS, _("Number of proposals")),
    (DENSITY, _("Proposals per square kilometre")),
    (TAKEN_UP, _("Share that somebody has taken up")),
)


class ReportForm(ProposalFilterForm):
    lang = LanguageField()
    measure = WordField(choices=MEASURES, label=_("Areas are coloured by"))
    part = WordField(choices=[("map", _("Map"))])  # of the report: for a page that has the figures already

    def clean_measure(self) -> str:
        return self.cleaned_data["measure"] or PROPOSALS

    @property
    def measure_name(self) -> str:
        return str(dict(MEASURES)[self.cleaned_data["measure"]])
