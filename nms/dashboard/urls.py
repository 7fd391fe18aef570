"""The pages of the web interface, mounted at the root of the site."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, path

app_name = "dashboard"

urlpatterns: list[URLPattern] = [
    path("login/", LoginView.as_view(template_name="dashboard/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
