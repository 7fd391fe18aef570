"""Passwords for people: generated ones, and chosen ones checked by Django's validators."""

from __future__ import annotations

import secrets

# Without 0/O, 1/l/I: it is read from a screen and typed.
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 20  # 55 symbols: 115 bits


def generate_password() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
