"""Categories as services: a category's questions are the attributes of its definition."""

from typing import Any

from django.utils.translation import gettext as _

from layers.languages import localised
from proposals.models import Category

DATATYPES = {"choice": "singlevaluelist", "boolean": "singlevaluelist", "text": "text"}


def service(category: Category) -> dict[str, Any]:
    words = [category.kind, *dict.fromkeys(category.names.values())]
    return {
        "service_code": category.slug,
        "service_name": category.name,
        "description": f"{category.get_kind_display()}; {category.get_publication_rule_display()}",
        "metadata": bool(_questions(category)),
        "type": "realtime",  # a request has its number at once; there are no tokens
        "keywords": ", ".join(word.replace(",", " ") for word in words),
        "group": str(category.get_kind_display()),
    }


def definition(category: Category) -> dict[str, Any]:
    """The questions of a category. None of them has to be answered."""
    attributes = [_attribute(order, question) for order, question in enumerate(_questions(category), 1)]
    return {"service_code": category.slug, "attributes": attributes}


def answers(category: Category, given: dict[str, str]) -> dict[str, object]:
    """Texts by question id as the form takes them: true and false of a yes-or-no question become booleans."""
    yes_or_no = {question["id"] for question in _questions(category) if question["type"] == "boolean"}
    meant = {"true": True, "false": False}
    return {code: meant.get(text, text) if code in yes_or_no else text for code, text in given.items()}


def _questions(category: Category) -> list[dict[str, Any]]:
    return category.questions.get("questions", [])


def _attribute(order: int, question: dict[str, Any]) -> dict[str, Any]:
    attribute = {
        "variable": True,
        "code": question["id"],
        "datatype": DATATYPES[question["type"]],
        "required": False,
        "datatype_description": None,
        "order": order,
        "description": localised(question["label"])[0],
    }
    match question["type"]:
        case "boolean":
            attribute["values"] = [{"key": "true", "name": _("Yes")}, {"key": "false", "name": _("No")}]
        case "choice":
            attribute["values"] = [
                {"key": choice["value"], "name": localised(choice["label"])[0]} for choice in question["choices"]
            ]
    return attribute
