"""What staff enter for somebody who called, came by, wrote on paper or spoke at a workshop: the same proposal, same clock."""

import dataclasses

from django import forms
from django.utils.translation import gettext_lazy

from actors.models import User
from proposals.models import Channel, Role
from proposals.page_form import ProposalPageForm
from proposals.photos import StoredPhoto
from proposals.submit import Draft

STAFF_CHANNELS = (Channel.PHONE, Channel.DESK, Channel.PAPER, Channel.WORKSHOP, Channel.WALK)
ENTRIES_PER_HOUR = 200  # of one member of staff


class OnBehalfForm(ProposalPageForm):
    """`ProposalPageForm` with the way by which the proposal came, and the word that the person was told what it becomes."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How did it come?"),
        choices=[(channel.value, channel.label) for channel in STAFF_CHANNELS],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how the proposal came.")},
    )
    consent = forms.BooleanField(
        label=gettext_lazy("They have heard that the text and photo become open data, and want to send it"),
        error_messages={"required": gettext_lazy("Tell the person first that the text and photo become open data.")},
    )

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        email = self.fields["email"]
        email.label = gettext_lazy("The person's e-mail")
        email.help_text = gettext_lazy("They get the link by which they confirm, edit and follow it. Never published.")

    def is_held(self) -> bool:
        """Staff are no machine."""
        return False

    def draft(self, *, device_key: str, photos: tuple[StoredPhoto, ...] = ()) -> Draft:
        """Without a device: the browser is that of the staff, not the author's."""
        draft = super().draft(device_key="", photos=photos)
        return dataclasses.replace(draft, channel=Channel(self.cleaned_data["channel"]))


def role_of(user: User) -> Role:
    """As whom a member of staff acts in the history."""
    return Role.ADMINISTRATOR if user.is_administrator else Role(user.role)
