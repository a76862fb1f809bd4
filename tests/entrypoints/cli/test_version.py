"""`vostok version explain`: what it asks, and what people and programs see."""

import json

from tests.entrypoints.cli.canned import CommandLine

PROOF = {
    "archive": "trial",
    "source": "hello",
    "scheme": "vendor",
    "vendor": "zed",
    "purpose": "binary-only",
    "source_version": "1.2-3",
    "present": ["1.2-3", "1.2-3+b1"],
    "base": "1.2-3+b1",
    "rebuild_no": 4,
    "version": "1.2-3+b1zed1",
    "result": "refused",
    "sentence": "1.2-3+b1zed1 is above 1.2-3+b1kali1, a vendor's change as the parent has",
    "comparisons": [
        {
            "what": "the binaries that are there",
            "version": "1.2-3+b1",
            "order": "above",
            "level": "must",
            "result": "holds",
        },
        {
            "what": "the parent's next binNMU",
            "version": "1.2-3+b2",
            "order": "below",
            "level": "must",
            "result": "holds",
        },
    ],
}


def test_a_proof_is_a_table_of_what_the_version_is_compared_with(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives/trial/versions/hello", PROOF)

    ran = vostok.run("version", "explain", "trial", "hello")

    assert ran.code == 0
    assert "present  1.2-3, 1.2-3+b1\n" in ran.stdout
    assert "result   refused\n" in ran.stdout
    assert "because  1.2-3+b1zed1 is above 1.2-3+b1kali1" in ran.stdout
    assert "ORDER  VERSION   WHAT                         LEVEL  RESULT\n" in ran.stdout
    assert "below  1.2-3+b2  the parent's next binNMU     must   holds\n" in ran.stdout


def test_programs_get_the_whole_proof(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives/trial/versions/hello", PROOF)

    ran = vostok.run(
        *("version", "explain", "trial", "hello", "--base", "1.2-3+b1", "--scheme", "vendor"),
        *("--vendor", "zed", "--json"),
    )

    assert json.loads(ran.stdout) == PROOF
