"""The real dput, over HTTP, with sources that dpkg-buildpackage made."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pysequoia
import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation, listening

from vostok.domain.access import Role, TokenScope
from vostok.domain.upload import UploadState
from vostok.entrypoints.cli import main
from vostok.services.deriving.archive_settings import AskedSettings
from vostok.services.people.persons import TokenRequest

SECONDS_MAX = 120
CONTROL = """\
Source: cc
Section: devel
Priority: optional
Maintainer: Richard <richard@example.org>
Standards-Version: 4.6.2

Package: cc
Architecture: any
Description: tiny compiler
 It stamps its version.
"""
RULES = """\
#!/usr/bin/make -f
binary:
\tmkdir -p debian/cc/DEBIAN
\tdpkg-gencontrol -Pdebian/cc
\tdpkg-deb --root-owner-group --build debian/cc ..
clean:
\trm -rf debian/cc debian/files
.PHONY: binary clean
"""
CONFIGURATION = """\
[trial]
method = http
fqdn = {fqdn}
incoming = /upload/trial/{token}
"""


class Workplace:
    """A developer's machine: a source tree, a key, dput's configuration."""

    def __init__(self, directory: Path, installation: Installation, url: str) -> None:
        self.directory = directory
        self.installation = installation
        self.url = url
        self.signs_with_gpg = False
        self.key = pysequoia.Tsk.generate(
            user_id="Richard <richard@example.org>", validity_seconds=None
        )
        people = installation.services.people
        people.add(ADMINISTRATOR, "richard", email="r@example.org", role=Role.DEVELOPER)
        certificate = str(self.key.extract_certificate())
        people.add_key(ADMINISTRATOR, "richard", certificate.encode())
        request = TokenRequest(
            person="richard", name="dput", scopes=frozenset({TokenScope.UPLOAD}), archive="trial"
        )
        self.token = people.create_token(ADMINISTRATOR, request)[1]
        self.home = directory / "home"
        self.home.mkdir()
        # The path of gpg's agent's socket has at most 107 bytes.
        self.gnupg = Path(tempfile.mkdtemp(prefix="gnupg-"))
        self.run("gpg", "--batch", "--import", text=certificate)
        self.configure(self.token)

    def configure(self, token: str) -> None:
        text = CONFIGURATION.format(fqdn=self.url.removeprefix("http://"), token=token)
        (self.directory / "dput.cf").write_text(text)

    def run(
        self, *command: str, directory: Path | None = None, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=directory or self.directory,
            env={
                "PATH": os.defpath,
                "HOME": str(self.home),
                "GNUPGHOME": str(self.gnupg),
                "LC_ALL": "C.UTF-8",
            },
            input=text,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )

    def leave(self) -> None:
        """End gpg's agent, and forget its keys."""
        self.run("gpgconf", "--kill", "all")
        shutil.rmtree(self.gnupg)

    def sign_by_gpg(self, file: Path) -> None:
        """As debsign calls it."""
        self.checked(
            "gpg", "--batch", "--clearsign", "--armor", "--textmode", "--output", f"{file}.asc",
            str(file),
        )  # fmt: skip
        Path(f"{file}.asc").replace(file)

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of what the API answers to Richard."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.get(f"{self.url}{path}", headers=headers, timeout=SECONDS_MAX)
        return answer.status_code, answer.content

    def source(self, version: str, *options: str) -> Path:
        """The signed .changes of cc in a version, beside what it names, which is signed too."""
        tree = self.directory / "cc-2"
        (tree / "debian" / "source").mkdir(parents=True, exist_ok=True)
        is_native = "-" not in version
        (tree / "cc.txt").write_text("a compiler\n")
        form = "native" if is_native else "quilt"
        (tree / "debian" / "source" / "format").write_text(f"3.0 ({form})\n")
        (tree / "debian" / "control").write_text(CONTROL)
        (tree / "debian" / "rules").write_text(RULES)
        (tree / "debian" / "rules").chmod(0o755)
        (tree / "debian" / "changelog").write_text(
            f"cc ({version}) bookworm; urgency=medium\n\n  * {version}.\n\n"
            " -- Richard <richard@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n"
        )
        orig = self.directory / "cc_2.orig.tar.gz"
        if not is_native and not orig.exists():
            self.run("tar", "czf", str(orig), "--exclude=debian", "cc-2")
        self.checked("dpkg-source", "--build", "cc-2")
        self.sign(self.directory / f"cc_{version}.dsc")
        self.checked("dpkg-genbuildinfo", "--build=source", directory=tree)
        self.sign(self.directory / f"cc_{version}_source.buildinfo")
        written = f"-O../cc_{version}_source.changes"
        self.checked("dpkg-genchanges", "--build=source", *options, written, directory=tree)
        changes = self.directory / f"cc_{version}_source.changes"
        self.sign(changes)
        return changes

    def with_binaries(self, version: str) -> Path:
        """The signed .changes of cc in a version, with its source and its package."""
        source = self.source(version)
        tree = self.directory / "cc-2"
        self.checked("make", "-f", "debian/rules", "binary", directory=tree)
        self.checked("dpkg-genbuildinfo", "--build=full", directory=tree)
        self.sign(self.directory / f"cc_{version}_amd64.buildinfo")
        changes = source.with_name(f"cc_{version}_amd64.changes")
        self.checked("dpkg-genchanges", "--build=full", f"-O../{changes.name}", directory=tree)
        self.checked("make", "-f", "debian/rules", "clean", directory=tree)
        self.sign(changes)
        return changes

    def checked(self, *command: str, directory: Path | None = None) -> None:
        done = self.run(*command, directory=directory)
        assert done.returncode == 0, done.stderr

    def sign(self, file: Path) -> None:
        """What debsign does."""
        if self.signs_with_gpg:
            self.sign_by_gpg(file)
            return
        clear = pysequoia.sign(
            self.key.signer(), file.read_bytes(), mode=pysequoia.SignatureMode.CLEAR
        )
        file.write_bytes(bytes(clear))

    def dput(self, changes: Path, *options: str) -> subprocess.CompletedProcess[str]:
        upload_log = changes.with_name(f"{changes.stem}.trial.upload")
        upload_log.unlink(missing_ok=True)
        return self.run("dput", "-c", "dput.cf", *options, "trial", str(changes))

    def states(self) -> list[tuple[str, UploadState]]:
        found = self.installation.services.uploading.uploads(ADMINISTRATOR, "trial")
        return [(upload.version, upload.state) for upload in reversed(found)]


