"""Debian's Chromium, and what is asked of every page in it."""

from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# WCAG 2.2, 1.4.3, for text of ordinary size
CONTRAST_MIN = 4.5

_CONTRASTS = """() => {
  const channels = (colour) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let node = element; node; node = node.parentElement) {
      const colour = channels(getComputedStyle(node).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return [255, 255, 255, 1];
  };
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim());
    const decoration = element.closest("[aria-hidden=true], title, noscript, option");
    if (!own || decoration || !element.checkVisibility()) continue;
    const a = luminance(channels(getComputedStyle(element).color));
    const b = luminance(behind(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([Math.round(ratio * 100) / 100, element.className || element.tagName]);
  }
  return found.sort((x, y) => x[0] - y[0]);
}"""


def press(button: Locator) -> None:
    """Press what leads to another page, and wait until that page is there as a whole.

    A click is done once the other page has begun to arrive. Who looks then finds a document
    without an element in it, or with half a table.
    """
    with button.page.expect_navigation():
        button.click()


def width_of(page: Page) -> int:
    """How wide the whole page is, in pixels, what lies outside the window with it."""
    page.wait_for_load_state()
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


def faint_texts(page: Page) -> list[Any]:
    """The contrasts of visible texts with what is painted behind them, of those that are too low.

    Each with the class of its element, the lowest first.
    """
    page.wait_for_load_state()
    contrasts: list[Any] = page.evaluate(_CONTRASTS)
    assert contrasts, f"{page.url} has no text"
    return [found for found in contrasts if found[0] < CONTRAST_MIN]


def complaints_of(context: BrowserContext) -> list[str]:
    """What the console says from now on, violations of the policy among it."""
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text) if message.type in {"error", "warning"} else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))

    context.on("page", listen)
    return complaints
