"""One's own API tokens."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from control_center.api.reading import noted, on_connection
from control_center.audit import notes
from control_center.auth.guard import Who, needs_person
from control_center.auth.rights import Right
from control_center.auth.tokens import Made
from control_center.center import CenterDep
from control_center.problems import InvalidQuery
from core.errors import NotFound
from store import token as store_token
from store.pool import Connection

router = APIRouter(prefix="/api/session/tokens", tags=["session"])


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TokenOrder(_Shape):
    """What a program is to be allowed."""

    name: Annotated[str, Field(min_length=1, max_length=100, description="what it is for")]
    scopes: Annotated[list[Right], Field(min_length=1, description="some of one's own rights")]
    days: Annotated[
        int, Field(ge=1, le=3650, description="until it ends; people.token_days at most")
    ]


class TokenMade(_Shape):
    """A new token; it is shown this once."""

    token_id: int
    token: Annotated[str, Field(description="for the header Authorization: Bearer")]
    expires_at: datetime


class TokenListed(_Shape):
    """One token, without its secret."""

    token_id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class TokenList(_Shape):
    """The newest first, the spent ones too."""

    tokens: list[TokenListed]


@router.get("", **needs_person())
async def my_tokens(center: CenterDep, who: Who) -> TokenList:
    """Answer one's own tokens."""
    found = await on_connection(center, lambda conn: store_token.listed(conn, who.username))
    return listed(found)


@router.post("", status_code=status.HTTP_201_CREATED, **needs_person())
async def make_token(center: CenterDep, who: Who, request: Request, order: TokenOrder) -> TokenMade:
    """Make a token with some of one's own rights."""
    beyond = set(order.scopes) - who.rights
    if beyond:
        raise InvalidQuery(f"you lack {', '.join(sorted(beyond))} yourself; leave it out")
    longest = center.settings.people.token_days
    if order.days > longest:
        raise InvalidQuery(f"a token lives {longest} days at the most; ask for less")
    expires_at = center.clock() + timedelta(days=order.days)
    scopes = sorted(set(order.scopes))

    def work(conn: Connection) -> Made:
        return center.tokens.make(conn, who.username, order.name, scopes, expires_at)

    made = await noted(
        center,
        work,
        lambda made: notes.entry(
            who,
            request,
            "token.make",
            "token",
            made.token_id,
            name=order.name,
            scopes=scopes,
            expires_at=expires_at,
        ),
    )
    return TokenMade(token_id=made.token_id, token=made.secret, expires_at=expires_at)


@router.delete("/{token_id}", status_code=status.HTTP_204_NO_CONTENT, **needs_person())
async def revoke_my_token(
    center: CenterDep, who: Who, request: Request, token_id: Annotated[int, Path(ge=1, lt=2**63)]
) -> Response:
    """End one of one's own tokens, now."""
    told = notes.entry(who, request, "token.revoke", "token", token_id)
    now = center.clock()
    await noted(center, lambda conn: revoke(conn, who.username, token_id, now), lambda _: told)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def revoke(conn: Connection, username: str, token_id: int, now: datetime) -> None:
    """End a person's token; NotFound when there is none that works."""
    if not store_token.revoke(conn, username, token_id, now):
        raise NotFound(f"{username} has no token {token_id} that works; list them again")


def listed(found: list[store_token.Listed]) -> TokenList:
    """Tokens as they are answered."""
    return TokenList(tokens=[TokenListed.model_validate(one._asdict()) for one in found])
