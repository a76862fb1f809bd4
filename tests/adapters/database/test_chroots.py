"""Cached build environments: their keys, and for which view each is still true."""

from dataclasses import replace

import pytest
from tests.adapters.database.race import outcomes_at_once
from tests.adapters.database.stage import Stage, add_derived
from tests.builders import NOW, new_binary

from vostok.adapters.database.chroots import PACKAGES_MAX
from vostok.domain.package import DeltaKind, OwnBinary
from vostok.errors import InvalidInputError

HELLO = ("hello", "2.10-3", "amd64")
LIBC = ("libc6", "2.36-9", "amd64")
RECIPE = "mmdebstrap buildd 1"


@pytest.fixture
def based(stage: Stage) -> Stage:
    """A parent whose second snapshot has a libc, too; the chroots are made from it."""
    stage.take_snapshot(
        [],
        [
            new_binary(),
            new_binary("libc6", "2.36-9"),
            new_binary("tzdata", "2024a", architecture="all", index_architecture="amd64"),
        ],
    )
    return stage


def own_in(stage: Stage, edition: int, toolchain_id: int | None = None) -> list[OwnBinary]:
    with stage.read() as transaction:
        return transaction.deltas.binaries_in_edition(stage.suite.id, edition, toolchain_id)


def register(  # noqa: PLR0913 - what a key is made of
    stage: Stage,
    *packages: tuple[str, str, str],
    edition: int = 0,
    toolchain_id: int | None = None,
    recipe: str = RECIPE,
    architecture: str = "amd64",
    archive_id: int | None = None,
) -> str:
    with stage.write() as transaction:
        return transaction.chroots.register(
            stage.archive.id if archive_id is None else archive_id,
            architecture=architecture,
            recipe=recipe,
            packages=packages or (HELLO, LIBC),
            base=replace(stage.base, number=2),
            own=own_in(stage, edition, toolchain_id),
            at=NOW,
        )


def valid(
    stage: Stage, edition: int = 0, toolchain_id: int | None = None, *, snapshot: int = 2
) -> list[str]:
    """What own packages there are, and those of the names that chroots hold, decide alike."""
    own, base = own_in(stage, edition, toolchain_id), replace(stage.base, number=snapshot)
    with stage.read() as transaction:
        names = transaction.chroots.package_names(stage.archive.id, "amd64")
        named = transaction.deltas.binaries_in_edition(
            stage.suite.id, edition, toolchain_id, names=names
        )
        of_names = transaction.chroots.valid_keys(stage.archive.id, "amd64", base=base, own=named)
        of_all = transaction.chroots.valid_keys(stage.archive.id, "amd64", base=base, own=own)
    assert named == [binary for binary in own if binary.name in names]
    assert of_names == of_all
    return of_all


def test_a_key_is_valid_for_the_view_it_was_made_from(based: Stage) -> None:
    key = register(based)

    assert valid(based) == [key]


def test_equal_packages_and_recipe_have_one_key(based: Stage) -> None:
    key = register(based, HELLO, LIBC)

    assert register(based, LIBC, HELLO, HELLO) == key
    assert register(based, HELLO) != key
    assert register(based, HELLO, LIBC, recipe="mmdebstrap buildd 2") != key
    assert register(based, HELLO, LIBC, architecture="arm64") != key


def test_keys_are_made_of_bytes_and_not_of_versions(based: Stage) -> None:
    key = register(based, HELLO)
    based.take_snapshot([], [new_binary(content="other bytes")])

    with based.write() as transaction:
        other = transaction.chroots.register(
            based.archive.id,
            architecture="amd64",
            recipe=RECIPE,
            packages=[HELLO],
            base=replace(based.base, number=3),
            own=[],
            at=NOW,
        )

    assert other != key


def test_builders_that_register_the_same_at_once_get_the_same_key(based: Stage) -> None:
    outcomes = outcomes_at_once([lambda: register(based)] * 3)

    assert outcomes == valid(based) * 3
    assert based.row_counts()["chroot_package"] == 2


def test_the_newest_key_comes_first(based: Stage) -> None:
    keys = [register(based, HELLO), register(based, LIBC), register(based, HELLO, LIBC)]

    assert valid(based) == keys[::-1]


def test_an_own_package_that_hides_one_of_a_chroot_makes_its_key_invalid(based: Stage) -> None:
    with_hello, without = register(based, HELLO, LIBC), register(based, LIBC)
    based.add_binaries(new_binary("hello", "2.10-3Xtrial1"))
    edition = based.cut_edition()

    assert valid(based, edition) == [without]
    assert valid(based, edition - 1) == [without, with_hello]


