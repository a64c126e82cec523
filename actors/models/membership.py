"""Who belongs to an organisation, and who was asked to."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from actors.models.organisation import Organisation
from actors.models.person import MemberRole, User


class LastAdministrator(Exception):
    """An organisation keeps one administrator: nobody else could invite a new one."""


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of_organisation(self, organisation: Organisation) -> "MembershipQuerySet":
        return self.filter(organisation=organisation)

    def of_user(self, user: User) -> "MembershipQuerySet":
        """One's own, of verified organisations, with them."""
        verified = Organisation.objects.public().values("pk")
        return self.filter(user=user, organisation__in=verified).select_related("organisation").order_by("pk")

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

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "organisation"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=MemberRole.values), name="membership_role_known"),
        )

    def __str__(self) -> str:
        return f"{self.role} of {self.organisation}"

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
