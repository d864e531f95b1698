"""Settings and model files of earlier versions, in today's words.

Only this module knows the names of earlier versions. Stored settings, model files and names that users type
are upgraded here before they are checked. Values of this version are returned unchanged, and so are invalid
ones: the check that follows refuses them.
"""

from __future__ import annotations

import math
from typing import Any

_METHODS = {"planes": "triplanar", "decoder": "sam_decoder"}
_FIT_KEYS = {"head_most_steps": "head_max_steps"}
_PREDICT_KEYS = {
    "least_island": "min_component_fraction",
    "least_prior_weight": "min_prior_weight",
    "most_edge_contrast": "max_edge_contrast",
}
_SLICES_ALONE = ["small_components"]
"""The steps that ``consistency: false`` left."""
# Earlier versions stored the settings of both methods, whichever of them was chosen.
_FLAT_KEYS = {
    "triplanar": {
        "members", "hidden", "folds", "head_steps", "head_warm_steps", "head_volume_steps", "head_max_steps",
        "points", "head_learning_rate", "head_weight_decay", "plane_dropout", "dropout",
    },
    "sam_decoder": {
        "prototypes", "probe_decay", "probe_iterations", "steps", "warm_steps", "batch_size",
        "learning_rate", "token_learning_rate", "stop_loss",
    },
}  # fmt: skip
_MAX_STORED_BITS = 64


def upgrade_method(name: str) -> str:
    """Today's name of a method."""
    return _METHODS.get(name, name)


def upgrade_settings(values: dict[str, Any]) -> dict[str, Any]:
    """Settings as :meth:`fewshot_sam.settings.Settings.from_json` takes them; ``values`` is left alone."""
    upgraded = dict(values)
    if isinstance(values.get("fit"), dict):
        upgraded["fit"] = _upgrade_fit(values["fit"])
    if isinstance(values.get("predict"), dict):
        upgraded["predict"] = _upgrade_predict(values["predict"])
    return upgraded


def upgrade_model(about: dict[str, Any]) -> dict[str, Any]:
    """The description in a model file as :class:`fewshot_sam.methods.fitted_model.FittedModel` takes it."""
    about = dict(about)
    if "method" not in about and {"answering", "folds", "left_out"} <= about.keys():
        members, folds = about.pop("answering"), about.pop("folds")
        scores = about.pop("left_out")
        about["method"] = "sam_decoder" if members is None else "triplanar"
        about["method_state"] = (
            {} if members is None else {"members": members, "folds": folds, "cross_validated_dice": scores}
        )
    if isinstance(about.get("settings"), dict):
        about["settings"] = upgrade_settings(about["settings"])
    if isinstance(about.get("fit"), dict):
        about["fit"] = _renamed(about["fit"], {"left_out_dice": "cross_validated_dice"})
    return about


def _upgrade_fit(values: dict[str, Any]) -> dict[str, Any]:
    fit = _renamed(values, _FIT_KEYS)
    if isinstance(fit.get("method"), str):
        fit["method"] = upgrade_method(fit["method"])
    method = fit.get("method", "triplanar")
    if not isinstance(method, str) or method not in _FLAT_KEYS:
        return fit
    others = set().union(*(keys for name, keys in _FLAT_KEYS.items() if name != method))
    return {key: value for key, value in fit.items() if not (key in others and _is_small_number(value))}


def _upgrade_predict(values: dict[str, Any]) -> dict[str, Any]:
    predict = _renamed(values, _PREDICT_KEYS)
    if isinstance(predict.get("consistency"), bool) and not predict.pop("consistency"):
        predict.setdefault("steps", _SLICES_ALONE)
    return predict


def _renamed(values: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in values.items()}


def _is_small_number(value: Any) -> bool:
    """Whether the value of an unused setting is a valid number; others are kept, to be refused later."""
    if isinstance(value, int):
        return value.bit_length() <= _MAX_STORED_BITS
    return isinstance(value, float) and math.isfinite(value)
