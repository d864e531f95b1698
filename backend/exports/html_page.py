"""HTML pages to read, print or keep: one file that needs no other and runs no script."""

from __future__ import annotations

from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from backend.exports.base import ExportFile
from backend.exports.words import counted, moment
from storage.models import utc_now


def html_page(file_name: str, template: str, **values: Any) -> ExportFile:
    """The page that a template of this folder makes of ``values``, each of them escaped.

    Templates have the filters ``counted`` and ``moment`` of :mod:`backend.exports.words`, and the text
    ``written``: when the page was made, with the year that other moments leave out.
    """
    now = utc_now()
    environment = Environment(
        loader=PackageLoader("backend.exports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(counted=counted, moment=partial(moment, now=now))
    text = environment.get_template(template).render(written=moment(now), **values)
    return ExportFile(file_name, "text/html; charset=utf-8", text.encode())
