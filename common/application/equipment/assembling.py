"""From what was found of a node to its profile: each step says how it went, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api_clients.network.gns3.values import Node, Topology
from common.application.equipment import documents
from common.application.equipment.agents import WITHOUT_AGENT
from common.application.equipment.consoles import TEXT_CONSOLE, target_of, why_no_console
from common.application.equipment.links import link_documents, segment_documents
from common.application.equipment.segments import Segment
from common.application.equipment.startup_files import startup_path
from common.application.equipment.values import Neighbourhood, Problem
from common.application.equipment.work import Work

JsonObject = dict[str, Any]
DIED = "hung_up"  # problem_of HungUp
QUESTIONS_OF_CONFIGURATION = ("running", "startup")


def assemble(
    work: Work, topology: Topology, segments: Sequence[Segment], *, discovered_at: str, agents_offered: bool
) -> JsonObject:
    """The profile. Raises nothing that is not a defect: what could not be found is in the steps."""
    node, agent = work.node, work.agent.answer if work.agent is not None else None
    nodes = {one.node_id: one for one in topology.nodes}
    links = link_documents(node, topology)
    _tell_gns3(work)
    _tell_network(work)
    _tell_validation(work)
    _tell_snmp(work, agents_offered=agents_offered)
    _tell_performance(work)
    _tell_configuration(work)
    _tell_console(work)
    _tell_links(work, segments, nodes)
    work.steps["profile"].details = {"addresses": len(work.addresses), "links": len(links)}
    return {
        "equipment_id": node.node_id,
        "name": node.name,
        "type": node.type,
        "status": node.status,
        "network_info": documents.network_info(node, topology, work.addresses, work.reached),
        "snmp_data": documents.snmp_data(agent),
        "performance": documents.performance(agent),
        "configuration": documents.configurations(work.startup, work.answer).as_document(),
        "console": documents.console_document(node, work.answer, reachable=work.console_reachable),
        "links": links,
        "discovery": {
            "status": work.steps.outcome(),
            "steps": work.steps.as_documents(),
            "discovered_at": discovered_at,
            "stale": False,
            "stale_reason": "",
        },
    }


def unread_parts(work: Work) -> frozenset[str]:
    """What could not be looked at now, so that its absence is no change."""
    parts = set()
    if work.answer is None:
        parts |= {"console", "configuration"} if work.node.console_type == TEXT_CONSOLE else set()
    if work.agent is None or (work.agent.answer is None and work.agent.problems):
        parts.add("snmp")
    return frozenset(parts)


def _tell_gns3(work: Work) -> None:
    node = work.node
    work.steps["gns3"].details = {
        "compute_id": node.compute_id,
        "template_id": node.template_id,
        "ports": [
            {"name": port.name, "adapter": port.adapter_number, "port": port.port_number, "mac": port.mac}
            for port in node.ports
        ],
    }


def _tell_network(work: Work) -> None:
    step = work.steps["network"]
    step.details = {
        "addresses": documents.address_documents(work.addresses),
        "sources": {
            "startup": _state(work.startup is not None, work.startup_problem),
            "console": _console_state(work),
            "neighbours": _state(
                isinstance(work.neighbourhood, Neighbourhood),
                work.neighbourhood if isinstance(work.neighbourhood, Problem) else None,
            ),
        },
    }
    if isinstance(work.neighbourhood, Neighbourhood) and work.neighbourhood.why_no_pings:
        step.details["no_pings"] = work.neighbourhood.why_no_pings
    if work.startup_problem is not None:
        step.lack(work.startup_problem)
    for question in ("interfaces",):
        if work.answer is not None and question in work.answer.problems:
            step.lack(work.answer.problems[question])
    if isinstance(work.console, Problem):
        step.lack(work.console)
    if isinstance(work.neighbourhood, Problem):
        step.lack(work.neighbourhood)
    elif work.neighbourhood is not None:
        for question, problem in work.neighbourhood.problems.items():
            if problem.code not in {"not_supported", "command_refused"}:
                step.lack(Problem(problem.code, f"{question}: {problem.message}"))
    if step.status == "partial" and not work.addresses and work.startup is None and not work.told_addresses:
        step.status = "failed"
    if step.status == "succeeded" and not work.addresses and startup_path(work.node) is None and work.console is None:
        step.skip(why_no_console(work.node))


def _console_state(work: Work) -> str:
    if isinstance(work.console, Problem):
        return "failed"
    return "read" if work.told_addresses else "none"


def _state(read: bool, problem: Problem | None) -> str:
    return "failed" if problem is not None else "read" if read else "none"


def _tell_validation(work: Work) -> None:
    step = work.steps["validation"]
    if not work.addresses:
        step.skip("no address was found")
        return
    by_verdict = {
        verdict: [found.address for found in work.addresses if found.belongs == verdict]
        for verdict in ("confirmed", "unconfirmed", "contradicted")
    }
    step.details = {
        **by_verdict,
        "contradictions": {found.address: found.reason for found in work.addresses if found.reason},
        "remarks": {found.address: found.remark for found in work.addresses if found.remark},
    }
    for found in work.addresses:
        if "in the same segment" in found.remark:
            step.lack(Problem("address_conflict", f"{found.address}: {found.remark}"))
    for found in work.addresses:
        if found.reason:
            code = "not_its_own" if found.belongs == "contradicted" else "answered_by_another"
            step.lack(Problem(code, f"{found.address}: {found.reason}"))


def _tell_snmp(work: Work, *, agents_offered: bool) -> None:
    step, report = work.steps["snmp"], work.agent
    if report is None:
        step.skip(why_not_asked(work, agents_offered=agents_offered))
        return
    for address, said in report.refused.items():
        step.lack(Problem("other_box", f"{address}: {said}"))
    if report.answer is not None:
        step.details = {
            "address": report.answer.address,
            "device_id": report.answer.device_id,
            "inventory": report.answer.outcome,
        }
        for what in report.answer.incomplete:
            step.lack(Problem("incomplete", what))
        return
    for address, problem in report.problems.items():
        step.fail(
            Problem(
                problem.code, f"{address}: {problem.message}" if address not in problem.message else problem.message
            )
        )
    if step.status != "failed":
        step.status = "failed"


def why_not_asked(work: Work, *, agents_offered: bool) -> str:
    if work.node.type in WITHOUT_AGENT:
        return f"{work.node.type} has no SNMP agent"
    if not agents_offered:
        return "no module offers network_management.profile_equipment"
    if work.node.status != "started":
        return f"it is {work.node.status}"
    return "no address of it is known that may be asked"


def _tell_performance(work: Work) -> None:
    step = work.steps["performance"]
    if work.agent is None or work.agent.answer is None:
        step.skip("only SNMP tells it, and nothing answered" if work.agent is not None else work.steps["snmp"].reason)


def _tell_configuration(work: Work) -> None:
    step = work.steps["configuration"]
    if work.startup_problem is not None:
        step.lack(work.startup_problem)
    problems = work.answer.problems if work.answer is not None else {}
    for question in QUESTIONS_OF_CONFIGURATION:
        if question in problems and problems[question].code != "not_supported":
            step.lack(Problem(problems[question].code, f"{question}: {problems[question].message}"))
    if isinstance(work.console, Problem):
        step.lack(work.console)
    nothing = work.startup is None and (work.answer is None or work.answer.running is None)
    if step.status == "partial" and nothing:
        step.status = "failed"
    elif step.status == "succeeded" and nothing:
        step.skip("it keeps none that can be read" if target_of(work.node) is None else "its console tells none")


def _tell_console(work: Work) -> None:
    step = work.steps["console"]
    if isinstance(work.console, Problem) and work.console.code != DIED:
        step.fail(work.console)
    elif work.console is None and target_of(work.node) is None:
        step.skip(why_no_console(work.node))
    if work.answer is not None:
        step.details = {"masked_secrets": work.answer.running_masked}
        for question in ("hostname", "system"):
            if question in work.answer.problems and work.answer.problems[question].code not in {"not_supported", DIED}:
                step.lack(work.answer.problems[question])
    if (died := _death(work)) is not None:
        step.fail(Problem("console_died", f"the node's console died while it was asked: {died.message}"))


def _death(work: Work) -> Problem | None:
    """What the first question after which the console was gone says of it."""
    said: list[Problem] = []
    for told in (work.console, work.neighbourhood):
        if told is not None:
            said += [told] if isinstance(told, Problem) else told.problems.values()
    return next((problem for problem in said if problem.code == DIED), None)


def _tell_links(work: Work, segments: Sequence[Segment], nodes: Mapping[str, Node]) -> None:
    work.steps["links"].details = {"segments": segment_documents(work.node, segments, nodes)}
