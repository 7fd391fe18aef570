"""To whom does an address belong? Claims of all nodes of a project beside what their neighbours see. Pure.

An address is confirmed where the node's own console shows it, or a neighbour in its segment sees it at a MAC of the
node. It is contradicted, kept, and asked nothing, where a neighbour sees it at another box's MAC, another console in
the segment shows it, or the node's own console does not have it any more. The same address in two segments that are
not connected is no contradiction: labs do that.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from common.application.equipment.values import Belongs, Claim, FoundAddress, Observation, Proof, Source

_SOURCES: tuple[Source, ...] = ("console", "startup", "dhcp", "arp", "earlier")  # the most trustworthy first


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of all nodes. `mates` are those in a common segment, `macs` each node's own with their port.

    `told` are the nodes whose console said which addresses they have: what it does not list, they do not have.
    `resting` ones do not run: what neighbours see of them is a memory, and proves nothing.
    """

    names: Mapping[str, str]
    mates: Mapping[str, Collection[str]]
    macs: Mapping[str, Mapping[str, str]]
    told: Collection[str] = frozenset()
    resting: Collection[str] = frozenset()

    def owner_of(self, mac: str) -> str | None:
        """The only node with this MAC."""
        owners = [node_id for node_id, macs in self.macs.items() if mac in macs]
        return owners[0] if len(owners) == 1 else None


@dataclass(slots=True)
class _Case:
    """One address of one node."""

    claims: list[Claim] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    against: list[str] = field(default_factory=list)


def judge(
    claims: Iterable[Claim], observations: Iterable[Observation], known: Surroundings
) -> dict[str, tuple[FoundAddress, ...]]:
    """The addresses of each node of `known.names`, the most certain first."""
    seen = tuple(dict.fromkeys(observations))
    cases: dict[tuple[str, str], _Case] = defaultdict(_Case)
    for claim in (*claims, *_claims_of(seen, known)):
        cases[claim.node_id, claim.address].claims.append(claim)
    holders = _holders(cases)
    for (node_id, address), case in cases.items():
        _weigh(node_id, address, case, [one for one in seen if one.address == address], holders, known)
    found: dict[str, list[FoundAddress]] = {node_id: [] for node_id in known.names}
    for (node_id, address), case in cases.items():
        one = _found(address, case, known.macs.get(node_id, {}))
        found[node_id].append(replace(one, remark=_remark(node_id, address, cases, known)))
    return {node_id: tuple(sorted(rows, key=_order)) for node_id, rows in found.items()}


def answered_by_another(found: FoundAddress, reason: str) -> FoundAddress:
    """Who asks from the hub reaches another box there. What the node's console or a neighbour has proven stays true:
    a lab may well use addresses of the network around it."""
    return replace(found, belongs="confirmed" if found.proofs else "contradicted", reason=reason)


def proven(found: FoundAddress, proof: Proof) -> FoundAddress:
    proofs = found.proofs if proof in found.proofs else (*found.proofs, proof)
    return replace(found, belongs="confirmed", proofs=proofs, reason="")


def _claims_of(seen: Sequence[Observation], known: Surroundings) -> list[Claim]:
    """An address seen at a node's MAC is that node's, unless it says itself which it has (a router answers ARP for
    others)."""
    made = []
    for one in seen:
        owner = known.owner_of(one.mac)
        if owner is not None and owner not in known.told and one.seen_by in known.mates.get(owner, ()):
            port = known.macs[owner][one.mac]
            made.append(Claim(owner, one.address, one.source, interface=port, mac=one.mac))
    return made


def _holders(cases: Mapping[tuple[str, str], _Case]) -> dict[str, set[str]]:
    """Address -> the nodes whose consoles show it."""
    holders: dict[str, set[str]] = defaultdict(set)
    for (node_id, address), case in cases.items():
        if any(claim.source == "console" for claim in case.claims):
            holders[address].add(node_id)
    return holders


def _remark(node_id: str, address: str, cases: Mapping[tuple[str, str], _Case], known: Surroundings) -> str:
    """Who else has it; every node may have the same loopback and link-local addresses."""
    parsed = ipaddress.ip_address(address)
    if parsed.is_loopback or parsed.is_link_local:
        return ""
    others = sorted(
        other
        for (other, same), case in cases.items()
        if same == address and other != node_id and "its console does not have it" not in case.against
    )
    mates = known.mates.get(node_id, ())
    return "; ".join(
        f"{known.names[other]}, in {'the same' if other in mates else 'another'} segment, has it too"
        for other in others
    )


def _weigh(
    node_id: str,
    address: str,
    case: _Case,
    seen: Iterable[Observation],
    holders: Mapping[str, set[str]],
    known: Surroundings,
) -> None:
    mates, macs = known.mates.get(node_id, ()), known.macs.get(node_id, {})
    if node_id in holders.get(address, ()):
        case.proofs.append("console")
    elif node_id in known.told:
        case.against.append("its console does not have it")
    for other in sorted(holders.get(address, set()) - {node_id}):
        if other in mates:
            case.against.append(f"the console of {known.names[other]}, in the same segment, shows it too")
    for one in seen:
        if one.mac in macs:
            case.proofs += [] if node_id in known.resting else ["mac"]
        elif one.seen_by in mates and one.source == "arp":
            _weigh_sight(one, case, macs, known)


def _weigh_sight(one: Observation, case: _Case, macs: Mapping[str, str], known: Surroundings) -> None:
    """A neighbour sees the address at a MAC that is not the node's."""
    owner = known.owner_of(one.mac)
    if owner is None and not macs:
        return  # nothing to compare it with
    if owner is not None and owner in known.told and "console" in case.proofs:
        return  # what the seer remembers is older than what both consoles say, or a router answers for others
    box = known.names[owner] if owner is not None else "a box that is not known here"
    case.against.append(f"{known.names.get(one.seen_by, 'a neighbour')} sees it at {one.mac}, of {box}")


def _found(address: str, case: _Case, macs: Mapping[str, str]) -> FoundAddress:
    claims = sorted(case.claims, key=lambda claim: _SOURCES.index(claim.source))
    interface = next((claim.interface for claim in claims if claim.interface), "")
    mac = next((claim.mac for claim in claims if claim.mac), "")
    return FoundAddress(
        address=address,
        interface=interface,
        prefix_length=next((claim.prefix_length for claim in claims if claim.prefix_length is not None), None),
        mac=mac or next((mac for mac, port in macs.items() if port == interface), ""),
        sources=tuple(dict.fromkeys(claim.source for claim in claims)),
        belongs=_verdict(case),
        proofs=tuple(dict.fromkeys(case.proofs)),
        reason="; ".join(dict.fromkeys(case.against)),
    )


def _verdict(case: _Case) -> Belongs:
    if case.against:
        return "contradicted"
    return "confirmed" if case.proofs else "unconfirmed"


def _order(found: FoundAddress) -> tuple[int, int, str, bool, str]:
    standing = ("confirmed", "unconfirmed", "contradicted").index(found.belongs)
    return standing, _SOURCES.index(found.sources[0]), found.interface, ":" in found.address, found.address
