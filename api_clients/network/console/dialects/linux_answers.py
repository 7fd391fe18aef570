"""What Linux programs print, read. Each function raises ValueError or its kin where the text is not that program's."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ..addressing import address_with_prefix, ip, mac
from ..templates import rows
from ..values import Address, ArpEntry, ConsoleInterface, Ping, Route, Status

_IP_ADDR_LINE: Final = re.compile(r"^\d+: |^\s+(?:link/|inet6? |altname |valid_lft )")
_PEER: Final = re.compile(r"(inet6? )(\S+) peer \S+?(/\d+)")
_NO_STATE: Final = re.compile(r"( qdisc \S++(?: master \S++)?+)(?! state )")  # BusyBox tells none
_NEIGHBOR: Final = re.compile(
    r"^(?P<address>[0-9a-f.:]+) dev (?P<interface>\S+) .*?lladdr (?P<mac>[0-9a-f:]{17})", re.I
)
_NEIGHBOR_LINE: Final = re.compile(r"^[0-9a-f.:]+ dev \S+", re.IGNORECASE)
_KERNEL_ARP: Final = re.compile(
    r"^(?P<address>\d\S+)\s+0x\S+\s+(?P<flags>0x\S+)\s+(?P<mac>\S{17})\s+\S+\s+(?P<interface>\S+)$"
)
_ROUTE: Final = re.compile(
    r"^(?P<network>default|[0-9a-f.:]+(?:/\d+)?)(?: via (?P<gateway>\S+))?(?: dev (?P<interface>\S+))?"
)
_NOT_A_WAY: Final = re.compile(r"^(?:unreachable|blackhole|prohibit|broadcast|local|multicast|throw) ")
_COUNTS: Final = re.compile(r"(?P<sent>\d+) packets transmitted, (?P<received>\d+) (?:packets )?received")
_TIMES: Final = re.compile(r"min/avg/max(?:/mdev)? = (?P<low>[\d.]+)/(?P<mean>[\d.]+)/(?P<high>[\d.]+)")
_IFCONFIG: Final = re.compile(r"^(?P<name>\S+?):?\s+(?:Link encap|flags=)", re.MULTILINE)
_IFCONFIG_MAC: Final = re.compile(r"(?:HWaddr|ether)\s+(?P<mac>[0-9A-Fa-f:]{17})")
_IFCONFIG_V4: Final = re.compile(r"inet (?:addr:)?(?P<address>[\d.]+).*?(?:Mask:|netmask )(?P<mask>[\d.]+)")
_IFCONFIG_V6: Final = re.compile(r"inet6 (?:addr: ?)?(?P<address>[0-9a-f:]+)(?:/| +prefixlen )(?P<length>\d+)")
_UNSET_MAC: Final = "00:00:00:00:00:00"


def one_word(text: str) -> str:
    words = text.split()
    if len(words) != 1:
        raise ValueError("not one word")
    return words[0]


def kernel(text: str) -> tuple[str, str]:
    name, release = text.split()
    return name, release


def distribution(text: str) -> str:
    match = re.search(r"^PRETTY_NAME=(.*)$", text, re.MULTILINE)
    if match is None:
        raise ValueError("no PRETTY_NAME")
    return match[1].strip("\"' ")


def interfaces_json(text: str) -> tuple[ConsoleInterface, ...]:
    return tuple(
        ConsoleInterface(
            row["ifname"],
            mac=_mac(row.get("address", "")) if row.get("link_type") == "ether" else None,
            addresses=tuple(Address(ip(item["local"]), item["prefixlen"]) for item in row.get("addr_info", ()) if item),
            status=_status(row["operstate"], row["flags"]),
            description=row.get("ifalias", ""),
        )
        for row in _rows_of(text)
        if row
    )


def interfaces_text(text: str) -> tuple[ConsoleInterface, ...]:
    lines = (line for line in text.splitlines() if _IP_ADDR_LINE.match(line))
    fitted = (_NO_STATE.sub(r"\1 state UNKNOWN", _PEER.sub(r"\1\2\3", line)) for line in lines)
    found = rows("linux_ip_address_show", "\n".join(fitted))
    if not found:
        raise ValueError("no interface in it")
    return tuple(
        ConsoleInterface(
            row["interface"].partition("@")[0],
            mac=_mac(row["mac_address"]) if row["type"] == "ether" else None,
            addresses=(
                *_paired(row["ip_addresses"], row["ip_masks"]),
                *_paired(row["ipv6_addresses"], row["ipv6_masks"]),
            ),
            status=_status(row["state"], row["flags"].split(",")),
        )
        for row in found
    )


def interfaces_ifconfig(text: str) -> tuple[ConsoleInterface, ...]:
    """Both forms: `eth0  Link encap:Ethernet` of BusyBox and old net-tools, `eth0: flags=4163<UP,...>` of new ones."""
    starts = list(_IFCONFIG.finditer(text))
    if not starts:
        raise ValueError("no interface in it")
    ends = [*(match.start() for match in starts[1:]), len(text)]
    return tuple(_ifconfig(match["name"], text[match.start() : end]) for match, end in zip(starts, ends, strict=True))


def _ifconfig(name: str, block: str) -> ConsoleInterface:
    found = _IFCONFIG_MAC.search(block)
    four = tuple(address_with_prefix(match["address"], match["mask"]) for match in _IFCONFIG_V4.finditer(block))
    six = tuple(address_with_prefix(match["address"], match["length"]) for match in _IFCONFIG_V6.finditer(block))
    return ConsoleInterface(
        name, mac(found["mac"]) if found else None, four + six, "up" if "RUNNING" in block else "down"
    )


def arp_json(text: str) -> tuple[ArpEntry, ...]:
    return tuple(
        ArpEntry(ip(row["dst"]), mac(row["lladdr"]), row["dev"])
        for row in _rows_of(text)
        if row.get("lladdr") and "FAILED" not in row.get("state", ())
    )


def arp_text(text: str) -> tuple[ArpEntry, ...]:
    lines = [line for line in text.splitlines() if line.strip()]
    if any(not _NEIGHBOR_LINE.match(line) for line in lines):
        raise ValueError("a line that is no neighbour")
    found = (_NEIGHBOR.match(line) for line in lines)
    return tuple(ArpEntry(ip(row["address"]), mac(row["mac"]), row["interface"]) for row in found if row)


def arp_of_kernel(text: str) -> tuple[ArpEntry, ...]:
    """/proc/net/arp; flags 0x0 is an incomplete entry."""
    heading, *lines = text.splitlines()
    if not heading.startswith("IP address"):
        raise ValueError("no heading")
    found = (_KERNEL_ARP.match(line.strip()) for line in lines)
    return tuple(
        ArpEntry(ip(row["address"]), mac(row["mac"]), row["interface"])
        for row in found
        if row and row["flags"] != "0x0"
    )


def routes_json(text: str) -> tuple[Route, ...]:
    return tuple(
        Route(_network(row["dst"], row.get("gateway") or ""), row.get("gateway"), row.get("dev", ""))
        for row in _rows_of(text)
        if row.get("type", "unicast") == "unicast"
    )


def routes_text(text: str) -> tuple[Route, ...]:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not _NOT_A_WAY.match(line.strip())]
    found = []
    for line in lines:
        match = _ROUTE.match(line)
        if match is None:
            raise ValueError("a line that is no route")
        found.append(
            Route(_network(match["network"], match["gateway"] or ""), match["gateway"], match["interface"] or "")
        )
    return tuple(found)


def routes_net_tools(text: str) -> tuple[Route, ...]:
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Destination"))
    found = [line.split() for line in lines[start + 1 :] if line.strip()]
    return tuple(
        Route(
            f"{row[0]}/{address_with_prefix(row[0], row[2]).prefix_length}",
            row[1] if "G" in row[3] else None,
            row[-1],
        )
        for row in found
    )


def ping(text: str, address: str) -> Ping:
    counts, times = _COUNTS.search(text), _TIMES.search(text)
    if counts is None:
        raise ValueError("no count of packets")
    sent, received = int(counts["sent"]), int(counts["received"])
    if times is None:
        return Ping(address, sent, received)
    low, mean, high = (float(times[name]) / 1000 for name in ("low", "mean", "high"))
    return Ping(address, sent, received, low, mean, high)


def _rows_of(text: str) -> list[dict[str, Any]]:
    """The JSON list in the text; kernel messages may stand around it, and very long lines come in pieces."""
    joined = "".join(text.splitlines())
    start, end = joined.find("["), joined.rfind("]")
    if start < 0 or end < 0:
        if not joined.strip():
            return []  # old versions of iproute2 print nothing rather than an empty list
        raise ValueError("no list")
    found = json.loads(joined[start : end + 1])
    if not all(isinstance(row, dict) for row in found):
        raise TypeError("not a list of objects")
    return list(found)


def _paired(addresses: list[str], lengths: list[str]) -> tuple[Address, ...]:
    return tuple(address_with_prefix(one, length) for one, length in zip(addresses, lengths, strict=True))


def _network(text: str, gateway: str) -> str:
    if text == "default":
        return "::/0" if ":" in gateway else "0.0.0.0/0"
    return text if "/" in text else f"{text}/{128 if ':' in text else 32}"


def _mac(text: str) -> str | None:
    return None if text in ("", _UNSET_MAC) else mac(text)


def _status(state: str, flags: list[str]) -> Status:
    """Tunnels, bridges without ports and loopback say UNKNOWN: their flags tell."""
    if state == "UP" or (state == "UNKNOWN" and "UP" in flags and "LOWER_UP" in flags):
        return "up"
    return "down"
