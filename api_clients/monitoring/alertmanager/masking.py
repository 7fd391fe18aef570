"""Takes out of a configuration what versions before 0.26 show of it: the addresses of webhooks, which often are secrets
in themselves, and logins and queries of any other address. Newer versions say <secret> there themselves.
"""

from __future__ import annotations

import re

from api_clients.infrastructure.masking import SECRET, without_url_secrets

WEBHOOK = re.compile(r"^([ ]*(?:- )?url: ).+$", re.MULTILINE)


def masked(configuration: str) -> str:
    before, receivers, after = configuration.partition("\nreceivers:")
    text = before + receivers + WEBHOOK.sub(rf"\1{SECRET}", after)
    return without_url_secrets(text)
