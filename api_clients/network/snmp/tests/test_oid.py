import pytest

from api_clients.network.snmp.oid import InvalidOid, arcs_of, checked_oid, follows, is_within


@pytest.mark.parametrize("oid", ["1.3", "1.3.6.1.2.1.1.1.0", "0.0", "2.999.3", "1.3.6.1.4.4294967295", "1.39"])
def test_a_well_formed_oid_is_returned_as_it_is(oid):
    assert checked_oid(oid) == oid


def test_a_leading_dot_as_net_snmp_prints_it_is_dropped():
    assert checked_oid(".1.3.6.1") == "1.3.6.1"


@pytest.mark.parametrize(
    "oid",
    [
        "",
        ".",
        "1",
        "..1.3",
        "1.3.",
        "1..3",
        "1.3.x",
        "1.3.-1",
        "1.3.6 ",
        " 1.3.6",
        "1.3.6\n",
        "sysDescr.0",
        "1.3.06",
        "3.1",
        "1.40",
        "1.3.4294967296",
        "1.3.99999999999999999999",
        "1.3." + ".".join(["1"] * 127),
        "\u0661.\u0663",
        None,
        136,
        b"1.3.6",
    ],
)
def test_what_is_no_oid_is_refused_with_a_value_error_that_quotes_it(oid):
    with pytest.raises(InvalidOid) as refused:
        checked_oid(oid)
    assert isinstance(refused.value, ValueError)
    assert repr(oid) in str(refused.value)


def test_the_longest_oid_that_snmp_carries_passes():
    assert checked_oid("1.3." + ".".join(["1"] * 126)).count(".") == 127


def test_order_is_by_numbers_and_not_by_text():
    assert follows("1.3.6.10", "1.3.6.9")
    assert follows("1.3.6.1.1", "1.3.6.1")
    assert follows("1.3.7", "1.3.6.4294967295")
    assert not follows("1.3.6.9", "1.3.6.10")
    assert not follows("1.3.6.1", "1.3.6.1")
    assert not follows("1.3.6.1", "1.3.6.1.1")
    assert arcs_of("1.3.6.10") == (1, 3, 6, 10)


def test_a_subtree_contains_itself_and_what_is_below_but_not_its_neighbours():
    assert is_within("1.3.6.1.2", "1.3.6.1.2")
    assert is_within("1.3.6.1.2.5", "1.3.6.1.2")
    assert not is_within("1.3.6.1.22", "1.3.6.1.2")
    assert not is_within("1.3.6.1", "1.3.6.1.2")
