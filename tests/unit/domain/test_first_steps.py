"""What a new installation still needs, step by step."""

from dataclasses import replace

from vostok.domain.first_steps import Begun, FirstStep, StepState, next_steps

NEW = Begun(
    has_password=False,
    administrators=(),
    image=None,
    has_toolchain=False,
    has_builder=False,
    derived=None,
    is_rebuilt=False,
)


def following(begun: Begun) -> list[FirstStep]:
    return [step for step, state in next_steps(begun) if state is StepState.NEXT]


def test_each_step_that_is_done_leads_to_the_next_until_something_is_rebuilt() -> None:
    begun = [
        NEW,
        replace(NEW, has_password=True),
        replace(NEW, has_password=True, image="debian"),
        replace(NEW, has_password=True, image="debian", has_builder=True),
        replace(NEW, has_password=True, image="debian", has_builder=True, derived="trial"),
    ]

    led = [following(one) for one in begun]

    assert led == [
        [FirstStep.PERSON],
        [FirstStep.IMPORT],
        [FirstStep.BUILDER],
        [FirstStep.DERIVE],
        [FirstStep.REBUILD],
    ]
    assert next_steps(replace(begun[-1], is_rebuilt=True)) == ()


def test_a_toolchain_is_made_if_it_is_wanted() -> None:
    states = dict(next_steps(replace(NEW, has_password=True)))

    assert states[FirstStep.TOOLCHAIN] is StepState.IF_WANTED
    assert states[FirstStep.SIGN_IN] is StepState.DONE
    assert states[FirstStep.APT] is StepState.LATER
    assert dict(next_steps(replace(NEW, has_toolchain=True)))[FirstStep.TOOLCHAIN] is (
        StepState.DONE
    )
