"""How far apart two surfaces may lie and still be one; parsers name it too, without the metrics."""

TOLERANCE_MM = 2.0
"""Of a surface Dice, where none is named."""
TOLERANCE_STEP_MM, MAX_TOLERANCE_MM = 0.1, 20.0
"""Of the tolerances for which scores are kept."""
