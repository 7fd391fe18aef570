"""Takes the secrets out of what a console showed, before anybody keeps it or sees it.

A secret is found by the words before it, never by its own form: passwords and their hashes, SNMP communities, keys of
routing protocols, tunnels, RADIUS and TACACS, pre-shared and private keys, addresses with a password in them. Cisco
and its likes, Junos, RouterOS and Linux files are known; in doubt a word too many is masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MASK: Final = "********"

_SECRET: Final = r"(?P<secret>\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[^\s;]+)"  # noqa: S105 # a pattern
# How the secret is written comes before it: Cisco's 0, 5, 7, 8, 9, EOS's sha512, Huawei's cipher...
_KIND: Final = (
    r"(?:(?:[0-9]|encrypted|unencrypted|hidden|plain|sha512|sha256|md5|scrypt|ascii|hex|clear|(?:irreversible-)?cipher"
    r"|simple)[ \t]+)*"
)

# Words that a secret follows after a space; most of Cisco IOS, Arista, Huawei and Junos.
_WORDS: Final = (
    r"\b(?:secret|password|passwd|passphrase|passcode)(?: level \d+)?",
    r"\bsnmp-server community",
    r"\bsnmp-server host \S+(?: vrf \S+)?(?: (?:traps|informs))?(?: version (?:1|2c))?"
    r"(?! (?:version|vrf|traps|informs)\b)",
    r"\bsnmp-agent community (?:read|write)",
    r"\b(?:auth|authentication-mode) (?:md5|sha\S*)",
    r"\bpriv (?:des|3des|aes(?:[ -]?(?:128|192|256))?)",
    r"\bkey-string",
    r"\bmessage-digest-key \d+ md5",
    r"\bauthentication-key(?: \d+)?",
    r"\b(?:standby|vrrp|glbp)(?: \d+)? authentication(?: (?:text|md5 key-string))?(?! (?:text|md5)\b)",
    r"\bauthentication text",
    r"\b(?:isakmp|server-private \S+|pac|tunnel|md5|server) key",
    r"\bpre-shared-key(?: (?:local|remote|address \S+ key))?",
    r"\bwpa-(?:psk|passphrase)",
    r"\b(?:tacacs|radius)(?:-server)?[^\n]{0,80}? key",
    r"^[ \t]*key(?![ \t]+(?:chain\b|\d+[ \t]*$))",
    r"\b(?:encrypted-password|plain-text-password-value|authentication-password|privacy-(?:password|key)"
    r"|simple-password|hello-authentication-key|ascii-text|hexadecimal)",
    r"^[ \t]*(?:r[ow]community6?|com2sec6?(?: -Cn \S+)? \S+ \S+|trapcommunity|createUser \S+ \S+)",
    r"\bauthorization: \S+",
)
_RULES: Final = tuple(
    re.compile(rule, re.IGNORECASE | re.MULTILINE)
    for rule in (
        *(rf"{words}[ \t]+{_KIND}{_SECRET}" for words in _WORDS),
        # Junos marks what it knows to be secret, and writes communities as blocks.
        r"(?P<secret>\"[^\"\n]*\")(?=;[ \t]*##[ \t]*SECRET-DATA)",
        rf"\bcommunity[ \t]+{_SECRET}(?=[ \t]*\{{|[ \t]+(?:authorization|view|clients|client-list-name)\b)",
        # key=value and key: value, of RouterOS, netplan, WireGuard, wpa_supplicant...
        r"\b[\w-]*(?:password|secret|passphrase|private-?key|pre-?shared-?key|authentication-key|auth-key|encryption-key"
        rf"|psk|token|trap-community|wpa2?-key)[ \t]*[=:][ \t]*{_SECRET}",
        # /etc/shadow, and addresses with a password
        r"^[\w.-]+:(?P<secret>[!*]*\$[^:\n]+):",
        r"\b[a-z][a-z0-9+.-]*://[^/\s:@]*:(?P<secret>[^@\s/]+)@",
    )
)
_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<secret>.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_COMMUNITY_NAME: Final = re.compile(rf"\bname={_SECRET}")
_COMMUNITY_SECTION: Final = "/snmp community"


@dataclass(frozen=True, slots=True)
class Masked:
    text: str
    count: int


def mask_secrets(text: str) -> Masked:
    """Return the text with each secret replaced by MASK, and how many there were."""
    count = 0

    def hide(match: re.Match[str]) -> str:
        nonlocal count
        if match["secret"].strip("\"'") in ("", MASK):
            return match[0]
        count += 1
        start, end = (place - match.start() for place in match.span("secret"))
        return match[0][:start] + MASK + match[0][end:]

    text = _PRIVATE_KEY.sub(hide, text)
    for rule in _RULES:
        text = rule.sub(hide, text)
    lines = (_COMMUNITY_NAME.sub(hide, line) if inside else line for line, inside in _with_section(text))
    return Masked("\n".join(lines), count)


def _with_section(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it stands under RouterOS's list of communities, whose names are the secrets."""
    inside = False
    for line in text.split("\n"):
        if line.startswith("/"):
            inside = line.startswith(_COMMUNITY_SECTION)
        yield line, inside
