"""What devices print, read: the forms that the recordings of the simulator do not hold."""

from __future__ import annotations

import contextlib

import pytest

from api_clients.network.console.addressing import address_with_prefix, mac
from api_clients.network.console.dialects import dialect_of_prompt, dialect_of_type, linux_answers, mikrotik, vpcs
from api_clients.network.console.values import ArpEntry, Ping, Route


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("PC1> ", "vpcs"),
        ("VPCS[1]> ", "vpcs"),
        ("R1#", "cisco"),
        ("R1>", "cisco"),
        ("ESW1(config-if)#", "cisco"),
        ("switch# ", "cisco"),
        ("RP/0/0/CPU0:ios#", "cisco"),
        ("[admin@MikroTik] > ", "mikrotik"),
        ("[admin@core switch] /ip/address> ", "mikrotik"),
        ("[admin@MikroTik] /interface<SAFE> ", "mikrotik"),
        ("root@vmx1> ", "juniper"),
        ("ada@vmx1# ", "juniper"),
        ("root@box:~# ", "linux"),
        ("ada@box:/var/log$ ", "linux"),
        ("[root@box ~]# ", "linux"),
        ("bash-5.1# ", "linux"),
        ("/ # ", "linux"),
        ("~ # ", "linux"),
        ("# ", "linux"),
        ("$ ", "linux"),
        ("localhost:~# ", "linux"),
        ("(venv) ada@box:~$ ", "linux"),
        ("", None),
        ("Password: ", None),
        ("box login: ", None),
        ("PC1> show", None),
        ("R1#show ip", None),
        ("64 bytes from 10.0.0.1", None),
        ("> ", None),
    ],
)
def test_a_prompt_tells_its_dialect(line: str, name: str | None) -> None:
    found = dialect_of_prompt(line, None)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("device_type", "name"),
    [("vpcs", "vpcs"), ("IOU", "cisco"), ("dynamips", "cisco"), ("docker", "linux"), ("qemu", None), ("", None)],
)
def test_the_types_of_gns3_lead_to_dialects(device_type: str, name: str | None) -> None:
    found = dialect_of_type(device_type)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("text", "mask", "written"),
    [
        ("10.0.0.1/24", None, "10.0.0.1/24"),
        ("10.0.0.1/255.255.255.0", None, "10.0.0.1/24"),
        ("10.0.0.1", "255.255.252.0", "10.0.0.1/22"),
        ("10.0.0.1", 30, "10.0.0.1/30"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("FE80::1%eth0", "64", "fe80::1/64"),
    ],
)
def test_addresses_are_canonical(text: str, mask: str | int | None, written: str) -> None:
    assert str(address_with_prefix(text, mask)) == written


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.1/33", "10.0.0.1/255.0.255.0", "unassigned"])
def test_what_is_no_address_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        address_with_prefix(text)


@pytest.mark.parametrize("text", ["0050.7966.6800", "00:50:79:66:68:00", "00-50-79-66-68-00", "005079666800"])
def test_hardware_addresses_are_canonical(text: str) -> None:
    assert mac(text) == "00:50:79:66:68:00"


# --- Linux ---

OLD_IFCONFIG = """\
eth0      Link encap:Ethernet  HWaddr 02:42:5E:0F:0A:00
          inet addr:10.0.0.3  Bcast:10.0.0.255  Mask:255.255.255.0
          inet6 addr: fe80::42:5eff:fe0f:a00/64 Scope:Link
          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1

lo        Link encap:Local Loopback
          inet addr:127.0.0.1  Mask:255.0.0.0
          UP LOOPBACK RUNNING  MTU:65536  Metric:1
"""
NEW_IFCONFIG = """\
eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet 10.0.0.3  netmask 255.255.255.0  broadcast 10.0.0.255
        inet6 fe80::42:5eff:fe0f:a00  prefixlen 64  scopeid 0x20<link>
        ether 02:42:5e:0f:0a:00  txqueuelen 1000  (Ethernet)

lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536
        inet 127.0.0.1  netmask 255.0.0.0
        loop  txqueuelen 1000  (Local Loopback)
"""


@pytest.mark.parametrize("text", [OLD_IFCONFIG, NEW_IFCONFIG])
def test_both_forms_of_ifconfig_say_the_same(text: str) -> None:
    eth0, lo = linux_answers.interfaces_ifconfig(text)
    assert (eth0.name, eth0.mac, eth0.status) == ("eth0", "02:42:5e:0f:0a:00", "up")
    assert list(map(str, eth0.addresses)) == ["10.0.0.3/24", "fe80::42:5eff:fe0f:a00/64"]
    assert (lo.name, lo.mac, list(map(str, lo.addresses))) == ("lo", None, ["127.0.0.1/8"])


def test_text_of_ip_addr_with_peers_bridges_and_busyboxs_missing_state() -> None:
    ppp, eth, down = linux_answers.interfaces_text(
        "3: ppp0: <POINTOPOINT,MULTICAST,UP,LOWER_UP> mtu 1492 qdisc fq_codel state UNKNOWN group default qlen 3\n"
        "    link/ppp \n"
        "    inet 10.9.0.2 peer 10.9.0.1/32 scope global ppp0\n"
        "4: eth1@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast master br0 qlen 1000\n"
        "    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netnsid 0\n"
        "    altname enp0s9\n"
        "5: eth2: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc pfifo_fast state DOWN qlen 1000\n"
        "    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff\n"
    )
    assert (ppp.name, ppp.mac, list(map(str, ppp.addresses)), ppp.status) == ("ppp0", None, ["10.9.0.2/32"], "up")
    assert (eth.name, eth.mac, eth.status) == ("eth1", "02:00:00:00:00:01", "up")
    assert (down.name, down.status) == ("eth2", "down")


