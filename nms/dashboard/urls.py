"""The pages of the web interface, mounted at the root of the site; signing in is the accounts' affair."""

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path

from nms.dashboard import views

app_name = "dashboard"

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("devices/<int:device_id>/", views.device, name="device"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