def test_a_package_that_a_sync_replaced_makes_its_chroots_invalid(based: Stage) -> None:
    with_libc, without = register(based, HELLO, LIBC), register(based, HELLO)
    based.take_snapshot([], [new_binary(), new_binary("libc6", "2.36-10")])

    assert valid(based, snapshot=3) == [without]
    assert valid(based, snapshot=2) == [without, with_libc]


def test_an_own_package_of_another_architecture_hides_nothing(based: Stage) -> None:
    key = register(based, HELLO)
    based.add_binaries(new_binary("hello", "2.10-3Xtrial1", architecture="arm64"))

    assert valid(based, based.cut_edition()) == [key]


@pytest.mark.parametrize(
    ("architecture", "packages"),
    [("all", HELLO), ("amd64", ("tzdata", "2024a", "all"))],
)
def test_an_own_package_hides_its_name_whether_it_is_of_all_or_of_one_architecture(
    based: Stage, architecture: str, packages: tuple[str, str, str]
) -> None:
    register(based, packages)
    based.add_binaries(new_binary(packages[0], "9Xtrial1", architecture=architecture))

    assert valid(based, based.cut_edition()) == []


def test_a_chroot_with_own_packages_is_valid_until_they_are_replaced(based: Stage) -> None:
    based.add_binaries(new_binary("hello", "2.10-3Xtrial1"))
    first = based.cut_edition()
    key = register(based, ("hello", "2.10-3Xtrial1", "amd64"), LIBC, edition=first)
    valid_at_first = valid(based, first)
    based.add_binaries(new_binary("hello", "2.10-3Xtrial2"))
    second = based.cut_edition()

    assert valid_at_first == [key]
    assert valid(based, second) == []
    assert valid(based, 0) == []


def test_a_chroot_with_one_toolchain_is_not_valid_for_another(based: Stage) -> None:
    toolchain_id = based.add_toolchain()
    based.add_binaries(
        new_binary("gcc", "12Xtrial1"), kind=DeltaKind.TOOLCHAIN, toolchain_id=toolchain_id
    )
    edition = based.cut_edition()
    key = register(
        based, ("gcc", "12Xtrial1", "amd64"), edition=edition, toolchain_id=toolchain_id
    )

    assert valid(based, edition, toolchain_id) == [key]
    assert valid(based, edition, None) == []


def test_a_toolchains_package_hides_a_rebuilt_one_whichever_came_first(based: Stage) -> None:
    toolchain_id = based.add_toolchain()
    based.add_binaries(
        new_binary("gcc", "12Xtrial1"), kind=DeltaKind.TOOLCHAIN, toolchain_id=toolchain_id
    )
    based.add_binaries(new_binary("gcc", "12Xtrial2"))
    edition = based.cut_edition()
    rebuilt = ("gcc", "12Xtrial2", "amd64")

    key = register(based, rebuilt, edition=edition)

    assert valid(based, edition, None) == [key]
    assert valid(based, edition, toolchain_id) == []
    with pytest.raises(InvalidInputError, match="gcc 12Xtrial2"):
        register(based, rebuilt, edition=edition, toolchain_id=toolchain_id)


def test_keys_of_other_archives_are_not_offered(based: Stage) -> None:
    with based.write() as transaction:
        other, _ = add_derived(transaction, "other", based.parent_suite)

    key = register(based, archive_id=other.id)

    assert valid(based) == []
    assert register(based) == key


@pytest.mark.parametrize(
    "package",
    [("hello", "9", "amd64"), ("none", "1", "amd64"), ("hello", "2.10-3", "arm64")],
)
def test_a_package_that_the_view_does_not_show_is_refused(
    based: Stage, package: tuple[str, str, str]
) -> None:
    with pytest.raises(InvalidInputError, match=" ".join(package)):
        register(based, HELLO, package)

    assert valid(based) == []


def test_a_package_that_an_own_one_hides_is_refused(based: Stage) -> None:
    based.add_binaries(new_binary("hello", "2.10-3Xtrial1"))

    with pytest.raises(InvalidInputError, match=r"hello 2\.10-3 amd64"):
        register(based, HELLO, edition=based.cut_edition())


@pytest.mark.parametrize("count", [0, PACKAGES_MAX + 1])
def test_a_chroot_has_at_least_one_package_and_not_too_many(based: Stage, count: int) -> None:
    with (
        based.write() as transaction,
        pytest.raises(InvalidInputError, match=f"a chroot of {count} packages"),
    ):
        transaction.chroots.register(
            based.archive.id,
            architecture="amd64",
            recipe=RECIPE,
            packages=[HELLO] * count,
            base=None,
            own=[],
            at=NOW,
        )
