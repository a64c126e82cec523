"""Who: people and organisations."""

from actors.models.mail import WaitingMail
from actors.models.organisation import Organisation
from actors.models.person import User
from actors.models.throttle import ThrottleCount

__all__ = ["Organisation", "ThrottleCount", "User", "WaitingMail"]
