"""axe-core, which finds what keeps people with disabilities out of a page."""

import sys
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

SCRIPT: Final = Path(sys.prefix, "npm", "node_modules", "axe-core", "axe.min.js")
"""Put there by scripts/setup test, from tests/npm/package-lock.json."""
_RUN: Final = """async (rules) => {
  const chosen = rules.length ? { runOnly: rules } : {};
  const found = await axe.run(document, { resultTypes: ["violations"], ...chosen });
  return found.violations.map((violation) => ({
    rule: violation.id,
    help: violation.help,
    at: violation.nodes.slice(0, 5).map((node) => node.target.join(" ") + ": " + node.html),
  }));
}"""


def violations(page: Page, *rules: str) -> list[dict[str, Any]]:
    """The rules of axe-core, or of those that are named, that a page breaks, and where it does.

    It is evaluated from outside, so that the page's own policy for scripts stays as it is.
    """
    page.wait_for_load_state()
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(SCRIPT.read_text())
    found: list[dict[str, Any]] = page.evaluate(_RUN, list(rules))
    return found
