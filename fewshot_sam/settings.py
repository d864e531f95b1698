"""Everything that can be set about fitting and predicting: type, range, meaning and measured default.

Settings come from requests and from model files, so :meth:`Settings.from_json` takes nothing on trust: a
name it does not know, a value of another type or outside its range, and settings that together ask for
too much work are refused. Each field's annotation is the one place that states its range and its meaning.
How a method is fitted is the method's own dataclass; what is here holds for all methods.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, StrictBool, StrictFloat, StrictInt, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from fewshot_sam.errors import ModelError
from fewshot_sam.methods.registry import DEFAULT_METHOD, METHODS, settings_class
from fewshot_sam.methods.settings import MethodSettings
from fewshot_sam.methods.upgrade import upgrade_settings
from fewshot_sam.volumetric.registry import DEFAULT_STEPS, STEPS

_SHOWN_CHARACTERS = 40
_SHOWN_BITS = 64
_OUT_OF_RANGE = ("greater_than_equal", "less_than_equal", "finite_number")


@dataclass(frozen=True)
class PredictSettings:
    """How slices become a volume; see each field."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    steps: Annotated[
        tuple[str, ...],
        Field(
            max_length=16,
            description="the volumetric steps, by name in their order; without those that join slices, "
            "each slice stands alone",
        ),
    ] = DEFAULT_STEPS
    score_weight: Annotated[
        StrictFloat, Field(ge=0.0, le=100.0, description="of the model's log-probabilities")
    ] = 1.0
    distance_weight: Annotated[
        StrictFloat | None,
        Field(
            ge=0.0,
            le=100.0,
            description="of the interpolated signed distances, as log-odds, beside them; None: by label, "
            "see fewshot_sam.volumetric.distance_weights",
        ),
    ] = None
    prior_weight: Annotated[
        StrictFloat,
        Field(
            ge=1e-6,
            le=1000.0,
            description="gamma of the random walker for a label that the model has learnt; more keeps closer "
            "to the model",
        ),
    ] = 0.25
    edge_contrast: Annotated[
        StrictFloat,
        Field(
            ge=0.0, le=1e5, description="beta of the random walker; more stops sooner at edges of the image"
        ),
    ] = 100.0
    min_prior_weight: Annotated[
        StrictFloat,
        Field(
            ge=1e-6,
            le=1000.0,
            description="prior_weight of a label that the cross-validation on painted slices did not find",
        ),
    ] = 0.0001
    max_edge_contrast: Annotated[
        StrictFloat, Field(ge=0.0, le=1e5, description="edge_contrast of such a label")
    ] = 1000.0
    iterations: Annotated[
        StrictInt, Field(ge=1, le=1000, description="most conjugate gradient steps a label")
    ] = 100
    max_cells: Annotated[
        StrictInt,
        Field(
            ge=100,
            le=16_000_000,
            description="most cells of the system; a larger box is solved at half the resolution in the "
            "plane, or less",
        ),
    ] = 4_000_000
    min_component_fraction: Annotated[
        StrictFloat,
        Field(
            ge=0.0,
            le=1.0,
            description="on volumes without paint, a label's components smaller than this share of its "
            "largest are taken for background",
        ),
    ] = 0.2
    min_unpainted_fraction: Annotated[
        StrictFloat,
        Field(
            ge=0.0,
            le=1.0,
            description="on volumes with paint, a label's components that touch no voxel painted with it and "
            "are smaller than this share of its largest are given the next likeliest class, or none",
        ),
    ] = 0.1
    batch_size: Annotated[
        StrictInt, Field(ge=1, le=16, description="slices scored at once, where the method takes several")
    ] = 4
    probabilities: Annotated[StrictBool, Field(description="also return each label's probabilities")] = False


def _default_fit() -> MethodSettings:
    return settings_class(DEFAULT_METHOD)()


