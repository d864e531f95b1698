"""The few-shot methods by name. A new one is a package with a :class:`Method` and a line here."""

from __future__ import annotations

from pkgutil import resolve_name
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fewshot_sam.methods.base import Method
    from fewshot_sam.methods.settings import MethodSettings


class MethodEntry(NamedTuple):
    """Where a method is, as "module:class".

    Attributes:
        implementation: a :class:`fewshot_sam.methods.base.Method`.
        settings: a :class:`fewshot_sam.methods.settings.MethodSettings`; its module must not import torch,
            which the web server does without.
        summary: what it is, for ``--help``.
        class_axes: of its state, the tensors in which an axis runs over the classes, the background and then
            the labels; with that axis.
        averages: of its state, the tensors whose last axis is an average of the encoder's answers on painted
            pixels, before training changed it.
    """

    implementation: str
    settings: str
    summary: str
    class_axes: Mapping[str, int] = MappingProxyType({})
    averages: tuple[str, ...] = ()


DEFAULT_METHOD = "triplanar"

METHODS: dict[str, MethodEntry] = {
    DEFAULT_METHOD: MethodEntry(
        "fewshot_sam.methods.triplanar.method:TriplanarMethod",
        "fewshot_sam.methods.triplanar.settings:TriplanarSettings",
        "a head on the embeddings of all three planes",
        MappingProxyType({"out": 2, "out_bias": 2}),
        ("mean",),
    ),
    "sam_decoder": MethodEntry(
        "fewshot_sam.methods.sam_decoder.method:SamDecoderMethod",
        "fewshot_sam.methods.sam_decoder.settings:SamDecoderSettings",
        "SAM's mask decoder with few-shot prompts, as in the paper",
        MappingProxyType(
            dict.fromkeys(("prototypes", "mask_tokens", "tags", "bias", "probe.weight", "probe.bias"), 0)
        ),
        ("prototypes",),
    ),
    "draft": MethodEntry(
        "fewshot_sam.methods.draft.method:DraftMethod",
        "fewshot_sam.methods.draft.settings:DraftSettings",
        "the painted slices alone, interpolated, without the encoder",
    ),
}


def method_class(name: str) -> type[Method]:
    """The class of a registered method; its module is imported now. Raises KeyError."""
    found: type[Method] = resolve_name(METHODS[name].implementation)
    return found


def settings_class(name: str) -> type[MethodSettings]:
    """The settings of a registered method. Raises KeyError."""
    found: type[MethodSettings] = resolve_name(METHODS[name].settings)
    return found
