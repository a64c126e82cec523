"""What the map's JavaScript says to people, in the page's language."""

from typing import TypedDict

from django.utils.translation import gettext, ngettext, pgettext

from proposals.models.category import Kind
from proposals.models.proposal import Status

# Stages that have a fill of their own on the map; the endings without a deed share one.
LEGEND_STAGES = (Status.OPEN, Status.TAKEN_UP, Status.IN_PROGRESS, Status.DELIVERED, Status.CONFIRMED)


class Plural(TypedDict):
    """The forms of a phrase with {n}; the languages of the service have these two."""

    one: str
    other: str


Strings = dict[str, str | Plural | dict[str, str]]


def browse_strings() -> Strings:
    """Words of the map beside the list."""
    return {
        "kinds": {value: str(label) for value, label in Kind.choices},
        "stages": {value: str(label) for value, label in Status.choices},
        "legend": {
            **{value: str(value.label) for value in LEGEND_STAGES},
            Status.CLOSED_UNFIXED: gettext("Ended, not done"),
        },
        "pin": gettext("{title}. {kind}, {stage}"),
        "proposals": _proposals(),
        "cluster": {
            "one": ngettext("{n} proposal here", "{n} proposals here", 1),
            "other": ngettext("{n} proposal here", "{n} proposals here", 2),
        },
        "takenUp": {
            "one": ngettext("{n} taken up", "{n} taken up", 1),
            "other": ngettext("{n} taken up", "{n} taken up", 2),
        },
        "card": gettext("Chosen on the map"),
        "previous": gettext("Previous on the map"),
        "next": gettext("Next on the map"),
        "close": gettext("Close"),
        "position": pgettext("which of how many", "{i} of {n}"),
        "zoomIn": gettext("Look closer"),
        "showThese": gettext("Show these in the list"),
        "aboutArea": gettext("About the area"),
        "wholeCity": gettext("Whole city"),
        "nothingHere": gettext("Nothing in this view. Move the map or zoom out."),
        "pinsFailed": gettext("The proposals could not be fetched for the map. The list has them all."),
        "servicesTooFar": gettext("Zoom in to see the service points."),
        "layerIsCut": gettext("There is more of “{name}” here than the map can show. Zoom in."),
        "layerFailed": gettext("“{name}” could not be fetched. Switch it on again in a while."),
    } | location_strings()


def location_strings() -> Strings:
    """Words of "use my location"."""
    return {
        "locating": gettext("Looking for your location…"),
        "accuracy": gettext("Accuracy about {d} m"),
        "locationDenied": gettext(
            "Your browser did not give your location. Allow it in the browser's settings, or search for a place."
        ),
        "locationUnknown": gettext("Your location could not be found. Search for a place or move the map."),
        "outside": gettext("You are outside the city."),
    }


def place_strings() -> Strings:
    """Words of placing: a pin, a line, an area, and the search for a place."""
    return _sketch_strings() | _search_strings() | location_strings()


def _sketch_strings() -> Strings:
    return {
        "start": {
            "Point": gettext("Press the map where your proposal belongs."),
            "LineString": gettext("Press the map where the line begins."),
            "Polygon": gettext("Press the map at a corner of the area."),
        },
        "here": {
            "Point": gettext("Put the pin here"),
            "LineString": gettext("Add a point here"),
            "Polygon": gettext("Add a corner here"),
        },
        "point": gettext("The pin is on the map."),
        "lineBegun": gettext("The line begins here. Press where it goes next."),
        "line": {
            "one": ngettext("A line of {n} point, {d} m.", "A line of {n} points, {d} m.", 1),
            "other": ngettext("A line of {n} point, {d} m.", "A line of {n} points, {d} m.", 2),
        },
        "areaBegun": {
            "one": ngettext(
                "{n} corner. An area needs at least three.", "{n} corners. An area needs at least three.", 1
            ),
            "other": ngettext(
                "{n} corner. An area needs at least three.", "{n} corners. An area needs at least three.", 2
            ),
        },
        "area": {
            "one": ngettext("An area of {n} corner, {d}.", "An area of {n} corners, {d}.", 1),
            "other": ngettext("An area of {n} corner, {d}.", "An area of {n} corners, {d}.", 2),
        },
        "squareMetres": gettext("{d} square metres"),
        "squareKilometres": gettext("{d} square kilometres"),
        "crossing": gettext("The edges of the area cross each other. Move a corner or undo it."),
        "finished": gettext("Ready. You can still move the points."),
        "cleared": gettext("The map is empty again."),
        "undone": gettext("The last point is gone."),
        "pointChosen": gettext("Point {i} is chosen. Press where it should be."),
        "pointLabel": pgettext("corner of a drawing", "Point {i}"),
        "notAllowed": gettext("This topic cannot be drawn that way, so the drawing was taken off."),
    }


def zone_strings() -> Strings:
    """Words of saying where one looks: a place with a distance, or areas with holes."""
    words = place_strings()
    return words | {
        "start": {
            "Point": gettext("Search for a place, or press the map where it is."),
            "MultiPolygon": gettext("Press the map at a corner of the area."),
        },
        "here": {"Point": gettext("Put the pin here"), "MultiPolygon": gettext("Add a corner here")},
        "circle": gettext("Everything within {d} of the pin."),
        "areas": {
            "one": ngettext("{n} area, {d}.", "{n} areas, {d} in all.", 1),
            "other": ngettext("{n} area, {d}.", "{n} areas, {d} in all.", 2),
        },
        "leftOut": {
            "one": ngettext("{n} part is left out.", "{n} parts are left out.", 1),
            "other": ngettext("{n} part is left out.", "{n} parts are left out.", 2),
        },
        "more": gettext("Press beside it to draw another area, or inside it to leave a part out."),
        "closed": gettext("Ready."),
        "movedTo": gettext("The map shows {name}."),
    }


def _search_strings() -> Strings:
    return {
        "other": gettext("This place is in {name}."),
        "otherLink": pgettext("link to another municipality", "Go to the website of {name}"),
        "outsideCity": gettext("This place is outside the city."),
        "inArea": pgettext("place, area", "{place}, {area}"),
        "kinds": {"area": pgettext("kind of place", "area"), "service": pgettext("kind of place", "service point")},
        "noPlaces": gettext("No place of that name. Try another, or press the map."),
        "places": {
            "one": ngettext("{n} place. Use the arrow keys.", "{n} places. Use the arrow keys.", 1),
            "other": ngettext("{n} place. Use the arrow keys.", "{n} places. Use the arrow keys.", 2),
        },
        "movedTo": gettext("The map shows {name}. Now press the exact place."),
    }


def _proposals() -> Plural:
    return {
        "one": ngettext("{n} proposal", "{n} proposals", 1),
        "other": ngettext("{n} proposal", "{n} proposals", 2),
    }


STRINGS = {"browse": browse_strings, "place": place_strings, "zone": zone_strings, "show": dict}