@dataclass(frozen=True)
class Settings:
    """Fitting and predicting together.

    Attributes:
        fit: of the method, which its type tells; see :data:`fewshot_sam.methods.registry.METHODS`.
    """

    fit: MethodSettings = field(default_factory=_default_fit)
    predict: PredictSettings = PredictSettings()

    @property
    def method(self) -> str:
        """The method's name."""
        return self.fit.method

    @classmethod
    def for_method(cls, name: str, **predict: Any) -> Settings:
        """The measured defaults of a method, with ``predict`` settings changed. Raises KeyError."""
        fit = settings_class(name)()
        return cls(fit, PredictSettings(**{**fit.predict_defaults, **predict}))

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries."""
        predict = asdict(self.predict) | {"steps": list(self.predict.steps)}
        return {"fit": {"method": self.method, **asdict(self.fit)}, "predict": predict}

    @classmethod
    def from_json(cls, values: Any) -> Settings:
        """Inverse of :meth:`to_json`; what is missing keeps its default.

        Args:
            values: parsed JSON of any kind, from a request or a file, of this or an earlier version.

        Raises:
            ModelError: if it is no object of objects, a name is unknown, a value has another type or is
                out of its range, or the memory or work is many times the defaults'.
        """
        if not isinstance(values, dict):
            raise ModelError(f"The settings must be an object, got {_shown(values)}.")
        values = upgrade_settings(values)
        names = [each.name for each in fields(cls)]
        if unknown := [name for name in values if name not in names]:
            raise ModelError(_unknown(str(unknown[0]), names))
        for name in names:
            if not isinstance(values.setdefault(name, {}), dict):
                raise ModelError(f"The settings {name} must be an object, got {_shown(values[name])}.")
        method = values["fit"].pop("method", DEFAULT_METHOD)
        if not isinstance(method, str) or method not in METHODS:
            raise ModelError(
                f"The setting fit.method must be one of {', '.join(METHODS)}, got {_shown(method)}."
            )
        fit = _parse("fit", settings_class(method), values["fit"])
        predict = _parse("predict", PredictSettings, values["predict"])
        for step in predict.steps:
            if step not in STEPS:
                raise ModelError(
                    f"The setting predict.steps must name {', '.join(STEPS)}, got {_shown(step)}."
                )
        _require_affordable(fit)
        return cls(fit, predict)

    def checked(self) -> Settings:
        """These settings, if :meth:`from_json` would take them. Raises ModelError."""
        return Settings.from_json(self.to_json())


def _require_affordable(fit: MethodSettings) -> None:
    """Refuse settings that are within their ranges one by one and too much together."""
    for product in fit.products:
        limit, wanted = product.max_ratio * product.of(type(fit)()), product.of(fit)
        if wanted > limit:
            raise ModelError(
                f"The product {product.names} must be at most {limit}, which is {product.max_ratio} times "
                f"the defaults', got {wanted}. Lower one of them."
            )


@cache
def _adapter(kind: type) -> TypeAdapter:
    return TypeAdapter(kind)


def _parse(part: str, kind: type, values: dict[str, Any]) -> Any:
    """Settings of one dataclass. Raises ModelError."""
    try:
        return _adapter(kind).validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise ModelError(_describe(first, part, kind)) from None


def _describe(error: ErrorDetails, part: str, kind: type) -> str:
    """What must be, and what was, of one error of pydantic's."""
    name = str(error["loc"][0])
    if error["type"] == "unexpected_keyword_argument":
        return _unknown(name, [each.name for each in fields(kind)])
    wanted = _wanted(kind, name, named=error["type"] not in _OUT_OF_RANGE)
    return f"The setting {part}.{name} must be {wanted}, got {_shown(error['input'])}."


def _unknown(name: str, known: list[str]) -> str:
    return f"Unknown setting {name[:_SHOWN_CHARACTERS]!r}; known are {', '.join(sorted(known))}."


def _wanted(kind: type, name: str, named: bool) -> str:
    """The range of a setting in words, read from its annotation; ``named``: with its type."""
    schema = _adapter(kind).json_schema()["properties"][name]
    choices = schema.get("anyOf", [schema])
    types = {
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "array": "a list of names",
    }
    words = types[choices[0]["type"]]
    if "minimum" not in choices[0]:
        return words
    span = f"from {choices[0]['minimum']:g} to {choices[0]['maximum']:g}"
    return (f"{words} {span}" if named else span) + (" or null" if len(choices) > 1 else "")


def _shown(value: Any) -> str:
    """A value from outside, short enough for a sentence."""
    if isinstance(value, dict | list | tuple):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and value.bit_length() > _SHOWN_BITS:  # such as 5000 digits
        return f"a whole number of {value.bit_length()} bits"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value[:_SHOWN_CHARACTERS]) if isinstance(value, str) else str(value)[:_SHOWN_CHARACTERS]
