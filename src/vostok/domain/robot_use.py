"""What a robot may use now of what was granted to it, and why, in one sentence."""

from collections.abc import Sequence

GUARANTORS_NAMED_MAX = 5


def said_use(
    *, is_shut_out: bool, is_granted: bool, is_usable: bool, guarantors: Sequence[str]
) -> str:
    """The sentence.

    Args:
        is_shut_out: whether it may not even come in.
        is_granted: whether anything was granted to it, by itself or in teams.
        is_usable: whether something of that is of use now.
        guarantors: who made it or handed it a token or a key, without being an administrator.
    """
    if is_shut_out:
        return "It may use nothing while it is shut out."
    nothing = "It may use no right now"
    if not guarantors:
        return (
            "It may use all that was granted to it."
            if is_granted
            else f"{nothing}, since nothing was granted to it."
        )
    names = _names(guarantors)
    bound = (
        f"what {names} may do by a grant too, and not by a role, until an administrator vouches "
        "for it"
    )
    if not is_granted:
        return f"{nothing}, since nothing was granted to it; of what will be, it may use {bound}."
    if not is_usable:
        return f"{nothing}: of what was granted to it, it may use only {bound}."
    return f"Of what was granted to it, it may use only {bound}."


def _names(guarantors: Sequence[str]) -> str:
    named = ", ".join(guarantors[:GUARANTORS_NAMED_MAX])
    others = len(guarantors) - GUARANTORS_NAMED_MAX
    return f"{named} and {others} more" if others > 0 else named
