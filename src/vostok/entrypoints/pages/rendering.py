"""The templates with what they may use: filters, addresses, looks and pictures."""

from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from jinja2 import ChainableUndefined, Environment, PackageLoader

from vostok.entrypoints.pages import (
    addresses,
    browsers,
    filters,
    looks,
    next_steps,
    pictures,
    proofs,
)

_PACKAGE: Final = "vostok.entrypoints.pages"
_MEDIA_TYPES: Final = {
    "style.css": "text/css",
    "live.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
# name -> content and media type; three small files, read once
STATIC: Final = MappingProxyType(
    {
        name: (files(_PACKAGE).joinpath("static", name).read_bytes(), media_type)
        for name, media_type in _MEDIA_TYPES.items()
    }
)
REFRESH_SECONDS: Final = 5


def static_path(name: str) -> str:
    """The address of a static file, with its content's hash so that it may be cached for ever."""
    return f"/static/{name}?v={sha256(STATIC[name][0]).hexdigest()[:12]}"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=ChainableUndefined,
        finalize=filters.visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (
        filters.ago,
        filters.byte_size,
        filters.capitalize_first,
        filters.clock,
        filters.clock_to_second,
        filters.duration,
        filters.fingerprint,
        filters.grouped,
        filters.indented_json,
        filters.iso,
        filters.readable,
        filters.words,
    ):
        environment.filters[function.__name__] = function
    for offered in (
        addresses.archive_path,
        addresses.build_path,
        addresses.campaign_path,
        addresses.job_path,
        addresses.log_name,
        addresses.log_page_path,
        addresses.path_of,
        addresses.plain_log_path,
        addresses.rebuild_path,
        addresses.toolchain_path,
        browsers.browser_of,
        filters.lasted,
        filters.campaign_choices,
        filters.names_of,
        filters.raised,
        looks.look_of,
        next_steps.next_steps,
        pictures.counts_bar,
        pictures.progress_areas,
        pictures.share,
        pictures.stages_bar,
        proofs.compilers_found,
        static_path,
    ):
        environment.globals[offered.__name__] = offered
    environment.globals["refresh_seconds"] = REFRESH_SECONDS
    return environment


_ENVIRONMENT: Final = _environment()


def render(template: str, **values: object) -> str:
    """A template's text."""
    return _ENVIRONMENT.get_template(template).render(**values)
