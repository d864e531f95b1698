"""How far apart two surfaces may lie and still be one; parsers name it too, without the metrics."""

TOLERANCE_MM = 2.0
"""Of a surface Dice, where none is named."""
