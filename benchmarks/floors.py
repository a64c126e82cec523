"""SQL written by hand, as somebody would who has nothing but psql: what the doors are measured against.

Each yields the very bytes of its door; `benchmarks/reading.py` compares them before it times anything.
"""

from django.conf import settings

PUBLISHED = "FROM proposals_proposal p JOIN proposals_category c ON c.id = p.category_id LEFT JOIN layers_area a ON a.id = p.area_id"
UTC = """'YYYY-MM-DD"T"HH24:MI:SS"Z"'"""
# In Finnish, as the doors are asked.
NAME = "COALESCE(NULLIF({names} ->> 'fi', ''), NULLIF({names} ->> 'sv', ''), NULLIF({names} ->> 'en', ''))"
OPEN_PLEDGES = (
    "proposals_pledge e JOIN actors_organisation o ON o.id = e.organisation_id"
    " WHERE e.proposal_id = p.id AND e.state IN ('active', 'disputed', 'delivered')"
)
TAKING_UP = OPEN_PLEDGES.replace("disputed", "confirmed")
COUNTER_CLOCKWISE = "CASE WHEN ST_Dimension(p.public_location) = 2 THEN ST_ForcePolygonCCW(p.public_location) ELSE p.public_location END"


def columns(sentences: dict[str, str]) -> dict[str, str]:
    """Property -> SQL over p (proposal), c (category), a (area). `sentences`: a landmark's wordings, as the product has them."""
    by_bearing = " ".join(f"WHEN '{n}' THEN '{sentences[str(n)]}'" for n in range(8))
    words = (
        f"CASE WHEN p.landmark ->> 'distance_m' IS NULL THEN '{sentences['in']}'"
        f" WHEN p.landmark ->> 'distance_m' = '0' THEN '{sentences['beside']}'"
        f" ELSE CASE p.landmark ->> 'bearing' {by_bearing} END END"
    )
    name = NAME.format(names="(p.landmark -> 'names')")
    return {
        "id": "p.id",
        "url": f"'{settings.SITE_URL}/fi/proposals/' || p.id || '/'",
        "title": "p.title",
        "body": "p.body",
        "language": "p.language",
        "kind": "p.kind",
        "category": "c.slug",
        "status": "p.status",
        "area": "a.slug",
        "area_name": NAME.format(names="a.names"),
        "place": f"replace(replace({words}, '@d', COALESCE(p.landmark ->> 'distance_m', '')), '@n', {name})",
        "place_precision": "p.place_precision",
        "channel": "p.channel",
        "submitted": f"to_char(p.submitted_at AT TIME ZONE 'UTC', {UTC})",
        "published": f"to_char(p.published_at AT TIME ZONE 'UTC', {UTC})",
        "updated": f"to_char(p.updated_at AT TIME ZONE 'UTC', {UTC})",
        "supports_verified": "p.supports_verified",
        "supports_unverified": "p.supports_unverified",
        "comments": "p.comments",
        "pledges": f"(SELECT count(*) FROM {OPEN_PLEDGES})",
        "taken_up_by": f"ARRAY(SELECT {NAME.format(names='o.names')} FROM {TAKING_UP} ORDER BY e.part, e.id)",
        "due": f"(SELECT e.due FROM {OPEN_PLEDGES} AND e.state <> 'delivered' ORDER BY e.due LIMIT 1)",
        "answers": "p.answers",
        "photos": f"ARRAY(SELECT '{settings.SITE_URL}/photos/' || f.name || '.jpg' FROM proposals_photo f"
        " WHERE f.proposal_id = p.id AND f.state = 'published' ORDER BY f.id)",
    }


def features(sentences: dict[str, str], where: str = "true") -> str:
    """One text column: a GeoJSON Feature a row."""
    members = ", ".join(f'{sql} AS "{name}"' for name, sql in columns(sentences).items())
    return (
        """SELECT '{"type":"Feature","id":' || p.id || ',"geometry":' || """
        f"ST_AsGeoJSON({COUNTER_CLOCKWISE}, 7, 0) || ',\"properties\":' || "
        f"row_to_json((SELECT r FROM (SELECT {members}) AS r)) || '}}' "
        f"{PUBLISHED} WHERE p.publication = 'published' AND {where} ORDER BY p.id"
    )


def table(sentences: dict[str, str]) -> str:
    """The columns of the CSV; only what people typed is guarded against formulas."""
    cells = columns(sentences) | {
        "taken_up_by": f"array_to_string({columns(sentences)['taken_up_by']}, ' ')",
        "answers": "p.answers::text",
        "photos": f"array_to_string({columns(sentences)['photos']}, ' ')",
    }
    for name in ("title", "body", "area_name"):
        cells[name] = (
            f"CASE WHEN {cells[name]} ~ E'^[=+\\\\-@\\t\\r\\n＝＋－＠]' THEN '''' || {cells[name]} ELSE {cells[name]} END"
        )
    place = "ST_Transform(p.pin, 4326)"
    cells |= {
        "geometry_wkt": f"ST_AsText({COUNTER_CLOCKWISE}, 7)",
        "lon": f"round(ST_X({place})::numeric, 7)",
        "lat": f"round(ST_Y({place})::numeric, 7)",
    }
    listed = ", ".join(f'{sql} AS "{name}"' for name, sql in cells.items())
    return f"SELECT {listed} {PUBLISHED} WHERE p.publication = 'published' ORDER BY p.id"


def cells(shift: int, box: tuple[float, float, float, float]) -> str:
    """Pins of a box (EPSG:3857 metres) counted by cells of the quadkey grid."""
    west, south, east, north = box
    return (
        f"SELECT cell >> {shift}, count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM proposals_pledge"
        " WHERE proposal_id = proposals_proposal.id AND state IN ('active', 'delivered', 'confirmed'))),"
        " sum(ST_X(pin)), sum(ST_Y(pin)), min(ST_X(pin)), min(ST_Y(pin)), max(ST_X(pin)), max(ST_Y(pin))"
        " FROM proposals_proposal WHERE publication = 'published'"
        f" AND pin && ST_MakeEnvelope({west}, {south}, {east}, {north}, 3857) GROUP BY 1"
    )
