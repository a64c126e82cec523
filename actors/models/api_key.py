"""Keys of other people's programs: what each may do and how often. A key belongs to an organisation or to none, to no person."""

import datetime
import hashlib
import secrets
from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from actors.models.organisation import Organisation

PREFIX_BYTES = 4  # the part that is kept readable, so that a list can say which key is which
SECRET_BYTES = 24  # 192 bits: no rate of trying finds one
QUOTA_PER_HOUR = 200
QUOTA_MAX = 100_000


class Scope(models.TextChoices):
    """What a key opens; named as programs write it."""

    OPEN311_WRITE = "open311.write", _("send proposals by Open311")
    READ_BULK = "read.bulk", _("read in bulk")


class ApiKeyState(models.TextChoices):
    IN_FORCE = "in_force", pgettext_lazy("key", "in force")
    EXPIRED = "expired", pgettext_lazy("key", "expired")
    REVOKED = "revoked", pgettext_lazy("key", "revoked")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def issue(
        self,
        name: str,
        scopes: Sequence[str],
        *,
        quota_per_hour: int = QUOTA_PER_HOUR,
        organisation: Organisation | None = None,
        expires_at: datetime.datetime | None = None,
    ) -> tuple["ApiKey", str]:
        """A new key and its secret, which is known now and never again: the table keeps its sha256."""
        prefix = secrets.token_hex(PREFIX_BYTES)
        secret = f"{prefix}-{secrets.token_urlsafe(SECRET_BYTES)}"
        key = self.create(
            name=name,
            scopes=sorted(set(scopes)),
            quota_per_hour=quota_per_hour,
            organisation=organisation,
            expires_at=expires_at,
            prefix=prefix,
            secret_hash=hashed(secret),
        )
        return key, secret

    def in_force(self, now: datetime.datetime) -> "ApiKeyQuerySet":
        """Neither revoked nor expired at `now`."""
        return self.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now), revoked_at__isnull=True
        )  # fmt: skip

    def usable(self, secret: str, scope: Scope) -> "ApiKey | None":
        """The key of `secret` where it is in force and opens `scope`; None for any other text. One query.

        Found by its readable part and compared in constant time, so that the answer's time tells nothing of the rest.
        """
        prefix = secret.partition("-")[0]
        if len(prefix) != 2 * PREFIX_BYTES or not (secret.isascii() and secret.isprintable()):
            return None
        key = self.in_force(timezone.now()).filter(prefix=prefix, scopes__contains=[scope]).first()
        digest = hashed(secret)
        return key if constant_time_compare(key.secret_hash if key else "", digest) else None

    def revoke(self) -> int:
        """Ends those that are not ended yet, for good; returns how many."""
        return self.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())


class ApiKey(models.Model):
    """A key of a program. `secret_hash` is the sha256 of its secret, whose first eight characters are `prefix`."""

    name = models.CharField(_("name"), max_length=80)
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="api_keys", verbose_name=_("organisation")
    )
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices), verbose_name=_("what it opens"))
    quota_per_hour = models.PositiveIntegerField(_("at most so many an hour"), default=QUOTA_PER_HOUR)
    prefix = models.CharField(_("begins with"), max_length=8, unique=True)
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    last_used_on = models.DateField(_("last used on"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("key of a program")
        verbose_name_plural = _("keys of programs")
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=Scope.values, scopes__len__gt=0), name="apikey_scopes_known"
            ),
            models.CheckConstraint(
                condition=models.Q(quota_per_hour__gte=1, quota_per_hour__lte=QUOTA_MAX), name="apikey_quota"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def state(self) -> ApiKeyState:
        if self.revoked_at is not None:
            return ApiKeyState.REVOKED
        is_over = self.expires_at is not None and self.expires_at <= timezone.now()
        return ApiKeyState.EXPIRED if is_over else ApiKeyState.IN_FORCE

    def note_use(self) -> None:
        """Keeps the day of the last use: enough to find keys that nobody needs, too little to follow anybody."""
        today = timezone.localdate()
        if self.last_used_on != today:
            self.last_used_on = today
            self.save(update_fields=["last_used_on"])


def hashed(secret: str) -> str:
    """sha256, hexadecimal: how a secret is kept at rest."""
    return hashlib.sha256(secret.encode()).hexdigest()
