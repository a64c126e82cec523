"""Who: people and organisations."""

from actors.models.organisation import Organisation
from actors.models.person import User

__all__ = ["Organisation", "User"]
