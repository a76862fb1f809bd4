"""Which packages each cached build environment holds: one is used only while that is true."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import inserted_id, interval_holds, seconds
from vostok.domain.package import DeltaKind, Membership, OwnBinary
from vostok.domain.publication import ALL
from vostok.errors import InvalidInputError

PACKAGES_MAX = 2_000

_CHROOT = schema.chroot
_PACKAGE = schema.chroot_package
_BINARY = schema.binary_release
_MEMBER = schema.suite_binary


class SqlChroots:
    """Implements `services.ports.Chroots`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def register(
        self,
        archive_id: int,
        *,
        architecture: str,
        recipe: str,
        packages: Sequence[tuple[str, str, str]],
        base: Membership | None,
        own: Sequence[OwnBinary],
        at: datetime,
    ) -> str:
        """The key of a chroot that holds these (name, version, architecture) packages of a view.

        The key is made of the packages' SHA-256s: an equal name and version may have other bytes
        in another archive.

        Raises:
            InvalidInputError: too many packages, or one that the view does not show.
        """
        if not 0 < len(packages) <= PACKAGES_MAX:
            raise InvalidInputError(
                f"a chroot of {len(packages)} packages; 1 to {PACKAGES_MAX} are taken"
            )
        shown = _shown(own, architecture)
        known = self._known(base, {name for name, _, _ in packages} - shown.keys())
        known.update(
            {(b.name, b.version, b.architecture): (b.binary_id, b.sha256) for b in shown.values()}
        )
        strange = [package for package in packages if package not in known]
        if strange:
            name, version, package_architecture = strange[0]
            raise InvalidInputError(
                f"the chroot holds {name} {version} {package_architecture}, its view does not"
            )
        found = sorted({known[package] for package in packages}, key=lambda pair: pair[1])
        text = "\n".join([recipe, architecture, *(sha256 for _, sha256 in found)])
        key = hashlib.sha256(text.encode()).hexdigest()
        self._store(archive_id, architecture, recipe, key, [b for b, _ in found], at)
        return key

    def _known(
        self, base: Membership | None, names: set[str]
    ) -> dict[tuple[str, str, str], tuple[int, str]]:
        if base is None:
            return {}
        rows = self._connection.execute(
            sa.select(
                _BINARY.c.id,
                _BINARY.c.name,
                _BINARY.c.version,
                _BINARY.c.architecture,
                _BINARY.c.sha256,
            )
            .join(_MEMBER, _MEMBER.c.package_id == _BINARY.c.id)
            .where(
                _MEMBER.c.suite_id == base.suite_id,
                interval_holds(_MEMBER.c.since, _MEMBER.c.until, base.number),
                _BINARY.c.name.in_(sorted(names)),
            )
        )
        return {(r.name, r.version, r.architecture): (r.id, r.sha256) for r in rows}

    def _store(
        self,
        archive_id: int,
        architecture: str,
        recipe: str,
        key: str,
        binary_ids: list[int],
        at: datetime,
    ) -> None:
        chroot_id = inserted_id(
            self._connection,
            _CHROOT,
            {
                "archive_id": archive_id,
                "architecture": architecture,
                "recipe": recipe,
                "key": key,
                "created_at": seconds(at),
            },
        )
        if chroot_id is None:
            return
        self._connection.execute(
            _PACKAGE.insert(),
            [{"chroot_id": chroot_id, "binary_id": binary_id} for binary_id in binary_ids],
        )

    def package_names(self, archive_id: int, architecture: str) -> frozenset[str]:
        """Names of the packages that the archive's chroots of an architecture hold."""
        query = (
            sa.select(_BINARY.c.name)
            .distinct()
            .join(_PACKAGE, _PACKAGE.c.binary_id == _BINARY.c.id)
            .join(_CHROOT, _CHROOT.c.id == _PACKAGE.c.chroot_id)
            .where(_CHROOT.c.archive_id == archive_id, _CHROOT.c.architecture == architecture)
        )
        return frozenset(self._connection.execute(query).scalars())

    def valid_keys(
        self,
        archive_id: int,
        architecture: str,
        *,
        base: Membership,
        own: Sequence[OwnBinary],
    ) -> list[str]:
        """Keys of chroots all of whose packages a view of this base and these own binaries shows.

        The newest first. Of own binaries those count whose names `package_names` has.
        """
        shown = _shown(own, architecture)
        hidden_ids = self._own_ids(archive_id, architecture) - {b.binary_id for b in own}
        in_base = (
            sa.exists()
            .where(
                _MEMBER.c.package_id == _PACKAGE.c.binary_id,
                _MEMBER.c.suite_id == base.suite_id,
                interval_holds(_MEMBER.c.since, _MEMBER.c.until, base.number),
            )
            .label("in_base")
        )
        rows = self._connection.execute(
            sa.select(_CHROOT.c.key, _BINARY.c.name, _PACKAGE.c.binary_id, in_base)
            .join(_PACKAGE, _PACKAGE.c.chroot_id == _CHROOT.c.id)
            .join(_BINARY, _BINARY.c.id == _PACKAGE.c.binary_id)
            .where(_CHROOT.c.archive_id == archive_id, _CHROOT.c.architecture == architecture)
            .order_by(_CHROOT.c.id.desc())
        )
        is_valid: dict[str, bool] = {}
        for row in rows:
            if row.name in shown:
                is_shown = shown[row.name].binary_id == row.binary_id
            else:
                is_shown = row.in_base and row.binary_id not in hidden_ids
            is_valid[row.key] = is_valid.get(row.key, True) and is_shown
        return [key for key, valid in is_valid.items() if valid]

    def _own_ids(self, archive_id: int, architecture: str) -> set[int]:
        """Ids of what chroots of an architecture hold and the archive ever had of its own."""
        delta, suite = schema.delta_binary, schema.suite
        rows = self._connection.execute(
            sa.select(_PACKAGE.c.binary_id)
            .distinct()
            .join(_CHROOT, _CHROOT.c.id == _PACKAGE.c.chroot_id)
            .join(delta, delta.c.package_id == _PACKAGE.c.binary_id)
            .join(suite, suite.c.id == delta.c.suite_id)
            .where(
                _CHROOT.c.archive_id == archive_id,
                _CHROOT.c.architecture == architecture,
                suite.c.archive_id == archive_id,
            )
        )
        return set(rows.scalars())


def _shown(own: Sequence[OwnBinary], architecture: str) -> dict[str, OwnBinary]:
    """The own binary that one architecture's index has of each name; it hides the base's.

    As in `domain.publication.overlaid`, a toolchain's package hides a rebuilt one.
    """
    return {
        binary.name: binary
        for binary in sorted(own, key=lambda binary: binary.kind is DeltaKind.TOOLCHAIN)
        if binary.architecture in (architecture, ALL)
    }
