"""What honest builders make of uploaded sources."""

import dataclasses

from tests.services.build_machine import BuildMachine, Upload, upload_for
from tests.services.build_machine import changes_text as build_changes_text
from tests.services.installation import Installation
from tests.services.packages import TinyBinary, TinySource, binaries_of
from tests.services.parent import HELLO

from vostok.domain.attempt import Claim


def built(claim: Claim, source: TinySource) -> Upload:
    """What an honest builder makes of an uploaded source with an `any` part."""
    packages = binaries_of(
        source,
        claim.architecture,
        part="any",
        version=source.version,
        source_version=source.version,
    )
    made = upload_for(claim, packages)
    said, plain = f"Source: {source.name} ({HELLO.version})", f"Source: {source.name}"
    made = dataclasses.replace(made, buildinfo=made.buildinfo.replace(said, plain))
    text = build_changes_text(made, source.name, source.name, claim.architecture)
    return dataclasses.replace(made, changes=text.replace("Binary-Only: yes\n", ""))


def build_it(machine: BuildMachine, world: Installation, source: TinySource) -> Claim:
    claim = machine.claim()
    machine.send(claim, built(claim, source).files)
    machine.report(claim)
    world.engine.run_all()
    return claim


def debs_of(source: TinySource) -> dict[str, bytes]:
    """The packages of a source with one binary, built elsewhere."""
    assert source.binaries == (TinyBinary(name=source.name),)
    return binaries_of(
        source, "amd64", part="any", version=source.version, source_version=source.version
    )
