"""What walks over all routes send: a body that each route accepts."""

from __future__ import annotations

from typing import Any

from tests.backend.tiny import axial_bytes

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/projects"): {"json": {"name": "n"}},
    ("PATCH", "/api/projects/{project_id}"): {"json": {"name": "n"}},
    ("PUT", "/api/projects/{project_id}/rules"): {"json": {"keep_days": 30, "deidentify": False}},
    ("POST", "/api/projects/{project_id}/labels"): {"json": {"name": "n"}},
    ("POST", "/api/projects/{project_id}/labels/restore"): {
        "json": {"value": 7, "code": 7, "name": "n", "color": "#ff0000"}
    },
    ("POST", "/api/projects/{project_id}/volumes"): {"files": {"files": ("a.nii", b"x")}},
    ("POST", "/api/projects/{project_id}/models"): {"files": {"files": ("a.safetensors", b"x")}},
    ("POST", "/api/projects/{project_id}/models/check"): {"files": {"files": ("a.safetensors", b"x")}},
    ("POST", "/api/uploads/{upload_id}"): {"json": {"series_uid": "1.2"}},
    ("PATCH", "/api/labels/{label_id}"): {"json": {"name": "n"}},
    ("PATCH", "/api/volumes/{volume_id}"): {"json": {"name": "n"}},
    ("POST", "/api/volumes/{volume_id}/annotations/import"): {"files": {"files": ("a.nii", b"x")}},
    ("POST", "/api/volumes/{volume_id}/reference"): {"files": {"files": ("a.nii", b"x")}},
    ("POST", "/api/volumes/{volume_id}/annotations/{plane}/revert"): {"json": {"slices": [[1, 1, 0]]}},
    ("POST", "/api/volumes/{volume_id}/slices/{plane}/{slice_index}/outline"): {
        "json": {"box": [0, 0, 2, 2]}
    },
    ("PUT", "/api/volumes/{volume_id}/annotations/{plane}/{slice_index}"): {
        "content": axial_bytes(1),
        "headers": {"X-Base-Version": "0", "X-State": "painted"},
    },
    ("POST", "/api/volumes/{volume_id}/runs"): {"json": {"kind": "propagate"}},
    ("POST", "/api/projects/{project_id}/batches"): {"json": {}},
    ("PUT", "/api/projects/{project_id}/members"): {"json": {"name": "Grace", "role": "reviewer"}},
    ("POST", "/api/projects/{project_id}/owner"): {"json": {"name": "Grace"}},
    ("POST", "/api/volumes/{volume_id}/review/reopen"): {"json": {"reason": "r"}},
    # Nobody of that name may paint, so that nobody's volume is out of sight from then on.
    ("POST", "/api/volumes/{volume_id}/readings"): {"json": {"readers": ["nobody"]}},
    ("POST", "/api/volumes/{volume_id}/merge"): {"json": {"method": "majority"}},
    ("POST", "/api/volumes/{volume_id}/comments"): {
        "json": {"plane": "axial", "voxel": [1, 1, 1], "text": "t"}
    },
    ("POST", "/api/volumes/{volume_id}/comments/{comment_id}/replies"): {"json": {"text": "t"}},
    ("PUT", "/api/volumes/{volume_id}/comments/{comment_id}/resolved"): {"json": {"resolved": True}},
    ("POST", "/api/archives/{archive}/studies"): {"json": {}},
    ("POST", "/api/archives/{archive}/series"): {"json": {"study_uid": "1.2"}},
    ("POST", "/api/projects/{project_id}/archives/{archive}/volumes"): {
        "json": {"study_uid": "1.2", "series_uid": "1.3", "fetch_id": "0" * 32}
    },
    ("POST", "/api/masks/{mask_id}/archives/{archive}"): {"json": {"format": "seg"}},
    ("POST", "/api/session"): {"json": {"name": "n", "password": "p"}},
    ("POST", "/api/session/password"): {"json": {"present": "p", "new": "q"}},
    ("POST", "/api/invitations"): {"json": {"token": "t", "password": "p"}},
    ("POST", "/api/invitations/check"): {"json": {"token": "t"}},
    ("POST", "/api/oidc"): {"json": {"to": "log_in"}},
}

REVIEWING = {  # what a reviewer may do, too: it changes no paint
    *(("POST", f"/api/volumes/{{volume_id}}/review/{step}") for step in ("accept", "send-back", "reopen")),
    ("PUT", "/api/volumes/{volume_id}/review/slices/{plane}/{slice_index}"),
    ("POST", "/api/volumes/{volume_id}/comments"),
    ("POST", "/api/volumes/{volume_id}/comments/{comment_id}/replies"),
    ("PUT", "/api/volumes/{volume_id}/comments/{comment_id}/resolved"),
}
