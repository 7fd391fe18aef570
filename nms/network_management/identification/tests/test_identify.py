"""What is asked of a device, and what stands when it does not answer all of it."""

from api_clients.domain.errors import Unreachable
from api_clients.network.snmp.recorded import RecordedSession
from api_clients.network.snmp.values import System
from nms.network_management.identification import identify

ENTERPRISES = "1.3.6.1.4.1."
EQUALLOGIC = System("EqualLogic", f"{ENTERPRISES}12740.1", None, "", "", "")
NETAPP = System("NetApp Release 9.8: Tue", f"{ENTERPRISES}789.2.5", None, "", "", "")
MODEL, SERIAL_COLUMN = f"{ENTERPRISES}789.1.1.5.0", f"{ENTERPRISES}789.1.25.2.1.6"


async def test_one_request_brings_the_scalars_and_one_more_each_column():
    session = RecordedSession({MODEL: b"FAS2750", f"{SERIAL_COLUMN}.7": b"621"})
    found = await identify(session, NETAPP, ())
    assert (found.os, found.model, found.version, found.serial) == ("netapp", "FAS2750", "9.8", "621")
    assert session.requests == 2


async def test_a_column_that_cannot_be_read_does_not_cost_the_scalars():
    session = RecordedSession({MODEL: b"FAS2750"}, failing={SERIAL_COLUMN: Unreachable("silent")})
    found = await identify(session, NETAPP, ())
    assert (found.os, found.model, found.serial) == ("netapp", "FAS2750", "")


async def test_without_any_answer_the_system_group_still_tells():
    session = RecordedSession({}, failing={"1.3": Unreachable("silent")})
    found = await identify(session, NETAPP, ())
    assert (found.os, found.vendor, found.version, found.model) == ("netapp", "NetApp", "9.8", "")


async def test_the_object_after_an_empty_column_is_not_taken_for_its_first():
    found = await identify(RecordedSession({f"{ENTERPRISES}12740.9.1": b"other"}), EQUALLOGIC, ())
    assert (found.os, found.version) == ("equallogic", "")
