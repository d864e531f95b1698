"""How this server speaks with a login provider: Authlib's OAuth client with limits on what it reads."""

from __future__ import annotations

from typing import Any

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client

MAX_ANSWER_BYTES = 1024**2
TIMEOUT_S = 5.0  # of connecting, and of each piece of an answer


class AnswerError(Exception):
    """A provider's answer is none that is taken; the text is for the log and holds nothing of the answer."""


class ProviderClient(AsyncOAuth2Client):
    """One exchange with the provider; it follows no redirect, and takes nothing compressed or large."""

    def __init__(self, **options: Any) -> None:
        headers = {"Accept-Encoding": "identity", "Accept": "application/json"}
        super().__init__(timeout=TIMEOUT_S, headers=headers, follow_redirects=False, **options)

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send, and read the answer piece by piece. Raises AnswerError when it is too much."""
        answer = await super().send(request, **{**options, "stream": True})
        try:
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise AnswerError("an answer is compressed, although none was asked to be")
            body = bytearray()
            async for piece in answer.aiter_raw():
                body += piece
                if len(body) > MAX_ANSWER_BYTES:
                    raise AnswerError(f"an answer has more than {MAX_ANSWER_BYTES} bytes")
        finally:
            await answer.aclose()
        return httpx2.Response(
            answer.status_code, headers=answer.headers, content=bytes(body), request=request
        )

    async def get_json(self, address: str) -> dict[str, Any]:
        """What is at an address: a JSON object. Raises AnswerError, httpx2.RequestError."""
        answer = await self.request("GET", address, withhold_token=True)
        if answer.status_code != 200:
            raise AnswerError(f"a document was answered with status {answer.status_code}")
        found = answer.json()
        if not isinstance(found, dict):
            raise AnswerError("a document is no JSON object")
        return found
