"""How the source package of a swap builds itself: plain make and shell, for people to read."""

from typing import Final

RULES: Final = """\
#!/usr/bin/make -f
# Packs what lies under debian/binaries; see debian/README.source. Needs make, dpkg-dev and
# coreutils only. What the changelog's version has after $(BASE) is put after every binary's own
# version too, so a rebuild with a longer suffix raises them all.
include /usr/share/dpkg/pkg-info.mk

BASE := {base}
DEB_HOST_ARCH ?= $(shell dpkg-architecture --query DEB_HOST_ARCH)
SUFFIX = $(patsubst $(BASE)%,%,$(DEB_VERSION))

build build-arch build-indep:

binary: binary-indep binary-arch

binary-arch:
\tsh debian/assemble $(DEB_HOST_ARCH) '$(SUFFIX)'

binary-indep:
\tsh debian/assemble all '$(SUFFIX)'

clean:
\trm -rf debian/tmp debian/files

.PHONY: build build-arch build-indep binary binary-arch binary-indep clean
"""
"""debian/rules; `{base}` is the version of the parent's source."""

ASSEMBLE: Final = """\
# usage: sh debian/assemble ARCHITECTURE SUFFIX
# Makes the package of each directory in debian/binaries/ARCHITECTURE:
#   version      the version of the parent's package; the suffix is put after it
#   root/        files, as they will lie on the system
#   directories  directories, one a line
#   links        symbolic links, one a line: the link, a blank, what it leads to
#   control/     maintainer scripts and other members of the control archive
set -eu
LC_ALL=C
export LC_ALL
umask 022

for binary in debian/binaries/"$1"/*/; do
    [ -d "$binary" ] || continue
    package=$(basename "$binary")
    version=$(cat "$binary/version")$2
    tree=debian/tmp/$package
    rm -rf "$tree"
    mkdir -p "$tree/DEBIAN"
    [ ! -d "$binary/root" ] || cp -R "$binary/root/." "$tree"
    [ ! -d "$binary/control" ] || cp -R "$binary/control/." "$tree/DEBIAN"
    while read -r directory; do
        mkdir -p "$tree/$directory"
    done < "$binary/directories"
    while read -r link target; do
        mkdir -p "$(dirname "$tree/$link")"
        ln -s "$target" "$tree/$link"
    done < "$binary/links"
    (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\\n' | sort |
        xargs --no-run-if-empty md5sum) > "$tree/DEBIAN/md5sums"
    dpkg-gencontrol -p"$package" -P"$tree" -v"$version" -V"swap:Suffix=$2"
    chmod -R u=rwX,go=rX "$tree"
    find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group -Zxz --build "$tree" ..
done
"""
"""debian/assemble: makes the packages of one architecture from their parts."""
