"""What is to be known of the versions of builds: one line for each source that has a warning."""

from collections.abc import Iterable

from vostok.entrypoints.cli.output import Column, Output


def show_warnings(output: Output, builds: Iterable[tuple[str, str]]) -> None:
    """A table of those of (source, warning or "") that have one; nothing without any."""
    warned = {source: warning for source, warning in builds if warning}
    if not warned:
        return
    output.heading(f"\n{len(warned)} source{'s' if len(warned) > 1 else ''} with a warning")
    output.table(
        [Column(title="SOURCE"), Column(title="WARNING")],
        [[source, warning] for source, warning in sorted(warned.items())],
    )
