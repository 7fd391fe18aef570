"""Takes the secrets out of what a console showed, before anybody keeps it or sees it.

One rule for each way of writing a secret: passwords and their hashes, SNMP communities and users, keys of routing
protocols, tunnels, RADIUS and TACACS, pre-shared and private keys, addresses with a password in them. Rules look at
the word before the secret, never at the secret's own form; where in doubt a word too many is masked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MASK: Final = "********"

_WORD: Final = r"(?P<secret>\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|\S+)"
_TYPED: Final = (  # how the secret is written, a number or a word
    r"(?:(?:[0-9]|encrypted|unencrypted|hidden|plain|sha512|sha256|md5|scrypt|ascii|hex|clear|(?:irreversible-)?cipher"
    r"|simple)[ \t]+)*"
)

# Each finds its secret in the group of that name; what stands before it is kept.
_RULES: Final = tuple(
    re.compile(rule, re.IGNORECASE | re.MULTILINE)
    for rule in (
        # Cisco, Arista, Huawei and their like: `enable secret 5 $1$...`, `username x privilege 15 password 7 0822`
        rf"\b(?:secret|password|passwd|passphrase|passcode)(?: level \d+)?[ \t]+{_TYPED}{_WORD}",
        rf"\bsnmp-server community[ \t]+{_TYPED}{_WORD}",
        rf"\bsnmp-server host \S+(?: vrf \S+)?(?: (?:traps|informs))?(?: version (?:1|2c))?[ \t]+{_TYPED}{_WORD}",
        rf"\bsnmp-agent community (?:read|write)[ \t]+{_TYPED}{_WORD}",
        rf"\b(?:auth|authentication-mode) (?:md5|sha\S*)[ \t]+{_TYPED}{_WORD}",
        rf"\bpriv (?:des|3des|aes(?:[ -]?(?:128|192|256))?)[ \t]+{_TYPED}{_WORD}",
        rf"\b(?:key-string|message-digest-key \d+ md5|authentication-key(?: \d+)?(?: md5)?|standby \d+ authentication"
        rf"|authentication text|ip ospf authentication-key|isakmp key"
        rf"|pre-shared-key(?: (?:local|remote|address \S+ key))?|wpa-psk(?: ascii| hex)?"
        rf"|server-private \S+ key|(?:tacacs|radius)(?:-server)?(?: host \S+)?.{{0,80}}? key"
        rf"|^\s*key|ppp chap password|ppp pap sent-username \S+ password|md5 key|tunnel key|vrrp \d+ authentication)"
        rf"[ \t]+{_TYPED}{_WORD}",
        # JunOS: `encrypted-password "$6$..."; ## SECRET-DATA`, `secret "$9$..."`, `community public {`
        rf"\b(?:encrypted-password|plain-text-password-value|authentication-(?:password|key)|privacy-(?:password|key)"
        rf"|simple-password|hello-authentication-key|ascii-text|hexadecimal|ssh-(?:rsa|dsa|ed25519))[ \t]+{_WORD}",
        r"(?P<secret>\"[^\"\n]*\")(?=;[ \t]*##[ \t]*SECRET-DATA)",
        rf"^\s*(?:set snmp )?community[ \t]+{_WORD}(?=.*[{{;]|\s+(?:authorization|view|clients))",
        # RouterOS: `set [ find ] name=public password=x`, `wpa2-pre-shared-key="..."`
        rf"\b(?:[\w-]*(?:password|secret|passphrase|private-key|preshared-key|pre-shared-key|authentication-key|psk"
        rf"|auth-key|encryption-key|token|wpa2?-key))[ \t]*[=:][ \t]*{_WORD}",
        rf"^/snmp community.*(?:\n(?!/).*)*?\bname={_WORD}",
        rf"^/snmp community[^\n]*\n(?:(?!/).*\n)*?(?:set|add)\b[^\n]*?\bname={_WORD}",
        # Linux: `rocommunity public`, `wpa-psk ...`, /etc/shadow, WireGuard, URLs
        rf"^\s*(?:r[ow]community6?|com2sec6?(?: -Cn \S+)? \S+ \S+|trapcommunity|createUser \S+ \S+)[ \t]+{_WORD}",
        r"^[\w.-]+:(?P<secret>\$[^:\n]+|[!*]*\$[^:\n]+):",
        r"\b[a-z][a-z0-9+.-]*://[^/\s:@]*:(?P<secret>[^@\s/]+)@",
        r"(?P<secret>-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----)",
    )
)
_BLOCK: Final = re.compile(
    r"(?P<head>-----BEGIN [A-Z ]*PRIVATE KEY-----)(?P<secret>.*?)(?P<tail>-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Masked:
    text: str
    count: int


def mask_secrets(text: str) -> Masked:
    """Return the text with each secret replaced by MASK, and how many there were."""
    count = 0

    def hide(match: re.Match[str]) -> str:
        nonlocal count
        if match["secret"].strip("\"';") in ("", MASK):
            return match[0]
        count += 1
        start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
        tail = ";" if match["secret"].endswith(";") else ""
        return match[0][:start] + MASK + tail + match[0][end:]

    for rule in (_BLOCK, *_RULES):
        text = rule.sub(hide, text)
    return Masked(text, count)
