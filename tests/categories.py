"""Categories of the tests: one of each rule, and two of one kind."""

from proposals.models import Category, Kind, PrivacyRule, PublicationRule

POINT, LINE, POLYGON = "Point", "LineString", "Polygon"
QUESTIONS = {
    "version": 3,
    "questions": [
        {
            "id": "when",
            "type": "choice",
            "label": {"fi": "Milloin?", "en": "When?"},
            "choices": [{"value": "day", "label": {"en": "By day"}}, {"value": "night", "label": {"en": "By night"}}],
        },
        {"id": "often", "type": "boolean", "label": {"en": "Often?"}},
        {"id": "more", "type": "text", "label": {"en": "What else?"}},
    ],
}


def _category(slug: str, kind: Kind, types: list[str], rule: PublicationRule, **more: object) -> Category:
    facts = {"kind": kind, "names": {"fi": slug, "en": slug}, "glyph": kind, "shape": "circle", "geometry_types": types}
    return Category.objects.get_or_create(slug=slug, defaults=facts | {"publication_rule": rule} | more)[0]


def make_categories() -> dict[str, Category]:
    """parking (at once, asks questions), pathway (line or point, at once), idea and greening (one kind, after
    confirmation), concern (generalised, after moderation).
    """
    at_once, confirmation = PublicationRule.AT_ONCE, PublicationRule.AFTER_CONFIRMATION
    made = [
        _category("parking", Kind.PARKING, [POINT, LINE, POLYGON], at_once, questions=QUESTIONS),
        _category("pathway", Kind.PATHWAY, [LINE, POINT], at_once),
        _category("idea", Kind.IDEA, [POINT], confirmation),
        _category("greening", Kind.IDEA, [POINT, POLYGON], confirmation),
        _category(
            "concern", Kind.CONCERN, [POINT], PublicationRule.AFTER_MODERATION, privacy_rule=PrivacyRule.GENERALISED
        ),
    ]
    return {category.slug: category for category in made}
