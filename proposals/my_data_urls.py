"""One's own data: for who is signed in, and for anybody by a mailed link."""

from django.urls import path

from proposals.views import my_data

urlpatterns = [
    path("my-data/", my_data.my_data, name="my_data"),
    path("my-data/my-data.json", my_data.my_data_json, name="my_data_json"),
    path("my-data/my-data.geojson", my_data.my_data_geojson, name="my_data_geojson"),
    path("my-data/<str:token>/", my_data.my_data_link, name="my_data_link"),
    path("my-data/<str:token>/my-data.json", my_data.my_data_link_json, name="my_data_link_json"),
    path("my-data/<str:token>/my-data.geojson", my_data.my_data_link_geojson, name="my_data_link_geojson"),
]
