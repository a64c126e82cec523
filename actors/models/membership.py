"""Who belongs to an organisation, and who was asked to."""

import datetime

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from actors.models.organisation import Organisation
from actors.models.person import MemberRole, User

VISIT_GAP = datetime.timedelta(minutes=30)  # after this long away from the desk it is another visit


class LastAdministrator(Exception):
    """An organisation keeps one administrator: nobody else could invite a new one."""


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of_organisation(self, organisation: Organisation) -> "MembershipQuerySet":
        return self.filter(organisation=organisation)

    def of_user(self, user: User) -> "MembershipQuerySet":
        """One's own, of verified organisations, with them."""
        verified = Organisation.objects.public().values("pk")
        return self.filter(user=user, organisation__in=verified).select_related("organisation").order_by("pk")

    def of_slug(self, slug: str) -> "Membership | None":
        """The membership in the organisation of this address."""
        return self.filter(organisation__slug=slug).first()

    def by_key(self, pk: int) -> "Membership | None":
        return self.filter(pk=pk).first()

    def shown(self) -> "MembershipQuerySet":
        return self.select_related("user").order_by("role", "user__email")

    def has(self, user: User, organisation: Organisation) -> bool:
        return self.filter(user=user, organisation=organisation).exists()

    def administrators(self) -> "MembershipQuerySet":
        return self.filter(role=MemberRole.ADMINISTRATOR)


class Membership(models.Model):
    """A person in an organisation. Never public: a card tells how many there are."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=MemberRole.choices)
    since = models.DateTimeField(default=timezone.now)
    desk_seen_at = models.DateTimeField(null=True, blank=True)  # when they looked at the organisation's desk last
    desk_new_since = models.DateTimeField(null=True, blank=True)  # what came after this is new to them in this visit

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "organisation"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=MemberRole.values), name="membership_role_known"),
        )

    def __str__(self) -> str:
        return f"{self.role} of {self.organisation}"

    def new_since(self, now: datetime.datetime) -> datetime.datetime | None:
        """The end of the visit before this one, None in the first: going back and forth within a visit loses nothing."""
        if self.desk_seen_at is None or now - self.desk_seen_at > VISIT_GAP:
            return self.desk_seen_at
        return self.desk_new_since

    def saw_desk(self, now: datetime.datetime) -> None:
        """Notes that the desk was shown. Call it afterwards: until then it was not seen."""
        self.desk_new_since = self.new_since(now)
        self.desk_seen_at = now
        self.save(update_fields=["desk_seen_at", "desk_new_since"])

    def change_role(self, role: MemberRole) -> None:
        """Raises LastAdministrator."""
        with transaction.atomic():
            if role != MemberRole.ADMINISTRATOR:
                self._refuse_last()
            self.role = role
            self.save(update_fields=["role"])

    def end(self) -> None:
        """The person leaves the organisation; the account stays. Raises LastAdministrator."""
        with transaction.atomic():
            self._refuse_last()
            self.delete()

    def _refuse_last(self) -> None:
        # The organisation's row is the lock: two administrators who leave at once must not both find the other.
        Organisation.objects.select_for_update(no_key=True).get(pk=self.organisation_id)
        others = Membership.objects.of_organisation(self.organisation).administrators().exclude(pk=self.pk)
        self.refresh_from_db(fields=["role"])
        if self.role == MemberRole.ADMINISTRATOR and not others.exists():
            raise LastAdministrator


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> "InvitationQuerySet":
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)

    def of_organisation(self, organisation: Organisation) -> "InvitationQuerySet":
        return self.filter(organisation=organisation).order_by("pk")

    def by_key(self, pk: int) -> "Invitation | None":
        return self.filter(pk=pk).first()

    def to_address(self, email: str) -> "InvitationQuerySet":
        return self.filter(email=email)


class Invitation(models.Model):
    """A mailed link that makes one address a member, once."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=MemberRole.choices)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_one_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.email} to {self.organisation}"
