"""How long builds take and how much they leave behind, said before they are made.

A build that was made here is expected to take what it took; every other one what a model of its
source says. docs/explanation/estimates.md has the formula, where its constants come from, and how
far off it is.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from types import MappingProxyType
from typing import NamedTuple

BYTES_PER_MB = 1_000_000
SOURCE_BYTES_MIN = 1_000

# What a build costs whatever its source: source, chroot, clean-up. Measured: 22 s for all of a
# tiny package on an idle machine, 71 s beside the compiler's own work on a busy one.
FIXED_SECONDS = 40.0
# Installing: 15.8 s a build measured, at 8 stated build dependencies on average in bookworm.
INSTALL_SECONDS = 2.0
# One unit is the work of configuring, making and installing GNU binutils on one core: 125 CPU s
# of an AMD EPYC core. The five constants below are a fit to 782 packages in that unit.
UNIT_SECONDS = 125.0
UNITS = math.exp(-3.633)
SIZE_EXPONENT = 0.646
ANY_FACTOR = math.exp(1.140)
DEPENDENCIES_EXPONENT = 0.473
HEAVY_FACTOR = math.exp(1.028)
HEAVY_WORDS = ("qt", "kf5", "extra-cmake", "boost", "llvm", "rustc", "cargo", "g++")
"""In the text of the build dependencies: C++ with large headers, Rust."""
SECTION_FACTORS = MappingProxyType(
    {
        "devel": 1.15, "misc": 1.05, "libs": 1.05, "python": 0.98, "utils": 0.96, "net": 0.94,
        "video": 0.94, "web": 0.92, "admin": 0.91, "sound": 0.85, "mail": 0.80, "libdevel": 0.79,
        "text": 0.76, "gnome": 0.67, "x11": 0.63, "graphics": 0.60, "xfce": 0.58,
    }
)  # fmt: skip
"""By section of the archive; 1 for those of which the fit had fewer than eight packages."""

MODEL_SIGMA = 1.026
"""Of the logarithm of the compiler's part: one build in three is off by more than 2.8 times."""
MEASURED_SIGMA = 0.25
MACHINE_SIGMA = 0.5
"""Of the logarithm of how much slower all of one's builders are than the model's core."""
LOAD_SIGMA = 0.1
"""The same for builders that are known by what they have built."""

LOG_BYTES = 60_000
LOG_BYTES_PER_SECOND = 2_000

_HEAVY = re.compile("|".join(map(re.escape, HEAVY_WORDS)))
_P90 = NormalDist().inv_cdf(0.9)


