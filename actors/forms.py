"""Forms of organisations: apply, change the texts, invite, decide, write to the contact person."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from actors import proof_of_work
from actors.applying import Wish
from actors.business_id import business_id_of
from actors.models import ContactPerson, MemberRole, Organisation, OrganisationType
from actors.models.application import GROUP_FOUNDERS
from layers.drawing import VERTICES_MAX
from layers.forms import ZoneField
from layers.models import Area

NAME_MAX = 120  # characters
TEXT_MAX = 2_000
MESSAGE_MAX = 4_000
TEXTS = ("description", "goals", "needs")


class HoneypotForm(forms.Form):
    """A field that people do not see; whoever fills it is a machine."""

    reference = forms.CharField(required=False)

    def clean_reference(self) -> str:
        if self.cleaned_data["reference"]:
            raise ValidationError(_("Leave this field empty."), code="honeypot")
        return ""


class ProvenForm(forms.Form):
    """A form with which the browser sends a proof of its work; without one a moderator looks first."""

    proof = forms.Field(required=False, widget=forms.HiddenInput)  # whatever it holds, it is no error to a person

    @property
    def asks_proof(self) -> bool:
        return proof_of_work.is_asked()

    def spend_proof(self) -> bool:
        """Whether the proof holds; it counts once. Call it on a valid form, when what it sends is about to be stored."""
        return proof_of_work.spend(self.cleaned_data["proof"] or "")


def text_field(label: Any, hint: Any = "", *, required: bool = False) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(label=label, help_text=hint, max_length=TEXT_MAX, required=required, widget=area)


def day_field(label: Any, hint: Any = "") -> forms.DateField:
    return forms.DateField(label=label, help_text=hint, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class FactsForm(forms.Form):
    """What is the same in every language: address of the website, business ID, areas, time, contact person."""

    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    business_id = forms.CharField(
        label=_("Business ID"), required=False, max_length=20, help_text=_("For example 0201256-6. It is shown.")
    )
    areas = forms.ModelMultipleChoiceField(
        Area.objects.none(), label=_("Areas where you act"), required=False, widget=forms.CheckboxSelectMultiple
    )
    valid_from = day_field(_("First day"), _("Of a temporary organisation; leave empty if it is permanent."))
    valid_until = day_field(_("Last day"), _("Promises that are open then are handed back."))
    contact_name = forms.CharField(label=_("Contact person"), max_length=NAME_MAX, help_text=_("Not shown to anybody."))
    contact_email = forms.EmailField(
        label=_("E-mail of the contact person"), help_text=_("Never shown: messages are passed on.")
    )
    contact_phone = forms.CharField(label=_("Phone of the contact person"), max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["areas"].queryset = Area.objects.current().for_choice()

    def clean_business_id(self) -> str | None:
        if not (text := self.cleaned_data["business_id"]):
            return None
        if (found := business_id_of(text)) is None:
            raise ValidationError(_("This is not a business ID. Check the digits, for example 0201256-6."))
        return found

    def clean(self) -> dict[str, Any]:
        fields = super().clean()
        first, last = fields.get("valid_from"), fields.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day is before the first one."))
        return fields

    def fill(self, organisation: Organisation) -> None:
        """Writes the facts into `organisation`, which is not saved here."""
        fields = self.cleaned_data
        organisation.website = fields["website"] or None
        organisation.business_id = fields["business_id"]
        organisation.valid_from, organisation.valid_until = fields["valid_from"], fields["valid_until"]

    def contact_fields(self) -> dict[str, str | None]:
        fields = self.cleaned_data
        return {
            "name": fields["contact_name"],
            "email": fields["contact_email"],
            "phone": fields["contact_phone"] or None,
        }


class ApplicationForm(HoneypotForm, FactsForm):
    """An organisation applies; its texts are in the language of the page, others can be added later."""

    name = forms.CharField(label=_("Name of the organisation"), max_length=NAME_MAX)
    type = forms.ChoiceField(label=_("What kind of organisation?"), choices=OrganisationType.choices)
    description = text_field(_("What do you do here?"), required=True)
    goals = text_field(_("What do you want for the area?"))
    needs = text_field(_("What do you need from others?"))
    founders = forms.CharField(
        label=_("Two more addresses of a residents' group"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A residents' group has three people with confirmed addresses. One a line; each gets a link."),
    )
    field_order = (
        "name", "type", "founders", "description", "goals", "needs", "areas", "website", "business_id",
        "contact_name", "contact_email", "contact_phone", "valid_from", "valid_until", "reference",
    )  # fmt: skip

    def clean_founders(self) -> list[str]:
        addresses = [line.strip().lower() for line in self.cleaned_data["founders"].splitlines() if line.strip()]
        for address in addresses:
            forms.EmailField().clean(address)
        return addresses

    def clean_valid_until(self) -> Any:
        last = self.cleaned_data["valid_until"]
        if last and last < timezone.localdate():
            raise ValidationError(_("The last day is in the past."))
        return last

    def clean(self) -> dict[str, Any]:
        fields = super().clean()
        if fields.get("type") == OrganisationType.RESIDENTS_GROUP:
            others = set(fields.get("founders", [])) - {fields.get("contact_email", "").lower()}
            if len(others) != GROUP_FOUNDERS - 1:
                self.add_error("founders", _("Give two more addresses, each of a person of its own, one a line."))
        return fields

    def wish(self) -> Wish:
        language = get_language() or settings.LANGUAGE_CODE
        fields = self.cleaned_data
        organisation = Organisation(names={language: fields["name"]}, type=fields["type"])
        for text in TEXTS:
            setattr(organisation, text, {language: fields[text]} if fields[text] else {})
        self.fill(organisation)
        contact = ContactPerson(**self.contact_fields())
        areas = tuple(area.pk for area in fields["areas"])
        return Wish(organisation, areas, contact, tuple(dict.fromkeys(fields["founders"])), language)


class OrganisationForm(FactsForm):
    """The texts in each of the city's languages, the facts, and the area that is drawn besides the named ones."""

    place = forms.CharField(label=_("Search for an address or place"), max_length=200, required=False)  # moves the map
    geometry = ZoneField(label=_("Area that you draw"), required=False)

    def __init__(self, *args: Any, organisation: Organisation, contact: ContactPerson | None, **kwargs: Any) -> None:
        self.organisation = organisation
        initial = {
            name: getattr(organisation, name) for name in ("website", "business_id", "valid_from", "valid_until")
        }
        initial |= {"areas": organisation.areas.all(), "geometry": organisation.service_area}
        if contact is not None:
            initial |= {f"contact_{name}": getattr(contact, name) for name in ("name", "email", "phone")}
        for language in settings.CITY.languages:
            initial[f"names_{language}"] = organisation.names.get(language, "")
            initial |= {f"{text}_{language}": getattr(organisation, text).get(language, "") for text in TEXTS}
        super().__init__(*args, initial=initial, **kwargs)
        if organisation.service_area:  # one that staff imported may have more points than a person draws
            self.fields["geometry"].vertices_max = max(VERTICES_MAX, organisation.service_area.num_coords)
        labels = {"description": _("What do you do here?"), "goals": _("What do you want for the area?")}
        for language in settings.CITY.languages:
            self.fields[f"names_{language}"] = forms.CharField(label=_("Name"), max_length=NAME_MAX, required=False)
            for text in TEXTS:
                label = labels.get(text, _("What do you need from others?"))
                self.fields[f"{text}_{language}"] = text_field(label)

    @property
    def by_language(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """(language's own name, its code, its fields) for the template."""
        return [
            (settings.LANGUAGE_NAMES.get(code, code), code, [self[f"{name}_{code}"] for name in ("names", *TEXTS)])
            for code in settings.CITY.languages
        ]

    def clean(self) -> dict[str, Any]:
        fields = super().clean()
        if not any(fields.get(f"names_{language}") for language in settings.CITY.languages):
            self.add_error(f"names_{settings.CITY.languages[0]}", _("Give the name in one language at least."))
        return fields

    def save(self) -> None:
        """Stores the texts, facts, areas and contact person."""
        organisation = self.organisation
        for text in ("names", *TEXTS):
            kept = {
                code: words
                for code, words in getattr(organisation, text).items()
                if code not in settings.CITY.languages
            }
            new = {code: self.cleaned_data[f"{text}_{code}"] for code in settings.CITY.languages}
            setattr(organisation, text, kept | {code: words for code, words in new.items() if words})
        self.fill(organisation)
        if "geometry" in self.data:  # a page of before is no wish to have nothing drawn
            organisation.service_area = self.cleaned_data["geometry"]
        organisation.save()
        organisation.areas.set(self.cleaned_data["areas"])
        ContactPerson.objects.update_or_create(organisation=organisation, defaults=self.contact_fields())


class CodeForm(forms.Form):
    code = forms.RegexField(
        r"^\s*[0-9]{3}\s?[0-9]{3}\s*$",
        label=_("Code from the mail"),
        help_text=_("Six digits; it is in force for 15 minutes."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "input--short input--code"}
        ),
        error_messages={"invalid": _("The code has six digits.")},
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"))
    role = forms.ChoiceField(
        label=_("Role"),
        choices=MemberRole.choices,
        help_text=_("Editors change the texts; administrators invite and remove people as well."),
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=MemberRole.choices)


class RefusalForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason, which the applicant reads"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class MessageForm(HoneypotForm):
    """A message to an organisation's contact person, whose address the sender does not learn."""

    email = forms.EmailField(
        label=_("Your e-mail"),
        help_text=_("The organisation answers to it; we do not keep it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    message = forms.CharField(label=_("Message"), max_length=MESSAGE_MAX, widget=forms.Textarea(attrs={"rows": 8}))
