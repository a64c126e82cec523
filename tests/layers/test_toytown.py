def test_toytown_stands(toytown, django_assert_num_queries):
    assert toytown.north_west.parent == toytown.west
    assert toytown.west.parent == toytown.city
