"""How agents are asked: SNMP credentials, their secrets encrypted at rest.

The encrypted column is the only place a secret lives. It is absent from repr, str, answers and logs; what
polls a device takes the secret out with `to_snmp()`, whose values hide it from their repr as well.
"""

from __future__ import annotations

import json
from typing import Any, Self

from django.db import models, transaction

from api_clients.network.snmp import values as snmp
from common.infrastructure.encryption import SecretUnreadable, decrypt, encrypt


class Credential(models.Model):
    """One SNMP identity. Discovery tries credentials in the order of `priority`, then of creation."""

    class Kind(models.TextChoices):
        V1 = "v1", "SNMPv1 community"
        V2C = "v2c", "SNMPv2c community"
        V3 = "v3", "SNMPv3 user"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=3, choices=Kind)
    priority = models.PositiveSmallIntegerField(default=100)
    username = models.CharField(max_length=64, blank=True)  # SnmpAdminString (SIZE(0..32)) of RFC 3411, in characters
    auth_protocol = models.CharField(max_length=8, blank=True)
    priv_protocol = models.CharField(max_length=10, blank=True)
    encrypted_secrets = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["priority", "id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/api/network/credentials/{self.pk}/"

    def secrets(self) -> dict[str, str | None]:
        """Return {"community"} or {"auth_password", "priv_password"}, decrypted. Never log or answer it."""
        secrets: dict[str, str | None] = json.loads(decrypt(self.encrypted_secrets))
        return secrets

    def set_secrets(self, **secrets: str | None) -> None:
        self.encrypted_secrets = encrypt(json.dumps(secrets))

    def to_snmp(self) -> snmp.Credential:
        """Return the credential as the SNMP client takes it."""
        secrets = self.secrets()
        if self.kind == self.Kind.V3:
            return snmp.UsmUser(
                name=self.username,
                auth_protocol=self.auth_protocol or None,  # type: ignore[arg-type] # one of AuthProtocol, checked when saved
                auth_password=secrets.get("auth_password"),
                priv_protocol=self.priv_protocol or None,  # type: ignore[arg-type] # one of PrivProtocol, checked when saved
                priv_password=secrets.get("priv_password"),
            )
        return snmp.Community(
            community=secrets.get("community") or "", version="1" if self.kind == self.Kind.V1 else "2c"
        )

    def holds(self, credential: snmp.Credential) -> bool:
        """Whether it is `credential`; one that cannot be decrypted (the key was changed) is no known one."""
        try:
            return self.to_snmp() == credential
        except SecretUnreadable:
            return False

    @classmethod
    def from_snmp(cls, credential: snmp.Credential, *, name: str = "") -> Self:
        """Return the row that holds `credential`, stored now (under `name`, or a free one) where there is none."""
        with transaction.atomic():
            for row in cls.objects.filter(**_public_fields(credential)):
                if row.holds(credential):
                    return row
            row = cls(**_public_fields(credential))
            row.name = name or cls._free_name(row.kind, row.username)
            row.set_secrets(**_secret_fields(credential))
            row.save()
            return row

    @classmethod
    def _free_name(cls, kind: str, username: str) -> str:
        stem = f"{kind} {username}".strip()
        taken = set(cls.objects.filter(name__startswith=stem).values_list("name", flat=True))
        return next(name for name in (f"{stem} #{number}" for number in range(1, len(taken) + 2)) if name not in taken)


def _public_fields(credential: snmp.Credential) -> dict[str, Any]:
    if isinstance(credential, snmp.Community):
        return {"kind": Credential.Kind.V1 if credential.version == "1" else Credential.Kind.V2C}
    return {
        "kind": Credential.Kind.V3,
        "username": credential.name,
        "auth_protocol": credential.auth_protocol or "",
        "priv_protocol": credential.priv_protocol or "",
    }


def _secret_fields(credential: snmp.Credential) -> dict[str, str | None]:
    if isinstance(credential, snmp.Community):
        return {"community": credential.community}
    return {"auth_password": credential.auth_password, "priv_password": credential.priv_password}
