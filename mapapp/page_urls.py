"""Pages that join everything; mounted under each language's prefix."""

from django.urls import path

from mapapp.views import areas, catalogue, dictionary, embed, hubs, kiosk, organisations, pages
from mapapp.views.map import map_page
from mapapp.views.workspace import workspace

urlpatterns = [
    path("", map_page, name="map"),
    path("areas/", areas.area_list, name="areas"),
    path("areas/<slug:slug>/", areas.area_detail, name="area"),
    path("organisations/", organisations.organisation_list, name="organisations"),
    path("organisations/<slug:slug>/", organisations.organisation_detail, name="organisation"),
    path("organisations/<slug:slug>/contact/", organisations.organisation_contact, name="organisation_contact"),
    path("workspace/", workspace, name="workspace"),
    path("workspace/<slug:slug>/", workspace, name="workspace_of"),
    path("hubs/<slug:slug>/", hubs.hub, name="hub"),
    path("paper-form/", hubs.paper_form, name="paper_form"),
    path("kiosk/", kiosk.kiosk, name="kiosk"),
    path("kiosk/end/", kiosk.kiosk_end, name="kiosk_end"),
    path("services/", areas.service_list, name="services"),
    path("embed/", embed.embed_this, name="embed_this"),
    path("data/", catalogue.open_data, name="open_data"),
    path("data/dictionary/", dictionary.dictionary_page, name="dictionary"),
    path("about/", pages.about, name="about"),
    path("privacy/", pages.privacy, name="privacy"),
    path("accessibility/", pages.accessibility, name="accessibility"),
]
