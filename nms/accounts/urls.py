"""Paths of the accounts: tokens under /api/auth/, the sign-in page at /login/."""

from django.contrib.auth.views import LoginView
from django.urls import URLPattern, path

from nms.accounts.api.views import MeView, RefreshView, TokenView
from nms.accounts.forms import LoginForm

urlpatterns: list[URLPattern] = [
    path("api/auth/token/", TokenView.as_view(), name="token"),
    path("api/auth/token/refresh/", RefreshView.as_view(), name="token-refresh"),
    path("api/auth/me/", MeView.as_view(), name="me"),
    # The page is the dashboard's; the form is ours, because it knows who has to wait after failed logins.
    path(
        "login/",
        LoginView.as_view(
            template_name="dashboard/login.html", authentication_form=LoginForm, redirect_authenticated_user=True
        ),
    ),
]
