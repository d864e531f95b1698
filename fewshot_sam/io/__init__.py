"""Images and label maps from files and back: the only place that knows file formats."""

from fewshot_sam.io.export import save_label_map, save_scalar_map
from fewshot_sam.io.isolated import load_volume_isolated
from fewshot_sam.io.labels import load_label_map
from fewshot_sam.io.load import load_volume

__all__ = ["load_label_map", "load_volume", "load_volume_isolated", "save_label_map", "save_scalar_map"]
