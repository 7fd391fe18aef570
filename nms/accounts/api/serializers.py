"""What the login endpoints take and give."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer, TokenRefreshSerializer

from nms.accounts.backends import attempt_of
from nms.accounts.login_attempts import WINDOW_SECONDS


class TokenRequestSerializer(TokenObtainPairSerializer):
    """Name and password for a pair of tokens; 429 for who has failed too often."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        if attempt_of(self.context["request"], attrs[self.username_field]).blocked():
            raise Throttled(wait=WINDOW_SECONDS, detail="Too many failed logins.")
        return super().validate(attrs)


class RefreshSerializer(TokenRefreshSerializer):
    """A refresh token for another access token, as long as its user exists, is active and has the same password."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        JWTAuthentication().get_user(self.token_class(attrs["refresh"]))
        return super().validate(attrs)


class TokenPairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer <access>`.")
    refresh = serializers.CharField(help_text="Exchange it at /api/auth/token/refresh/ for another access token.")


class AccessTokenSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()


class MeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    role = serializers.ChoiceField(choices=["viewer", "operator", "admin"], allow_null=True)