@pytest.mark.parametrize("text", ["", "[", "{}", "[1]", '[{"ifname": "eth0"}]', "Usage: ip", '["a" 1]'])
def test_json_that_is_not_of_ip_addr_is_unreadable_or_empty(text: str) -> None:
    with contextlib.suppress(ValueError, LookupError, TypeError):
        assert linux_answers.interfaces_json(text) == ()


def test_neighbours_that_did_not_answer_are_left_out() -> None:
    text = "10.0.0.1 dev eth0 lladdr 02:fc:00:00:00:05 used 0/0/0 probes 1 STALE\nfd00::1 dev eth0  FAILED\n"
    assert linux_answers.arp_text(text) == (ArpEntry("10.0.0.1", "02:fc:00:00:00:05", "eth0"),)
    kernel = (
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "10.0.0.1         0x1         0x2         02:fc:00:00:00:05     *        eth0\n"
        "10.0.0.9         0x1         0x0         00:00:00:00:00:00     *        eth0\n"
    )
    assert linux_answers.arp_of_kernel(kernel) == (ArpEntry("10.0.0.1", "02:fc:00:00:00:05", "eth0"),)


def test_routes_of_all_three_programs_say_the_same() -> None:
    routes = (Route("0.0.0.0/0", "10.0.0.254", "eth0"), Route("10.0.0.0/24", None, "eth0"))
    assert (
        linux_answers.routes_text(
            "default via 10.0.0.254 dev eth0 \n10.0.0.0/24 dev eth0 proto kernel scope link  src 10.0.0.3 \n"
            "unreachable 10.66.0.0/16 dev lo metric 1024\n"
        )
        == routes
    )
    assert (
        linux_answers.routes_net_tools(
            "Kernel IP routing table\n"
            "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n"
            "0.0.0.0         10.0.0.254      0.0.0.0         UG    0      0        0 eth0\n"
            "10.0.0.0        0.0.0.0         255.255.255.0   U     0      0        0 eth0\n"
        )
        == routes
    )
    assert (
        linux_answers.routes_json(
            '[{"dst":"default","gateway":"10.0.0.254","dev":"eth0"},{"dst":"10.0.0.0/24","dev":"eth0"},'
            '{"type":"unreachable","dst":"10.66.0.0/16","dev":"lo"}]'
        )
        == routes
    )


# --- RouterOS ---


def test_flags_of_a_terse_list_may_stand_apart_and_values_hold_spaces() -> None:
    found = mikrotik._interfaces(
        " 0  R  name=ether1 default-name=ether1 type=ether mac-address=12:34:56:78:90:AA link-downs=0\n"
        " 1 D S comment=to core 1 name=a b c type=vlan mtu=1500 mac-address=12:34:56:78:90:AB\n"
        "10 DXS name=off type=vlan mac-address=12:34:56:78:90:AC\n"
        "11 R  ;;; old way of comments name=br type=bridge\n"
    )
    assert [(item.name, item.status, item.description) for item in found] == [
        ("ether1", "up", ""),
        ("a b c", "down", "to core 1"),
        ("off", "down", ""),
        ("br", "up", ""),
    ]


def test_routes_with_several_gateways_or_an_interface_for_one() -> None:
    assert mikrotik._routes(
        " 0 A S  dst-address=0.0.0.0/0 gateway=10.0.0.1,10.0.0.2 gateway-status=10.0.0.1 reachable via  ether1\n"
        " 1   As dst-address=10.9.0.0/16 routing-table=main gateway=10.0.0.1 immediate-gw=10.0.0.1%ether1 distance=1\n"
        " 2   DAc dst-address=10.0.0.0/24 gateway=ether1 immediate-gw=ether1 distance=0\n"
        " 3  DS  dst-address=0.0.0.0/0 gateway=pppoe-out1 distance=100\n"
    ) == (
        Route("0.0.0.0/0", "10.0.0.1", ""),
        Route("10.9.0.0/16", "10.0.0.1", "ether1"),
        Route("10.0.0.0/24", None, "ether1"),
    )


@pytest.mark.parametrize(
    ("text", "seconds"), [("353us", 353e-6), ("1ms353us", 1.353e-3), ("1s200ms", 1.2), ("0ms", 0.0)]
)
def test_times_of_routeros(text: str, seconds: float) -> None:
    assert mikrotik._seconds(text) == pytest.approx(seconds)


# --- VPCS ---


@pytest.mark.parametrize(
    ("text", "received"),
    [
        ("84 bytes from 10.0.0.2 icmp_seq=1 ttl=64 time=0.155 ms\n10.0.0.2 icmp_seq=2 timeout\n", 1),
        ("10.0.0.2 icmp_seq=1 ttl=64 time=0.058 ms\n10.0.0.2 icmp_seq=2 ttl=64 time=0.2 ms\n", 2),
        ("*10.0.0.254 icmp_seq=1 ttl=255 time=0.5 ms (ICMP type:3, code:1, Destination host unreachable)\n", 0),
        ("host (10.0.0.2) not reachable\n", 0),
    ],
)
def test_only_answers_of_the_address_itself_count(text: str, received: int) -> None:
    found = vpcs._ping(text, "10.0.0.2", 2)
    assert isinstance(found, Ping)
    assert (found.sent, found.received, found.success) == (2, received, received > 0)
