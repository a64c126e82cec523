"""Every address of the product. Pages carry a language prefix; doors for machines do not."""

from allauth.account.decorators import secure_admin_login
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from geodata.api import api
from mapapp import demo_mail, planning_urls
from mapapp.views import export_jobs
from mapapp.views.dictionary import dictionary_file

handler400 = "mapapp.views.errors.bad_request"
handler403 = "mapapp.views.errors.forbidden"
handler404 = "mapapp.views.errors.not_found"
handler500 = "mapapp.views.errors.server_error"

admin.site.login = secure_admin_login(admin.site.login)  # the same sign-in, second factor included

urlpatterns = [
    path("", include("mapapp.machine_urls")),
    path("", include("geodata.urls")),
    path("", include("mapapp.planning_urls")),
    path("data/dictionary.<str:format>", dictionary_file, name="dictionary_file"),
    path("ogc/", include("geodata.ogc_urls")),
    path("export/jobs/<slug:collection>.<str:format>", export_jobs.export_order, name="export_order"),
    path("export/jobs/<str:key>/", export_jobs.export_job, name="export_job"),
    path("export/jobs/<str:key>/file", export_jobs.export_job_file, name="export_job_file"),
    path("open311/v2/", include("geodata.open311_urls")),
    path("api/v1/", api.urls),
    path("accounts/", include("actors.account_urls")),
    path("admin/", admin.site.urls),
    path("demo/mail/", demo_mail.demo_mail, name="demo_mail"),
    path("demo/mail/<slug:name>/", demo_mail.demo_mail_item, name="demo_mail_item"),
    *i18n_patterns(
        path("", include("actors.urls")),
        path("", include("mapapp.page_urls")),
        path("", include(planning_urls.page_urlpatterns)),
        path("", include("proposals.urls")),
    ),
]
