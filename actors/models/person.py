"""The person who signs in: staff and members of organisations. Residents need no account."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class StaffRole(models.TextChoices):
    """What somebody of the city does here; an administrator may do all of it."""

    PLANNER = "planner", _("planner")
    MODERATOR = "moderator", _("moderator")
    FACILITATOR = "facilitator", _("facilitator")
    ADMINISTRATOR = "administrator", pgettext_lazy("role of staff", "administrator")


class MemberRole(models.TextChoices):
    MEMBER = "member", pgettext_lazy("role in an organisation", "member")
    EDITOR = "editor", pgettext_lazy("role in an organisation", "editor")
    ADMINISTRATOR = "administrator", pgettext_lazy("role in an organisation", "administrator")


class UserQuerySet(models.QuerySet["User"]):
    def by_address(self, email: str) -> "User | None":
        return self.filter(email=email.strip().lower()).first()

    def active_with_role(self, role: StaffRole) -> "UserQuerySet":
        """Those who have this very role (an administrator may do the same, but does not wait for it), by key."""
        return self.filter(role=role, is_active=True).order_by("pk")


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A stored user; without a password they cannot sign in by one. ValueError for an empty e-mail."""
        if not email:
            raise ValueError("A user needs an e-mail address")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def with_address(self, email: str) -> "User":
        """The person of `email`, made where there is none yet."""
        address = email.strip().lower()
        return self.get_queryset().by_address(address) or self.create_user(address)

    def get_by_natural_key(self, email: str | None) -> "User":
        """The e-mail is the name, and capitals in it mean nothing."""
        return self.get(email=(email or "").lower())


class User(AbstractUser):
    """A person with an account; the e-mail is the name and never leaves the house."""

    username = None
    email = models.EmailField(_("e-mail"), unique=True)
    # Null: no member of staff. `is_staff` opens the admin and is given besides.
    role = models.CharField(_("role"), max_length=20, choices=StaffRole.choices, null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(
                condition=models.Q(role__isnull=True) | models.Q(role__in=StaffRole.values), name="user_role_known"
            ),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def needs_second_factor(self) -> bool:
        """Whoever can see or change what is not public."""
        return self.is_staff or self.is_superuser or self.role is not None

    @property
    def is_administrator(self) -> bool:
        return self.is_superuser or self.role == StaffRole.ADMINISTRATOR

    def has_role(self, *roles: StaffRole) -> bool:
        """Whether they have one of `roles`, or are an administrator."""
        return self.is_active and (self.is_administrator or self.role in roles)