class SourceFacts(NamedTuple):
    """What the model looks at; an archive has 43,000 of them."""

    name: str
    section: str
    """Without its component: `libs`, not `contrib/libs`."""
    bytes: int
    """Of all files of the source."""
    build_dependencies: int
    """How many relations its Build-Depends fields state."""
    is_heavy: bool
    """Whether they have one of `HEAVY_WORDS`."""
    has_any_part: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one source took on one architecture when it was built here: medians."""

    seconds: float
    log_bytes: int
    file_bytes: int


class Expected(NamedTuple):
    """What a build will probably take: half the time less than `seconds`.

    `sigma` is the standard deviation of the logarithm.
    """

    seconds: float
    sigma: float
    log_bytes: int
    is_measured: bool

    @property
    def mean_seconds(self) -> float:
        """The mean, which is above the median: some builds take very long."""
        return self.seconds * math.exp(self.sigma**2 / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """By what factor builders here are slower than the model's: its logarithm is normal."""

    log_mean: float
    log_sigma: float

    @property
    def factor(self) -> float:
        """The median."""
        return math.exp(self.log_mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """An uncertain figure: it is below `p50` one time in two, below `p90` nine times in ten."""

    p50: float
    p90: float


def source_facts(
    name: str, *, section: str, size: int, relations: Sequence[str], has_any_part: bool
) -> SourceFacts:
    """The facts of a source from the texts of its Build-Depends fields."""
    return SourceFacts(
        name=name,
        section=section.rpartition("/")[2],
        bytes=size,
        build_dependencies=sum(map(_relation_count, relations)),
        is_heavy=_HEAVY.search(" ".join(relations)) is not None,
        has_any_part=has_any_part,
    )


def _relation_count(field: str) -> int:
    stated = field.rstrip().rstrip(",")
    return stated.count(",") + 1 if stated else 0


def modelled(facts: SourceFacts) -> Expected:
    """What the model says of a source, on the model's own core."""
    compiling = UNIT_SECONDS * UNITS
    compiling *= (max(facts.bytes, SOURCE_BYTES_MIN) / BYTES_PER_MB) ** SIZE_EXPONENT
    compiling *= (1 + facts.build_dependencies) ** DEPENDENCIES_EXPONENT
    compiling *= ANY_FACTOR if facts.has_any_part else 1.0
    compiling *= HEAVY_FACTOR if facts.is_heavy else 1.0
    compiling *= SECTION_FACTORS.get(facts.section, 1.0)
    around = FIXED_SECONDS + INSTALL_SECONDS * facts.build_dependencies
    seconds = around + compiling
    return Expected(
        seconds=seconds,
        # Only the compiler's part is that uncertain: d ln(around + x) = x / (around + x) · d ln x.
        sigma=MODEL_SIGMA * compiling / seconds,
        log_bytes=round(LOG_BYTES + LOG_BYTES_PER_SECOND * compiling),
        is_measured=False,
    )


def measured(found: Measured) -> Expected:
    """What a build that was made here is expected to take again."""
    return Expected(
        seconds=found.seconds,
        sigma=MEASURED_SIGMA,
        log_bytes=found.log_bytes,
        is_measured=True,
    )


def machine_speed(pairs: Iterable[tuple[float, Expected]]) -> Speed:
    """How fast builders here are, from builds that are both measured and modelled.

    Each (seconds measured, what the model says) is one observation of the factor, as uncertain
    as the model is; without any the factor is about 1. The usual update of a normal prior.
    """
    weight = 1 / MACHINE_SIGMA**2
    total = 0.0
    for seconds, model in pairs:
        if seconds > 0:
            of_pair = 1 / (model.sigma**2 + MEASURED_SIGMA**2)
            weight += of_pair
            total += of_pair * math.log(seconds / model.seconds)
    # However many observations: the load of tomorrow is not that of yesterday.
    return Speed(log_mean=total / weight, log_sigma=max(LOAD_SIGMA, math.sqrt(1 / weight)))


def at_speed(expected: Expected, speed: Speed) -> Expected:
    """The same on the builders here; what is measured was measured on them already."""
    if expected.is_measured or not speed.log_mean:
        return expected
    return Expected(
        seconds=expected.seconds * speed.factor,
        sigma=expected.sigma,
        log_bytes=expected.log_bytes,
        is_measured=False,
    )


def total_seconds(builds: Iterable[Expected], speed: Speed) -> Spread:
    """How long builds take one after another.

    The builds' own errors are independent and even out over many; the error of the machine's
    speed is common to all modelled ones and does not. The mean and the variance of such a sum
    are exact; its quantiles are those of the log-normal distribution that has both, which for
    one build is exact.

    Args:
        builds: at the speed of the builders here (`at_speed`).
        speed: that speed, for its uncertainty.

    Source: Fenton 1960, Wilkinson: sums of log-normal variables. O(builds).
    """
    mean = variance = 0.0
    sums = {True: [0.0, 0.0], False: [0.0, 0.0]}
    for build in builds:
        own = sums[build.is_measured]
        build_mean = build.mean_seconds
        own[0] += build_mean
        own[1] += build_mean**2 * math.expm1(build.sigma**2)
    for is_measured, sigma in ((True, LOAD_SIGMA), (False, speed.log_sigma)):
        own_mean, own_variance = sums[is_measured]
        common = math.exp(sigma**2)
        mean += own_mean * math.sqrt(common)
        # Var(S·X) of independent S and X: E[S]² is e^sigma², E[S²] is e^(2·sigma²).
        variance += common * (common * own_variance + (common - 1) * own_mean**2)
    return _log_normal(mean, variance)


def _log_normal(mean: float, variance: float) -> Spread:
    if mean <= 0:
        return Spread(p50=0.0, p90=0.0)
    squared = math.log1p(variance / mean**2)
    median = mean / math.sqrt(1 + variance / mean**2)
    return Spread(p50=median, p90=median * math.exp(_P90 * math.sqrt(squared)))
