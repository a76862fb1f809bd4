"""Unpacks what was built and asks a child process for the producers in it."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vostok.domain.build_log import Ending
from vostok.domain.compiler_proof import PackageCode, Proof, UnitCount, proof_of, unproved
from vostok.errors import UnavailableError
from vostok.services.building.builder_ports import Bounds, Sandbox, StopSignal

UNPACK_SECONDS_MAX = 1_800.0
READ_SECONDS_MAX = 1_800.0
PACKAGES_MAX = 2_000
UNPACK_MEMORY_BYTES_MAX = 2 * 1024**3
UNPACK_PROCESSES_MAX = 64
MESSAGE_BYTES_MAX = 65_536
ANSWER_BYTES_MAX = 16 * 1024 * 1024
POLL_SECONDS = 0.2
CHILD = "vostok.adapters.compiler_prover.child"
KEEP_RIGHTS = -1
CODE = Path(__file__).parents[3]

_Evidence = dict[str, list[tuple[str, int, int]]]
_type_of_evidence: TypeAdapter[_Evidence] = TypeAdapter(_Evidence)


class DwarfProver:
    """Reads DWARF with pyelftools in a child process without rights."""

    def __init__(self, sandbox: Sandbox, *, uid: int | None, gid: int | None) -> None:
        """`uid` and `gid` are the build user's; None when the builder itself is that user."""
        self._sandbox = sandbox
        self._uid = KEEP_RIGHTS if uid is None else uid
        self._gid = KEEP_RIGHTS if gid is None else gid

    def prove(
        self,
        packages: Sequence[Path],
        *,
        scratch: Path,
        asked: Sequence[str] | None,
        stop: StopSignal,
    ) -> Proof:
        """The proof for these binary packages; «not provable» with the reason if it fails."""
        try:
            self._sandbox.make_directory(scratch)
            for package in packages[:PACKAGES_MAX]:
                self._unpack(package, scratch / package.name.partition("_")[0], stop)
            evidence = self._evidence(scratch, stop)
        except UnavailableError as error:
            return unproved(str(error))
        return proof_of(
            [UnitCount(producer=p, language=la, units=n) for p, la, n in evidence["units"]],
            [
                PackageCode(package=name, elf_files=files, without_debug=gaps)
                for name, files, gaps in evidence["packages"]
            ],
            asked=asked,
        )

    def _unpack(self, package: Path, target: Path, stop: StopSignal) -> None:
        messages = bytearray()
        done = self._sandbox.run(
            ["dpkg-deb", "-x", str(package), str(target)],
            directory=target.parent,
            environment={},
            write=messages.extend,
            bounds=Bounds(
                wall_seconds_max=UNPACK_SECONDS_MAX,
                silence_seconds_max=UNPACK_SECONDS_MAX,
                output_bytes_max=MESSAGE_BYTES_MAX,
                memory_bytes_max=UNPACK_MEMORY_BYTES_MAX,
                processes_max=UNPACK_PROCESSES_MAX,
            ),
            stop=stop,
        )
        if done.ending is not Ending.EXITED or done.returncode:
            reason = messages.decode(errors="replace").strip() or done.ending.value
            raise UnavailableError(f"{package.name} could not be unpacked: {reason}")

    def _evidence(self, scratch: Path, stop: StopSignal) -> _Evidence:
        command = [sys.executable, "-P", "-m", CHILD]
        command += [str(scratch), str(self._uid), str(self._gid)]
        answer_path = scratch.parent.parent / "evidence.json"
        with answer_path.open("wb") as answer:
            child = subprocess.Popen(  # noqa: S603 - an argument list of ours
                command,
                env={"LC_ALL": "C.UTF-8", "PYTHONPATH": str(CODE)},
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                _wait(child, stop)
            finally:
                child.kill()
                child.wait()
        if child.returncode:
            raise UnavailableError(f"reading debug information ended with {child.returncode}")
        if answer_path.stat().st_size > ANSWER_BYTES_MAX:
            raise UnavailableError("reading debug information gave too much")
        try:
            return _type_of_evidence.validate_python(json.loads(answer_path.read_bytes()))
        except (ValidationError, ValueError) as error:
            raise UnavailableError("reading debug information gave nothing usable") from error


def _wait(child: subprocess.Popen[bytes], stop: StopSignal) -> None:
    deadline = time.monotonic() + READ_SECONDS_MAX
    while child.poll() is None:
        if stop.wait(POLL_SECONDS):
            raise UnavailableError("reading debug information was cancelled")
        if time.monotonic() > deadline:
            raise UnavailableError(
                f"reading debug information took longer than {READ_SECONDS_MAX} seconds"
            )
