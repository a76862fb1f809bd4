"""Numbers with what they count, as sentences for people say them."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 source`, `2 sources`, `0 sources`.

    Args:
        number: how many.
        one: the words for one of them, with the verb if it goes with the number.
        many: those for several; by default the words for one with an `s`.
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"
