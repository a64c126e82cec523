"""The toy city is there whatever the test before did to the tables."""

import pytest

from layers.models import Area, ServiceLocation
from tests.toytown import middle_of


@pytest.mark.parametrize("turn", ["first", "second"])
@pytest.mark.django_db(transaction=True)
def test_toytown_stands_again_after_the_tables_were_emptied(toytown, turn):
    assert Area.objects.count() == 7
    assert ServiceLocation.objects.count() == 3
    assert Area.objects.finest_at(middle_of("north-east")) == toytown.north_east
    assert toytown.north_west.parent == toytown.west
    assert toytown.west.parent == toytown.city
    assert toytown.city.parent is None
