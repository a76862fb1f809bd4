"""Documents of what a new installation still needs."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class FirstStepView(TypedDict):
    """One step, and how far it is."""

    step: str
    state: str


class FirstStepsView(TypedDict):
    """The steps in order, and the names that their links need."""

    steps: list[FirstStepView]
    image: str | None
    derived: str | None
    administrator: str | None
