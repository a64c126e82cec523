"""The button by which a thing is followed: `{% follow_button proposal %}`."""

from django import template
from django.template import Context

from actors.models import Organisation
from proposals.following import is_followed, thing_of
from proposals.models import Category, Proposal

register = template.Library()


@register.inclusion_tag("proposals/_follow_button.html", takes_context=True)
def follow_button(context: Context, target: Proposal | Organisation | Category) -> dict[str, object]:
    """For who is signed in, one press that follows or stops; for others the way to the form. One query for the former."""
    thing = thing_of(target)
    user = context["request"].user
    has_account = user.is_authenticated
    return {"thing": thing, "has_account": has_account, "is_followed": has_account and is_followed(thing, user.email)}
