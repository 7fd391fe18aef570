"""What is wrong with a configuration."""

from __future__ import annotations


class ConfigurationInvalid(ValueError):
    """It cannot be used; the message names the file, and each key with what is wrong with it."""
