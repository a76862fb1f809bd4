"""A rebuild on one architecture only, of packages that must agree on all."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from tests.journeys.apt_client import Answer, AptDirectory
from tests.journeys.installation import Document
from tests.journeys.workshop import Workshop, by_slot

pytestmark = pytest.mark.build

ARCHIVE = "halves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """libfoo is asked for on one architecture: refused; forced; and widened.

    Attributes:
        shown_after_force: architecture -> package -> version.
        coinstalled_after_force: what apt says to libfoo1 of both architectures at once.
    """

    plan: Document
    refused: "CompletedProcess[str]"
    campaigns_after_refusal: list[Document]
    forced: Mapping[tuple[str, str], Document]
    shown_after_force: Mapping[str, Mapping[str, str]]
    coinstalled_after_force: Answer
    widened: Mapping[tuple[str, str], Document]
    shown_after_widening: Mapping[str, Mapping[str, str]]
    coinstalled_after_widening: Answer


@pytest.fixture(scope="module")
def story(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Story:
    vostok = workshop.vostok
    workshop.derive(ARCHIVE, "libfoo,brk")
    one = ("--architecture", workshop.other_architecture)
    words = ("rebuild", "request", ARCHIVE, "--select", "libfoo", "--reason", "one only", *one)
    plan = vostok.ask(*words, "--dry-run")
    refused = vostok.run(*words)
    campaigns = vostok.ask("campaign", "list", ARCHIVE)["campaigns"]
    forced = workshop.rebuild(ARCHIVE, "libfoo,brk", *one, "--allow-skew")
    shown_after_force = shown(workshop)
    coinstalled_after_force = coinstalled(workshop, tmp_path_factory.mktemp("force"))
    widened = workshop.rebuild(ARCHIVE, "libfoo,brk", *one, "--widen")
    return Story(
        plan=plan,
        refused=refused,
        campaigns_after_refusal=campaigns,
        forced=with_details(workshop, forced),
        shown_after_force=shown_after_force,
        coinstalled_after_force=coinstalled_after_force,
        widened=with_details(workshop, widened),
        shown_after_widening=shown(workshop),
        coinstalled_after_widening=coinstalled(workshop, tmp_path_factory.mktemp("wide")),
    )


def shown(workshop: Workshop) -> dict[str, dict[str, str]]:
    return {name: workshop.index(ARCHIVE, name) for name in workshop.parent.architectures}


def with_details(workshop: Workshop, campaign: Document) -> dict[tuple[str, str], Document]:
    ids = [str(build["id"]) for build in campaign["builds"]]
    return by_slot([workshop.vostok.ask("build", "show", build_id) for build_id in ids])


def coinstalled(workshop: Workshop, directory: Path) -> Answer:
    """What apt plans when it is to install libfoo1 of all architectures beside each other."""
    apt = AptDirectory(root=directory / "apt", architecture=workshop.architecture)
    apt.create([workshop.stanza(ARCHIVE)], foreign_architectures=[workshop.other_architecture])
    wanted = [f"libfoo1:{architecture}" for architecture in workshop.parent.architectures]
    return apt.run("apt-get", "--simulate", "install", *wanted, directory=directory)


def test_it_is_refused_with_the_reason_and_both_ways_out(workshop: Workshop, story: Story) -> None:
    (refusal,) = story.plan["refused"]

    assert story.plan["accepted"] == []
    assert (refusal["source"], refusal["code"]) == ("libfoo", "multi-arch-same")
    for words in ("Multi-Arch: same", workshop.architecture, "--widen", "--allow-skew"):
        assert words in refusal["sentence"]
    assert story.refused.returncode != 0
    assert "Multi-Arch: same" in story.refused.stderr
    assert story.campaigns_after_refusal == []


def test_forced_it_is_built_there_only_and_says_what_stays_behind(
    workshop: Workshop, story: Story
) -> None:
    other = workshop.other_architecture
    assert set(story.forced) == {("libfoo", other), ("brk", other)}

    warning = story.forced["libfoo", other]["warning"]

    assert "Multi-Arch: same" in warning
    assert workshop.architecture in warning
    assert story.forced["brk", other]["warning"] == ""


def test_what_was_forced_apart_apt_does_not_install_together(
    workshop: Workshop, story: Story
) -> None:
    own, other = workshop.parent.architectures

    assert story.shown_after_force[own]["libfoo1"] == "1.2-3"
    assert story.shown_after_force[other]["libfoo1"] == "1.2-3Xhalves1"
    assert story.coinstalled_after_force.status != 0


def test_widened_it_is_built_on_all_under_one_version_and_the_rest_on_one(
    workshop: Workshop, story: Story
) -> None:
    own, other = workshop.parent.architectures

    assert set(story.widened) == {("libfoo", own), ("libfoo", other), ("brk", other)}
    assert {build["state"] for build in story.widened.values()} == {"built"}
    versions = {shown["libfoo1"] for shown in story.shown_after_widening.values()}
    assert versions == {"1.2-3Xhalves2"}


def test_what_agrees_again_apt_installs_together(workshop: Workshop, story: Story) -> None:
    answer = story.coinstalled_after_widening

    assert answer.status == 0, answer.text
    assert f"Inst libfoo1:{workshop.other_architecture} (1.2-3Xhalves2" in answer.text
