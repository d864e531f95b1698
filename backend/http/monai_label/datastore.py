"""/datastore: the project's volumes as images, downloaded and uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from backend.http.documents import bytes_answer, form_body
from backend.http.files import file_answer
from backend.http.identity import Owner, WritingOwner
from backend.http.monai_label.receiving import received_scan
from backend.http.monai_label.requests import PROJECT, ImageQuery
from backend.http.uploads import UploadSlots
from backend.http.work import ApiWork
from backend.schemas.requests import ProjectId
from backend.services.monai_label.facts import Listing

if TYPE_CHECKING:
    from backend.services import Services

_UPLOAD = form_body("one scan", params="taken, and not used")


def datastore_routes(services: Services, work: ApiWork, slots: UploadSlots) -> APIRouter:
    """Routes of images."""
    router = APIRouter(prefix=f"{PROJECT}/datastore")

    @router.get("/")
    def datastore(asker: Owner, project_id: ProjectId, output: Listing = Listing.STATS) -> Any:
        """How many images there are, pairs of image and label, or all that is known of each."""
        return services.monai_label.listing(asker, project_id, output)

    @router.get("/image", response_class=Response, responses=bytes_answer("NIfTI", "application/gzip"))
    async def image(asker: Owner, project_id: ProjectId, image: ImageQuery) -> Response:
        """An image as NIfTI."""
        write = services.monai_label.images.image_file
        return file_answer(await work.compute(asker.id, write, asker, project_id, image))

    @router.head("/image")
    def image_exists(asker: Owner, project_id: ProjectId, image: ImageQuery) -> Response:
        """Whether there is such an image."""
        services.monai_label.images.find(asker, project_id, image)
        return Response()

    @router.get("/image/info")
    def image_info(asker: Owner, project_id: ProjectId, image: ImageQuery) -> dict[str, Any]:
        """What is known of an image."""
        return services.monai_label.image_info(asker, project_id, image)

    async def upload(
        asker: WritingOwner, project_id: ProjectId, request: Request, image: ImageQuery = ""
    ) -> dict[str, str]:
        """Make a volume of an uploaded scan, called as the program calls it; the same scan is there once."""
        scan = await received_scan(services, work, slots, asker, project_id, request)
        if image:
            await work.write(services.monai_label.images.call, asker, scan.volume_id, image, scan.is_new)
        return {"image": scan.volume_id}

    for path in ("/", "/image"):
        router.add_api_route(path, upload, methods=["PUT"], openapi_extra=_UPLOAD)
    return router
