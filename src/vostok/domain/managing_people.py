"""Whom somebody may act on who manages people by a right that was granted to them.

Who hands somebody a password, a token or a key can be them. So managing people by a grant never
leads to more than its holder has: they act only on whom they are as wide as, and whoever they
handed a way in to may do no more than they, as both are at each moment, until an administrator
vouches for that person (`in_common`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from vostok.domain.access import Principal, Role
from vostok.domain.rights import Rights
from vostok.domain.rights_comparison import in_common, is_as_wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What somebody is, and what was granted to them, by teams too.

    Attributes:
        rights: as granted, whatever they can use of it.
    """

    role: Role
    rights: Rights


def may_act_on(manager: Principal, person: Standing) -> bool:
    """Whether who may manage people may act on that person. Pure; the right itself is not asked.

    Administrators act on everybody. Who manages by a grant acts on members only, who hold no right
    on the installation and nothing on archives that the manager does not hold as widely.
    """
    if manager.role is Role.ADMINISTRATOR:
        return True
    return person.role is Role.MEMBER and is_as_wide(manager.rights, person.rights)


def may_act_on_team(manager: Principal, held: Rights, *, has_limits: bool) -> bool:
    """Whether who may manage people may change who is in a team, or delete it.

    Args:
        manager: who asks.
        held: what was granted to the team, and to every team that it lies in.
        has_limits: whether it or one that it lies in has a quota, which its members would escape.
    """
    if manager.role is Role.ADMINISTRATOR:
        return True
    return not has_limits and is_as_wide(manager.rights, held)


def usable(
    granted: Rights, guarantors: Iterable[Rights], private_archives: Iterable[str]
) -> Rights:
    """What somebody may use of what was granted to them: what each guarantor holds too.

    Args:
        granted: to them.
        guarantors: what was granted to each who handed them a way in, and to those who did the
            same for these; nothing for one who is shut out.
        private_archives: the names of all.
    """
    private = list(private_archives)
    return reduce(lambda held, other: in_common(held, other, private), guarantors, granted)
