"""Proofs of versions that people look at: the very ones that decide about rebuilds."""

import pytest
from tests.later_versions import is_lower
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.documents import VersionProofView
from vostok.domain.rebuild_version.schemes import Purpose, VersionScheme
from vostok.errors import InvalidInputError, NotFoundError
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.versions.explaining import ProofRequest, VersionExplanations


@pytest.fixture
def explanations(derived: Installation) -> VersionExplanations:
    return VersionExplanations(derived.database)


def results(proof: VersionProofView) -> dict[str, str]:
    """Version -> what came of its comparison."""
    return {line["version"]: line["result"] for line in proof["comparisons"]}


def test_the_version_is_the_one_that_a_rebuild_gets(
    derived: Installation, explanations: VersionExplanations
) -> None:
    plan = derived.rebuilding.plan(
        ADMINISTRATOR, RebuildRequest(archive="trial", selection="all", reason="a test")
    )

    proofs = {
        build.source: explanations.explain(
            ADMINISTRATOR, ProofRequest(archive="trial", source=build.source)
        )
        for build in plan.accepted
    }

    assert proofs
    assert {build.version for build in plan.accepted if build.source == "hello"} == {
        proofs["hello"]["version"]
    }
    assert all(proofs[build.source]["version"] == build.version for build in plan.accepted)


def test_every_comparison_says_what_apt_says(explanations: VersionExplanations) -> None:
    for scheme, vendor in ((VersionScheme.SAFE, ""), (VersionScheme.VENDOR, "zed")):
        for purpose in Purpose:
            proof = explanations.explain(
                ADMINISTRATOR,
                ProofRequest(
                    archive="trial", source="hello", base="1.2-3+b1", scheme=scheme,
                    vendor=vendor, purpose=purpose,
                ),
            )  # fmt: skip

            for line in proof["comparisons"]:
                pair = (line["version"], proof["version"])
                is_right = is_lower(*(pair if line["order"] == "above" else pair[::-1]))
                assert is_right == (line["result"] == "holds"), line


def test_a_supposed_base_is_proved_without_the_source(explanations: VersionExplanations) -> None:
    proof = explanations.explain(
        ADMINISTRATOR,
        ProofRequest(archive="trial", source="gcc-99", base="1.2-3+b1", purpose=Purpose.CHANGED),
    )

    assert (proof["source_version"], proof["base"]) == ("1.2-3", "1.2-3+b1")
    assert proof["present"] == ["1.2-3", "1.2-3+b1"]
    assert proof["version"] == "1.2-3+c0trial1"
    assert results(proof)["1.2-3+b2"] == "on purpose"
    assert proof["result"] == "warned"


def test_a_refusal_names_what_would_be_beaten(explanations: VersionExplanations) -> None:
    proof = explanations.explain(
        ADMINISTRATOR,
        ProofRequest(archive="trial", source="hello", scheme=VersionScheme.BINNMU),
    )

    assert proof["result"] == "refused"
    assert "1.2-3+b1 equals 1.2-3+b1, the parent's next binNMU" in proof["sentence"]
    assert results(proof)["1.2-3+b1"] == "refused"


def test_what_cannot_be_explained_says_how_to_ask(
    derived: Installation, explanations: VersionExplanations
) -> None:
    asked = ProofRequest(archive="trial", source="hello", vendor="acme")

    with pytest.raises(InvalidInputError, match="says nothing without a scheme"):
        explanations.explain(ADMINISTRATOR, asked)
    with pytest.raises(InvalidInputError, match="image of somebody else's"):
        explanations.explain(ADMINISTRATOR, ProofRequest(archive="debian", source="hello"))
    with pytest.raises(InvalidInputError, match="not a version"):
        explanations.explain(
            ADMINISTRATOR, ProofRequest(archive="trial", source="hello", base="one")
        )
    with pytest.raises(NotFoundError, match="takes no source libgone") as caught:
        explanations.explain(ADMINISTRATOR, ProofRequest(archive="trial", source="libgone"))

    assert "--base" in (caught.value.hint or "")
    assert derived.archive().scheme is VersionScheme.SAFE
