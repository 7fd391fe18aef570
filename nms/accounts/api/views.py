"""Sign in for programs, and who am I."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from common.api.permissions import role_of
from common.api.viewsets import ApiView
from nms.accounts.api.serializers import (
    AccessTokenSerializer,
    MeSerializer,
    RefreshSerializer,
    TokenPairSerializer,
    TokenRequestSerializer,
)


class TokenView(TokenObtainPairView):
    """Exchange a user name and a password for an access token (30 minutes) and a refresh token (7 days)."""

    serializer_class = TokenRequestSerializer

    @extend_schema(
        operation_id="auth_token",
        responses=TokenPairSerializer,
        examples=[OpenApiExample("Sign in", {"username": "admin", "password": "..."}, request_only=True)],
    )
    def post(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().post(request, *args, **kwargs)


class RefreshView(TokenRefreshView):
    """Exchange a refresh token for another access token."""

    serializer_class = RefreshSerializer

    @extend_schema(operation_id="auth_token_refresh", responses=AccessTokenSerializer)
    def post(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().post(request, *args, **kwargs)


class MeView(ApiView):
    """Who is signed in, and with which role."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="auth_me", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        user = request.user
        return Response({"id": user.pk, "username": user.get_username(), "role": role_of(user)})
