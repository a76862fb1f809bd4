"""What sessions are called: the browser in words, whatever it says of itself."""

import pytest

from vostok.entrypoints.pages.browsers import OTHER_CHARACTERS_MAX, UNKNOWN, browser_of

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = "Chrome/126.0.0.0 Safari/537.36"
MACINTOSH = "Macintosh; Intel Mac OS X 10_15_7"
IPHONE = "iPhone; CPU iPhone OS 17_5 like Mac OS X"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("(X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128 on Linux"),
        ("(Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0", "Firefox 130 on Android"),
        (f"({MACINTOSH}) {WEBKIT} Version/17.4 Safari/605.1.15", "Safari 17 on macOS"),
        (f"({IPHONE}) {WEBKIT} Version/17.5 Mobile/15E148 Safari/604.1", "Safari 17 on iPhone"),
        (f"(Windows NT 10.0; Win64; x64) {WEBKIT} {CHROME}", "Chrome 126 on Windows"),
        (f"(Windows NT 10.0; Win64; x64) {WEBKIT} {CHROME} Edg/126.0.1.0", "Edge 126 on Windows"),
        (f"(X11; Linux x86_64) {WEBKIT} Headless{CHROME}", "Chromium 126 on Linux"),
        ("python-httpx/0.27.0", "python-httpx/0.27.0"),
        ("", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_browser_and_its_system_are_said_in_words(agent: str | None, words: str) -> None:
    assert browser_of(agent) == words


@pytest.mark.parametrize("agent", ["x" * 100_000, "Firefox/" * 50_000, f"Firefox/{'9' * 50_000}"])
def test_what_it_calls_itself_is_said_shortly_however_long_it_is(agent: str) -> None:
    assert len(browser_of(agent)) <= OTHER_CHARACTERS_MAX
