"""Organisations: whoever acts in an area and may take a proposal up."""

import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from layers.languages import has_a_name, localised


class OrganisationType(models.TextChoices):
    COMPANY = "company", _("company")
    ASSOCIATION = "association", _("association")
    FEDERATION = "federation", _("federation")
    CONGREGATION = "congregation", _("congregation")
    SCHOOL = "school", _("school or college")
    RESEARCH = "research", _("research organisation")
    HOUSING_COMPANY = "housing_company", _("housing company")
    CITY_UNIT = "city_unit", _("city unit")
    WELLBEING_COUNTY = "wellbeing_county", _("wellbeing services county")
    STATE = "state", _("state authority")
    REGION = "region", _("regional council")
    RESIDENTS_GROUP = "residents_group", _("residents' group")


class Organisation(models.Model):
    """An organisation that acts in the city. Public: its names and type; people belong to it by membership."""

    slug = models.SlugField(unique=True)
    names = models.JSONField(help_text=_("Names by language: {“fi”: …, “sv”: …, “en”: …}"))
    type = models.CharField(max_length=20, choices=OrganisationType.choices)
    verified_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)  # of a temporary organisation; null is permanent

    class Meta:
        constraints = (
            models.CheckConstraint(condition=has_a_name("names"), name="organisation_named"),
            models.CheckConstraint(
                condition=models.Q(type__in=OrganisationType.values),
                name="organisation_type_known",
            ),
        )

    def __str__(self) -> str:
        return localised(self.names)[0]

    def may_pledge(self, today: datetime.date) -> bool:
        """Whether it is verified and, if temporary, still there on `today`."""
        return self.verified_at is not None and (self.valid_until is None or self.valid_until >= today)