@pytest.fixture
def workplace(tmp_path: Path, installation: Installation) -> Iterator[Workplace]:
    place = tmp_path / "work"
    place.mkdir()
    with listening(installation.app) as url:
        workplace = Workplace(place, installation, url)
        yield workplace
        workplace.leave()


def test_dput_uploads_a_native_source(workplace: Workplace) -> None:
    done = workplace.dput(workplace.source("2"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Successfully uploaded packages." in done.stdout
    assert workplace.states() == [("2", UploadState.ACCEPTED)]
    [upload] = workplace.installation.services.uploading.uploads(ADMINISTRATOR, "trial")
    shown = workplace.installation.services.uploading.upload(ADMINISTRATOR, "trial", upload.id)
    assert "cc_2_source.buildinfo" in {file.name for file in shown.files}


def test_what_gpg_signed_is_taken_and_the_buildinfo_is_kept(workplace: Workplace) -> None:
    workplace.run("gpg", "--batch", "--import", text=str(workplace.key))
    workplace.signs_with_gpg = True
    changes = workplace.source("2")
    fingerprint = workplace.key.extract_certificate().fingerprint

    done = workplace.dput(changes)

    assert done.returncode == 0, done.stdout + done.stderr
    services = workplace.installation.services
    [upload] = services.uploading.uploads(ADMINISTRATOR, "trial")
    assert (upload.state, upload.signed_by) == (UploadState.ACCEPTED, fingerprint.upper())
    sent = {
        file.name: file.sha256
        for file in services.uploading.upload(ADMINISTRATOR, "trial", upload.id).files
    }
    buildinfo = (workplace.directory / "cc_2_source.buildinfo").read_bytes()
    assert buildinfo.startswith(b"-----BEGIN PGP SIGNED MESSAGE-----")
    assert sent["cc_2_source.buildinfo"] == hashlib.sha256(buildinfo).hexdigest()
    kept = workplace.get(f"/api/v1/archives/trial/uploads/{upload.id}/files/cc_2_source.buildinfo")
    assert kept == (200, buildinfo)
    missing = workplace.get(f"/api/v1/archives/trial/uploads/{upload.id}/files/cc_3.dsc")
    assert missing[0] == 404


def test_an_orig_tarball_comes_once_and_is_taken_from_the_archive_then(
    workplace: Workplace,
) -> None:
    first = workplace.dput(workplace.source("2-1", "-sa"))
    changes = workplace.source("2-2", "-sd")
    second = workplace.dput(changes)

    assert first.returncode == 0, first.stdout + first.stderr
    assert second.returncode == 0, second.stdout + second.stderr
    assert "orig" not in changes.read_text()
    assert workplace.states() == [("2-1", UploadState.ACCEPTED), ("2-2", UploadState.ACCEPTED)]


def test_source_and_binaries_come_together_where_the_archive_takes_them(
    workplace: Workplace,
) -> None:
    changes = workplace.with_binaries("2")

    refused = workplace.dput(changes, "-d")
    workplace.installation.services.archive_settings.set(
        ADMINISTRATOR, "trial", AskedSettings(binaries=True)
    )
    taken = workplace.dput(changes, "-d")

    assert refused.returncode == 1
    assert "Upload failed: 409" in refused.stdout
    assert "trial takes sources only, and the .changes names cc_2_amd64.deb" in refused.stdout
    assert "vostok archive set trial --binaries yes" in refused.stdout
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert workplace.states() == [("2", UploadState.REFUSED), ("2", UploadState.ACCEPTED)]
    services = workplace.installation.services
    newest = services.uploading.uploads(ADMINISTRATOR, "trial")[0]
    assert newest.sentence.startswith("cc 2 with 1 package was accepted")
    shown = services.uploading.upload(ADMINISTRATOR, "trial", newest.id)
    assert shown.builds == ()
    assert {"cc_2_amd64.deb", "cc_2_amd64.buildinfo", "cc_2.dsc"} <= {
        file.name for file in shown.files
    }


def test_dput_shows_why_it_was_refused_only_with_d(workplace: Workplace) -> None:
    changes = workplace.source("2-1", "-sd")

    quiet = workplace.dput(changes)
    loud = workplace.dput(changes, "-d")

    assert quiet.returncode == loud.returncode == 1
    assert "Upload failed: 422" in quiet.stdout
    assert "neither the archive" not in quiet.stdout
    assert "neither the archive nor its parents have it" in loud.stdout
    assert "hint: have it in the upload: dpkg-buildpackage -S -sa" in loud.stdout
    assert workplace.states() == [("2-1", UploadState.REFUSED)] * 2


def test_a_wrong_token_and_an_unknown_archive_get_one_answer_and_no_question(
    workplace: Workplace,
) -> None:
    changes = workplace.source("2")
    answers = []
    for place in ("trial/wrong", f"other/{workplace.token}", "other/wrong"):
        fqdn = workplace.url.removeprefix("http://")
        text = CONFIGURATION.replace("trial/{token}", place).format(fqdn=fqdn)
        (workplace.directory / "dput.cf").write_text(text)
        done = workplace.dput(changes, "-d")
        answers.append(next(line for line in done.stdout.splitlines() if "body" in line))
        assert "Upload failed: 404" in done.stdout
        assert "assword" not in done.stdout + done.stderr

    assert len(set(answers)) == 1


def test_the_command_line_does_the_same(
    workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = workplace.source("2")
    known = ["--url", workplace.url, "--token", workplace.token]

    code = main([*known, "upload", "put", "trial", str(changes)])

    assert code == 0, capsys.readouterr().err
    assert "upload 1: cc 2 was accepted; it is built for amd64" in capsys.readouterr().out
    assert main([*known, "upload", "list", "trial"]) == 0
    assert "accepted" in capsys.readouterr().out
    assert main([*known, "upload", "show", "trial", "1"]) == 0
    assert "cc_2_source.changes" in capsys.readouterr().out
