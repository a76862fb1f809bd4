"""Rights that are narrowed to some sources: which those are, in an archive as it is now."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from vostok.debian.stanza import fields_of
from vostok.domain.access import Action, Principal, source_limits
from vostok.domain.archive import Archive, Suite
from vostok.domain.package import Membership, NewSource
from vostok.domain.rebuild_plan import Plan, Refusal
from vostok.domain.rights import EVERY_SOURCE, SourceLimit
from vostok.domain.selection.evaluation import evaluate
from vostok.domain.selection.facts import Facts, wanted_facts
from vostok.domain.selection.parser import parse_selection
from vostok.errors import NotAllowedError
from vostok.services.repositories import Transaction
from vostok.services.selection.selecting import current_local, selected
from vostok.services.views.editions import derivation_of

NOT_GRANTED = "not-granted"


def within_rights(
    transaction: Transaction, principal: Principal, archive: Archive, suite: Suite, plan: Plan
) -> Plan:
    """The plan without what the principal's right to ask for it does not reach.

    Costs nothing where the right is not narrowed, else what evaluating each of its selections
    does, however many sources are asked for.

    Raises:
        NotAllowedError: nothing of what was asked for is left.
    """
    names = {build.source for build in plan.accepted}
    allowed, refused = rebuildable_names(transaction, principal, archive, suite, names)
    if not refused:
        return plan
    kept = tuple(build for build in plan.accepted if build.source in allowed)
    return replace(plan, accepted=kept, refused=(*refused, *plan.refused))


def rebuildable_names(
    transaction: Transaction,
    principal: Principal,
    archive: Archive,
    suite: Suite,
    names: Collection[str],
) -> tuple[Collection[str], tuple[Refusal, ...]]:
    """Those of the sources that the principal's right to ask for rebuilds reaches; the others.

    Raises:
        NotAllowedError: it reaches none of them.
    """
    limits = source_limits(principal, Action.REQUEST_REBUILD, archive.name)
    if EVERY_SOURCE in limits or not names:
        return names, ()
    asked = frozenset(names)
    allowed = _allowed(transaction, suite, limits, asked)
    only = _only(limits)
    if not allowed:
        raise NotAllowedError(
            f"{principal.name} may not ask for any of it in {archive.name}, {only}",
            hint=f"whoever administers {archive.name} can grant more: vostok right grant",
            reason=NOT_GRANTED,
        )
    refused = tuple(
        Refusal(
            source=name,
            code=NOT_GRANTED,
            sentence=f"{principal.name} may not ask for rebuilds of {name}, {only}",
        )
        for name in sorted(asked - allowed)
    )
    return allowed, refused


def check_upload(
    transaction: Transaction,
    principal: Principal,
    archive: Archive,
    suite: Suite,
    base: Membership,
    source: NewSource,
) -> None:
    """Refuse what lies outside of what somebody's right to upload is narrowed to.

    A source that the archive or its parents have is judged as it is there, since whoever sends
    one writes its fields; a new one by its own fields and its component. One that the archive has
    in another component than it is sent for must be allowed in both.

    Raises:
        NotAllowedError: it does; the sentence says what they may upload.
    """
    limits = source_limits(principal, Action.UPLOAD, archive.name)
    if EVERY_SOURCE in limits:
        return
    name, component = source.name, source.component
    local = current_local(transaction, suite)
    components = {component}
    if local is not None:
        components |= {own.component for own in local.sources if own.name == name}
    selections = _selections_near(limits, name, components)
    if selections is None:
        return
    is_here = bool(transaction.packages.sources_named(base, [name])) or (
        local is not None and name in local.names
    )
    selecting: set[str] = set()
    for expression in selections:
        if is_here:
            found: Collection[str] = selected(
                transaction,
                base,
                expression,
                among=frozenset({name}),
                architectures=suite.architectures,
                is_strict=False,
                local=local,
            )
        else:
            found = _of_new(expression, source)
        if name in found:
            selecting.add(expression)
    if _lets_through(limits, name, components, selecting):
        return
    raise NotAllowedError(
        f"{principal.name} may not upload {name} of {component} into {archive.name}, "
        + _only(limits),
        hint=f"whoever administers {archive.name} can grant more: vostok right grant",
        reason=NOT_GRANTED,
    )


def _allowed(
    transaction: Transaction, suite: Suite, limits: Sequence[SourceLimit], names: Collection[str]
) -> set[str]:
    """Those of the sources that one of the limits lets through. In sets, not one by one."""
    base, local = derivation_of(suite).base, current_local(transaction, suite)
    components: dict[str, str] = {}
    if any(limit.component is not None for limit in limits):
        components = transaction.paragraphs.components(base)
        components |= {} if local is None else {s.name: s.component for s in local.sources}
    allowed: set[str] = set()
    for limit in limits:
        near = {name for name in names if limit.may_allow(name, components.get(name, ""))}
        if limit.selection is not None and near:
            near &= selected(
                transaction,
                base,
                limit.selection,
                among=frozenset(near),
                architectures=suite.architectures,
                is_strict=False,
                local=local,
            ).keys()
        allowed |= near
    return allowed


def _selections_near(
    limits: Sequence[SourceLimit], name: str, components: set[str]
) -> list[str] | None:
    """The selections that decide; None: what has no selection lets the source through already."""
    if _lets_through(limits, name, components, frozenset()):
        return None
    near = [limit for limit in limits if any(limit.may_allow(name, c) for c in components)]
    return sorted({limit.selection for limit in near if limit.selection is not None})


def _lets_through(
    limits: Sequence[SourceLimit],
    name: str,
    components: Collection[str],
    selecting: Collection[str],
) -> bool:
    """Whether each of the components is within a limit.

    Args:
        limits: of which each is enough for a component.
        name: of the source.
        components: in which it is, and for which it is sent.
        selecting: those of the selections that select it.
    """
    return all(
        any(
            limit.may_allow(name, component)
            and (limit.selection is None or limit.selection in selecting)
            for limit in limits
        )
        for component in components
    )


def _of_new(expression: str, source: NewSource) -> Collection[str]:
    """The source, if an expression selects it though no archive has it: by its own fields."""
    parsed = parse_selection(expression)
    wanted = wanted_facts(parsed)
    names = sorted(wanted.source_fields)
    values = zip(names, fields_of(source.stanza, names), strict=True)
    return evaluate(
        parsed,
        Facts(
            names=frozenset({source.name}),
            versions={source.name: source.version},
            components={source.name: source.component},
            source_fields={
                field: {source.name: value} if value else {} for field, value in values
            },
            binary_fields={field: {} for field in wanted.binary_fields},
        ),
        is_strict=False,
    )


def _only(limits: Sequence[SourceLimit]) -> str:
    return "only " + " or ".join(str(limit) for limit in limits)
