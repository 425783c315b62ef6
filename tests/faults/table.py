"""The report as a table in Markdown."""

from collections.abc import Iterator

from tests.faults.campaign import Report


def lines(report: Report) -> Iterator[str]:
    """Yield the tables: faults, invariants, and, where it was watched, memory."""
    yield "| Fault | Times | Lasted (s) | Ready again (s, worst) | Failures |"
    yield "|---|---|---|---|---|"
    for one in report.outcomes:
        if one.lasted:
            lasted, back = f"{max(one.lasted):.1f}", f"{max(one.recovered):.1f}"
        else:
            lasted = back = "–"
        yield f"| {one.kind} | {len(one.lasted)} | {lasted} | {back} | {'; '.join(one.failures) or 'none'} |"
    yield ""
    yield "| Invariant | Violations | Counted |"
    yield "|---|---|---|"
    for finding in report.findings:
        examples = f" such as {', '.join(finding.examples)}" if finding.examples else ""
        yield f"| {finding.name} | {finding.violations} | {finding.counted}{examples} |"
    if report.memory:
        began = report.memory[0][0]
        yield ""
        yield "| Minute | Resident (MB) | Threads |"
        yield "|---|---|---|"
        for at, kilobytes, threads in report.memory[:: max(1, len(report.memory) // 12)]:
            yield f"| {(at - began) / 60:.1f} | {kilobytes / 1024:.1f} | {threads} |"
