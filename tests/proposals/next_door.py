"""A second instance of the product as the neighbour: what it begins with, and what it has taken."""

from tests.browser.product import Product

SEED = """
from actors.models import ApiKey
from tests.categories import make_categories
from tests.toytown import build_toytown
build_toytown(); make_categories()
print(ApiKey.objects.issue("Toytown next door", ["open311.write"])[1])
"""


def stored_there(product: Product) -> list[tuple]:
    """Number, place, title, body and address of each proposal in the neighbour's database."""
    return product.rows(
        "SELECT p.id, ST_X(location), ST_Y(location), title, body, email FROM proposals_proposal p"
        " JOIN proposals_contact c ON c.proposal_id = p.id ORDER BY p.id DESC"
    )
