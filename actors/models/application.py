"""An organisation's application and the people behind it; nothing here is public."""

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.utils import timezone

from actors.models.organisation import Organisation, OrganisationType
from actors.models.person import StaffRole, User

GROUP_FOUNDERS = 3  # confirmed addresses behind a residents' group, its applicant's included


class ContactPersonQuerySet(models.QuerySet["ContactPerson"]):
    def of_organisation(self, organisation: Organisation) -> "ContactPerson | None":
        return self.filter(organisation=organisation).first()


class ContactPerson(models.Model):
    """Whom the relay writes to. Their name, address and phone are in no page and no output."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="contact_person")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    phone = models.CharField(max_length=40, null=True, blank=True)

    objects = ContactPersonQuerySet.as_manager()

    def __str__(self) -> str:
        return f"contact person of {self.organisation}"


class ApplicationQuerySet(models.QuerySet["Application"]):
    def waiting(self) -> "ApplicationQuerySet":
        """Those to decide on: enough confirmed addresses, no decision yet; oldest first."""
        return (
            self.filter(decided_at__isnull=True)
            .annotate(confirmed=Count("founders", filter=Q(founders__confirmed_at__isnull=False)))
            .filter(confirmed__gte=F("founders_needed"))
            .order_by("made_at")
        )

    def decidable_by(self, user: User) -> "ApplicationQuerySet":
        """Residents' groups are the facilitator's, all others an administrator's."""
        if user.is_administrator:
            return self
        groups = Q(organisation__type=OrganisationType.RESIDENTS_GROUP)
        return self.filter(groups) if user.has_role(StaffRole.FACILITATOR) else self.none()

    def by_key(self, pk: int) -> "Application | None":
        return self.filter(pk=pk).first()

    def with_organisations(self) -> "ApplicationQuerySet":
        return self.select_related("organisation", "organisation__contact_person").prefetch_related("founders")

    def decided(self) -> "ApplicationQuerySet":
        return self.filter(decided_at__isnull=False).order_by("-decided_at")


class Application(models.Model):
    """Asks that an organisation be verified."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="application")
    language = models.CharField(max_length=5)  # of the mails to its founders
    founders_needed = models.PositiveSmallIntegerField(default=1)
    made_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)  # of a refusal; the applicant reads it

    objects = ApplicationQuerySet.as_manager()

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["made_at"], condition=Q(decided_at__isnull=True), name="application_waiting"),)

    def __str__(self) -> str:
        return f"application of {self.organisation}"

    @property
    def applicant(self) -> "Founder":
        return min(self.founders.all(), key=lambda founder: founder.pk)


class Founder(models.Model):
    """An address behind an application: the applicant's first, for a residents' group two more."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="founders")
    email = models.EmailField()
    confirmed_at = models.DateTimeField(null=True)
    code_hash = models.CharField(max_length=64, blank=True)
    code_sent_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["application", "email"], name="founder_once"),)

    def __str__(self) -> str:
        return f"founder {self.pk}"
