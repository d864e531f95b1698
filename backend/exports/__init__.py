"""Masks as files for other programs: one module an export, named in :mod:`backend.exports.registry`."""
