"""/api/terms: what a label may be."""

from __future__ import annotations

from fastapi import APIRouter

from backend.http.identity import Owner
from backend.schemas.terms import QueryWords, TermsAnswer
from fewshot_sam.io.terminology import match, search

MAX_TERMS = 20


def term_routes() -> APIRouter:
    """The route of terms: they are the same for all."""
    router = APIRouter()

    @router.get("/terms")
    def find_terms(_asker: Owner, words: QueryWords) -> TermsAnswer:
        """Terms of SNOMED CT by name or code, 20 at most."""
        return TermsAnswer(terms=search(words, MAX_TERMS), meant=match(words))

    return router
