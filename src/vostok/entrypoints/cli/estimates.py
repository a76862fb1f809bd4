"""How estimates are shown to people."""

from typing import Annotated, Final

import typer

from vostok.client.messages import DerivationPlan, Estimate, Prediction, Spread
from vostok.domain.counting import counted
from vostok.entrypoints.cli.output import Column, Output, bytes_text

CHAIN_SHOWN_MAX: Final = 12
MINUTES_PER_HOUR: Final = 60
HOURS_SHOWN_EXACTLY: Final = 100

Builders = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Builders of each architecture; by default those that are known."
    ),
]


def show_estimate(output: Output, estimate: Estimate) -> None:
    """What builds will take: sizes, hours, and the chain that bounds them."""
    if not estimate["sources"]:
        output.fields([("builds", estimate["sentence"])])
        return
    builders = ", ".join(f"{count} of {name}" for name, count in estimate["builders"].items())
    builds = ", ".join(f"{count} for {name}" for name, count in estimate["builds"].items())
    path = estimate["critical_path"]
    output.fields(
        [
            ("sources", str(estimate["sources"])),
            ("builds", builds),
            ("pool", bytes_text(estimate["pool_bytes"])),
            ("logs", bytes_text(estimate["log_bytes"])),
            ("machine time", _spread_text(estimate["machine_hours"])),
            ("builders", builders),
            ("done after", _spread_text(estimate["hours"])),
            ("critical path", f"{_spread_text(path['hours'])}: {_chain_text(estimate)}"),
            ("basis", estimate["sentence"]),
        ]
    )


def show_derivation(output: Output, plan: DerivationPlan) -> None:
    """What an archive would be, and what building it would take."""
    parents = ", ".join(f"{p['archive']}/{p['suite']} at {p['number']}" for p in plan["parents"])
    taken = counted(plan["taken"], "source")
    output.heading(f"{plan['name'] or 'an archive'} would be derived; nothing is stored")
    output.fields(
        [
            ("parents", parents),
            ("suite", plan["suite"]),
            ("architectures", ", ".join(plan["architectures"])),
            ("selection", plan["selection"]),
            ("taken", f"{taken}, {bytes_text(plan['parent_bytes'])} with binaries"),
            ("mode", plan["mode"]),
            ("tag", plan["tag"] or ""),
            ("seen by", "who has a right on it" if plan["is_private"] else "everybody"),
        ]
    )
    for warning in plan["notes"]:
        output.note(f"warning: {warning}")
    output.heading("\nbuilding all of it would take" if plan["mode"] == "full" else "\nbuilds")
    show_estimate(output, plan["estimate"])


def show_prediction(output: Output, prediction: Prediction) -> None:
    """What was expected of a campaign beside what it took so far."""
    predicted, actual = prediction["predicted"], prediction["actual"]
    if predicted is None:
        return
    output.text("")
    output.table(
        [
            Column(title="ESTIMATE"),
            Column(title="P50", kind="number"),
            Column(title="P90", kind="number"),
            Column(title="SO FAR", kind="number"),
        ],
        [
            _times("machine time", predicted["machine_hours"], actual["machine_hours"]),
            _times("duration", predicted["hours"], actual["hours"]),
            _sizes("pool", predicted["pool_bytes"], actual["pool_bytes"]),
            _sizes("logs", predicted["log_bytes"], actual["log_bytes"]),
        ],
    )


def _times(name: str, predicted: Spread, actual: float) -> list[str]:
    return [name, *(_hours_text(hours) for hours in (predicted["p50"], predicted["p90"], actual))]


def _sizes(name: str, predicted: int, actual: int) -> list[str]:
    return [name, bytes_text(predicted), "", bytes_text(actual)]


def _chain_text(estimate: Estimate) -> str:
    links = [link["source"] for link in estimate["critical_path"]["sources"]]
    shown = " → ".join(links[:CHAIN_SHOWN_MAX])
    left = len(links) - CHAIN_SHOWN_MAX
    return f"{shown} → {left} more" if left > 0 else shown


def _spread_text(hours: Spread) -> str:
    return f"{_hours_text(hours['p50'])} (p50) to {_hours_text(hours['p90'])} (p90)"


def _hours_text(hours: float) -> str:
    if hours < 1:
        return f"{hours * MINUTES_PER_HOUR:.1f} min"
    return f"{hours:.1f} h" if hours < HOURS_SHOWN_EXACTLY else f"{hours:.0f} h"
