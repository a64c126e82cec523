"""What a report is asked for: the filters of every door, the language, what the areas' colours stand for, and how it is drawn."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geodata.filters import ProposalFilterForm
from geodata.parameters import DayField, LanguageField, WordField

PROPOSALS, OPEN, WAITING, SUPPORTS = "proposals", "open", "waiting", "supports"
DENSITY, TAKEN_UP, CONFIRMED = "density", "taken_up", "confirmed"
MEASURES = (
    (PROPOSALS, gettext_lazy("Number of proposals")),
    (OPEN, gettext_lazy("Number of open ones")),
    (WAITING, gettext_lazy("Number that nobody has taken up")),
    (SUPPORTS, gettext_lazy("Number of supports")),
    (DENSITY, gettext_lazy("Proposals per square kilometre")),
    (TAKEN_UP, gettext_lazy("Share that somebody has taken up")),
    (CONFIRMED, gettext_lazy("Share confirmed as done")),
)
WHOLE_NUMBERS = (PROPOSALS, OPEN, WAITING, SUPPORTS)
SHARES = (TAKEN_UP, CONFIRMED)  # per cent

AREAS, HEAT, PAIR = "areas", "heat", "pair"
STYLES = (
    (AREAS, gettext_lazy("Areas in colour, with pins")),
    (HEAT, gettext_lazy("Where proposals lie close together")),
    (PAIR, gettext_lazy("Two times side by side")),
)
YEAR = datetime.timedelta(days=365)
DAY = datetime.timedelta(days=1)


class ReportForm(ProposalFilterForm):
    lang = LanguageField()
    measure = WordField(choices=MEASURES, label=gettext_lazy("Areas are coloured by"))
    style = WordField(choices=STYLES, label=gettext_lazy("How it is drawn"))
    before = DayField(required=False, label=gettext_lazy("Last day of the first map"))
    after = DayField(required=False, label=gettext_lazy("First day of the second map"))
    part = WordField(choices=[("map", gettext_lazy("Map"))])  # of the report: for a page that has the figures already

    def clean_measure(self) -> str:
        return self.cleaned_data["measure"] or PROPOSALS

    def clean_style(self) -> str:
        return self.cleaned_data["style"] or AREAS

    def clean(self) -> dict[str, Any]:
        """A pair without days is what is older than a year, and what came since; with one of them, the day beside it."""
        super().clean()
        if self.cleaned_data.get("style") == PAIR and not {"before", "after"} & self.errors.keys():
            before, after = self.cleaned_data["before"], self.cleaned_data["after"]
            after = after or (before + DAY if before else timezone.localdate() - YEAR)
            before = before or after - DAY
            if before >= after:
                message = _("The second map must begin after the last day of the first one.")
                self.add_error("after", ValidationError(message, code="order"))
            self.cleaned_data |= {"before": before, "after": after}
        return self.cleaned_data

    @property
    def measure_name(self) -> str:
        return str(dict(MEASURES)[self.cleaned_data["measure"]])

    def drawn_as(self) -> dict[str, str]:
        """The parameters beside the filter that say how it is drawn, without those that say what is drawn anyway."""
        chosen = {"measure": self.cleaned_data["measure"], "style": self.cleaned_data["style"]}
        if chosen["style"] == PAIR:
            chosen |= {name: self.cleaned_data[name].isoformat() for name in ("before", "after")}
        return chosen
