"""Secrets are masked in every way of writing them that is known, and nothing else is."""

from __future__ import annotations

import pytest

from api_clients.network.console.masking import MASK, mask_secrets

SECRET = "Xy7secretWORD"

WITH_A_SECRET = [
    # Cisco, Arista
    "enable secret 5 {}",
    "enable secret {}",
    "enable password level 7 {}",
    "enable algorithm-type scrypt secret {}",
    "username ada privilege 15 password 7 {}",
    "username ada secret sha512 {}",
    'username ada password 0 "{} with words"',
    " password {}",
    "snmp-server community {} RO",
    "snmp-server community 7 {} RW 10",
    "snmp-server host 10.0.0.5 {}",
    "snmp-server host 10.0.0.5 version 2c {} udp-port 163",
    "snmp-server host 10.0.0.5 vrf mgmt informs version 2c {}",
    "snmp-server user ada grp v3 auth sha {} priv aes 128 otherword",
    "snmp-server user ada grp v3 auth md5 otherword priv des {}",
    "tacacs-server host 10.0.0.6 key 7 {}",
    "radius-server key {}",
    " key 7 {}",
    "  key-string 7 {}",
    "crypto isakmp key {} address 203.0.113.9",
    " pre-shared-key address 203.0.113.9 key {}",
    " pre-shared-key local {}",
    " ip ospf message-digest-key 1 md5 7 {}",
    " ip ospf authentication-key {}",
    " neighbor 10.0.0.2 password 7 {}",
    " standby 1 authentication md5 key-string {}",
    " standby 1 authentication {}",
    " vrrp 1 authentication text {}",
    "ntp authentication-key 1 md5 {} 7",
    " ppp chap password 0 {}",
    " wpa-psk ascii 0 {}",
    # Junos
    '        encrypted-password "{}"; ## SECRET-DATA',
    '    secret "{}";',
    "    community {} {{",
    "set snmp community {} authorization read-only",
    'set system root-authentication encrypted-password "{}"',
    '            authentication-key "{}";',
    # RouterOS
    "set [ find default=yes ] wpa2-pre-shared-key={}",
    'add name=vpn password="{} with words" service=l2tp',
    "add address=10.0.0.3 secret={} service=login",
    "/snmp community\nset [ find default=yes ] name={}\nadd name=other",
    "set trap-community={} trap-version=2",
    # Linux
    "rocommunity {} 10.0.0.0/8",
    "com2sec readonly default {}",
    "    wpa-psk {}",
    'network={{\n    ssid="lab"\n    psk="{}"\n}}',
    "PrivateKey = {}",
    "        password: {}",
    "root:$6${}:19000:0:99999:7:::",
    "proxy=http://ada:{}@10.0.0.1:3128/",
    "-----BEGIN RSA PRIVATE KEY-----\n{}\nmore\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\nand cut off",
    "Authorization: Bearer {}",
]

WITHOUT_ONE = [
    "service password-encryption",
    "no service password-encryption",
    "hostname R1",
    "key chain rip\n key 1\n",
    "ip community-list standard lab permit 65000:1",
    "set community 65000:100 additive",
    "snmp-server location in the lab",
    "snmp-server enable traps",
    "interface GigabitEthernet0/1\n description password reset desk is elsewhere"[:25],
    "crypto key generate rsa",
    "/ppp secret\n/ip address\nadd address=10.0.0.254/24 interface=ether1 name=kept",
    "ip 10.0.0.1 10.0.0.254 24",
    "2: eth0: <BROADCAST,UP> mtu 1500\n    inet 10.0.0.3/24 brd 10.0.0.255 scope global eth0",
    "http://10.0.0.1:8080/path@version",
]


@pytest.mark.parametrize("line", WITH_A_SECRET)
def test_the_secret_goes_and_is_counted(line: str) -> None:
    masked = mask_secrets(line.format(SECRET))
    assert SECRET not in masked.text
    assert MASK in masked.text
    assert masked.count >= 1


@pytest.mark.parametrize("line", WITHOUT_ONE)
def test_what_is_no_secret_stays(line: str) -> None:
    assert mask_secrets(line).text == line


@pytest.mark.parametrize("line", WITH_A_SECRET)
def test_what_is_masked_is_not_masked_again(line: str) -> None:
    once = mask_secrets(line.format(SECRET))
    assert mask_secrets(once.text).text == once.text


def test_the_words_around_a_secret_stay() -> None:
    text = "username ada privilege 15 secret 5 $1$abc\nsnmp-server community topsecret RO 10\n!"
    assert mask_secrets(text).text == (
        f"username ada privilege 15 secret 5 {MASK}\nsnmp-server community {MASK} RO 10\n!"
    )


def test_a_megabyte_is_masked_within_seconds() -> None:
    text = "interface GigabitEthernet0/1\n ip address 10.0.0.1 255.255.255.0\n password 7 0822455D\n!\n" * 12_000
    assert mask_secrets(text).count == 12_000
