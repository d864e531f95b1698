"""HTML pages to read, print or keep: one file that needs no other and runs no script."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from backend.exports.base import ExportFile


def html_page(file_name: str, template: str, **values: Any) -> ExportFile:
    """The page that a template of this folder makes of ``values``, each of them escaped."""
    environment = Environment(
        loader=PackageLoader("backend.exports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template(template).render(**values)
    return ExportFile(file_name, "text/html; charset=utf-8", text.encode())
