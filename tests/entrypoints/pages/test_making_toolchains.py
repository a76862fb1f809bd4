"""The pages that make a toolchain, say what proves it, and what builds would get from it."""

import re

from tests.entrypoints.installation import ADMIN, ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import newcomer, sign_in

from vostok.domain.access import Role
from vostok.services.people.rights import RightsService

NEW = "/new/toolchain"
EVERYTHING = {
    "compiler-gcc": "gcc-11",
    "compiler-gfortran": "gfortran-11",
    "packages": "cc:2-1, bar",
    "cppflags": "-DNDEBUG",
    "cflags": "-O3 -march=x86-64-v2",
    "cxxflags": "-O2",
    "fflags": "-O1",
    "ldflags": "-Wl,-z,now",
    "environment": "GOAMD64=v2\r\nLTO=no\r\n",
    "build_options": "nocheck parallel=2",
    "build_profiles": "nodoc",
}
FAULTS = (
    ({"name": "A"}, "name"),
    ({"compiler-gcc": "icc"}, "compiler-gcc"),
    ({"compiler-gdc": "clang-14"}, "compiler-gdc"),
    ({"cflags": "O3"}, "cflags"),
    ({"ldflags": "-Wl,$(id)"}, "ldflags"),
    ({"environment": "PATH=/tmp"}, "environment"),
    ({"environment": "no sign"}, "environment"),
    ({"build_options": "par;allel"}, "build_options"),
    ({"build_profiles": "_"}, "build_profiles"),
    ({"packages": "cc:2-1 cc:2-2"}, "packages"),
)


def test_a_toolchain_is_made_of_all_that_the_api_takes_and_made_once(
    installation: Installation,
) -> None:
    dev = newcomer(installation, "dev", Role.DEVELOPER)
    shown = dev.get(NEW)

    answers = [dev.send_form(shown, NEW, name="mine", **EVERYTHING) for _ in range(2)]
    equal = dev.send_form(dev.get(f"{NEW}?from=mine"), NEW, name="mine", **EVERYTHING)
    changed = dev.send_form(dev.get(NEW), NEW, name="mine", **{"compiler-gcc": "clang-14"})
    stale = dev.send_form(shown, NEW, name="mine", **EVERYTHING)

    assert [answer.headers["location"] for answer in answers] == ["/toolchains/mine?told=made"] * 2
    assert equal.headers["location"] == "/toolchains/mine?told=equal"
    assert changed.status_code == stale.status_code == 303
    first, second = [
        revision.spec
        for revision in installation.services.toolchains.revisions(ADMINISTRATOR)
        if revision.name == "mine"
    ]
    assert dict(first.compilers) == {"gcc": "gcc-11", "gfortran": "gfortran-11"}
    assert first.packages == ("bar", "cc:2-1")
    assert (first.cppflags, first.cflags) == (("-DNDEBUG",), ("-O3", "-march=x86-64-v2"))
    assert (first.cxxflags, first.fflags, first.ldflags) == (("-O2",), ("-O1",), ("-Wl,-z,now",))
    assert dict(first.environment) == {"GOAMD64": "v2", "LTO": "no"}
    assert (first.build_options, first.build_profiles) == (("nocheck", "parallel=2"), ("nodoc",))
    assert dict(second.compilers) == {"gcc": "clang-14"}


def test_a_new_revision_begins_with_the_newest_and_its_page_says_what_proves_it(
    installation: Installation,
) -> None:
    dev = newcomer(installation, "dev", Role.DEVELOPER)
    dev.send(NEW, name="mine", **EVERYTHING)

    form = dev.text(f"{NEW}?from=mine")
    page = dev.text("/toolchains/mine?told=made")

    assert 'value="-O3 -march=x86-64-v2"' in form
    assert ">GOAMD64=v2\nLTO=no</textarea>" in form
    assert 'name="compiler-gfortran" value="gfortran-11"' in form
    assert "Revision 1 was made" in page
    assert r"GNU (C|C\+\+|Fortran|GIMPLE)[0-9]* 11\." in page
    assert "APPEND CFLAGS -O3 -march=x86-64-v2" in page


def test_from_a_toolchain_one_goes_on_to_an_archive_that_has_it(
    installation: Installation,
) -> None:
    ada = newcomer(installation, "ada", Role.ADMINISTRATOR)
    ada.send(NEW, name="mine", build_options="nocheck")

    shown = ada.text("/toolchains/mine")
    tried = ada.text("/toolchains/mine/preflight?archive=trial")

    assert 'href="/archives/derive?toolchain=mine"' in shown
    assert "<option selected>mine</option>" in ada.text("/archives/derive?toolchain=mine")
    assert 'href="/archives/trial/rebuild?toolchain=mine"' in tried
    assert '<option value="mine" selected>' in ada.text("/archives/trial/rebuild?toolchain=mine")


def test_every_fault_is_told_at_its_field_and_what_was_typed_stays(
    installation: Installation,
) -> None:
    dev = newcomer(installation, "dev", Role.DEVELOPER)
    told = []

    for wrong, _ in FAULTS:
        answer = dev.send(NEW, **{"name": "mine", "cxxflags": "-O2 -g0", **wrong})
        assert (answer.status_code, 'value="-O2 -g0"' in answer.text) == (400, True)
        told.append(re.findall(r'id="([\w+-]+)-fault"', answer.text))
    nothing = dev.send(NEW, name="mine")

    assert told == [[field] for _, field in FAULTS]
    assert "the toolchain changes nothing" in nothing.text.lower()
    assert installation.services.toolchains.revisions(ADMINISTRATOR) == []


def test_who_may_make_none_is_refused_and_not_invited(installation: Installation) -> None:
    mia = newcomer(installation, "mia", Role.MEMBER)

    refused = [mia.get(NEW), mia.send(NEW, name="mine", **EVERYTHING)]

    assert [answer.status_code for answer in refused] == [403, 403]
    assert NEW not in mia.text("/toolchains")
    assert installation.client().get(NEW).headers["location"].startswith("/sign-in")


def test_what_builds_would_get_is_told_of_an_archive_that_one_may_see(
    installation: Installation,
) -> None:
    dev = newcomer(installation, "dev", Role.DEVELOPER)
    dev.send(NEW, name="mine", **{"compiler-gcc": "gcc-11"})
    place = "/toolchains/mine/preflight"

    shown = dev.text(f"{place}?archive=trial")
    document = dev.get(f"{place}.json", archive="trial").json()
    rights: RightsService = installation.services.rights
    rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    mia = newcomer(installation, "mia", Role.MEMBER)

    assert "It cannot be used there" in shown
    assert document["problems"][0]["sentence"] in shown
    administrator = installation.client(ADMIN)
    told = administrator.get("/api/v1/toolchains/mine/preflight", params={"archive": "trial"})
    assert document == told.json()
    suffixes = ("", ".json", ".csv")
    hidden = [mia.get(place + suffix, archive="trial").status_code for suffix in suffixes]
    assert hidden == [404] * 3
    assert ">trial</option>" not in sign_in(installation, "mia").text(place)
