"""What the client says of answers: the server's own documents, never a copy that could differ."""

import importlib
import pkgutil

from typing_extensions import is_typeddict

from vostok.client import messages

OF_WHAT_IS_ASKED = ("Request", "Filter", "Choice", "_Rebuild")


def test_the_client_declares_types_only_of_what_it_asks() -> None:
    modules = [
        importlib.import_module(f"{messages.__name__}.{module.name}")
        for module in pkgutil.iter_modules(messages.__path__)
    ]

    declared = {
        f"{module.__name__}.{name}"
        for module in modules
        for name, value in vars(module).items()
        if is_typeddict(value) and value.__module__ == module.__name__
    }

    assert len(declared) > len(OF_WHAT_IS_ASKED)
    assert {name for name in declared if not name.endswith(OF_WHAT_IS_ASKED)} == set()
