"""GET /vm of Oriel's API with FastAPI, SQLAlchemy and uvicorn: what `./oriel bench api` compares with.

The same tables in the same Postgres, the same tokens, the same members in the answer, the same rule about who is
signed in (a login is asked of Postgres again after 0.9 s). Left out, in its favour: rate limits, security headers,
the access log, filters.

Two ways: `/vm` as most would write it, `/tuned/vm` as fast as this stack was made to go.
"""

import os
import time
from datetime import datetime
from typing import List, Optional
from uuid import UUID

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, Text, create_engine, text, tuple_
from sqlalchemy.dialects.postgresql import UUID as PgUuid
from sqlalchemy.orm import Session, declarative_base, sessionmaker

engine = create_engine(os.environ["PEER_DATABASE"], pool_size=16, max_overflow=0)
LocalSession = sessionmaker(bind=engine, autoflush=False, expire_on_commit=False)
Base = declarative_base()
KEY = os.environ["PEER_ACCESS_KEY"]
ISSUER = os.environ["PEER_ISSUER"]
PUBLIC = ISSUER.replace("http", "ws", 1)
ACTIONS = {"stopped": ["start", "delete"], "running": ["stop", "delete"]}
FRESH = 0.9
START = (datetime.fromtimestamp(0), "00000000-0000-0000-0000-000000000000")


class Vm(Base):
    __tablename__ = "vm"
    id = Column(PgUuid(as_uuid=True), primary_key=True)
    owner_id = Column(PgUuid(as_uuid=True))
    name = Column(Text)
    template = Column(Text)
    cpus = Column(Integer)
    memory_bytes = Column(BigInteger)
    disk_bytes = Column(BigInteger)
    iso = Column(Text)
    firmware = Column(Text)
    when_unwatched = Column(Text)
    restart_policy = Column(Text)
    restart_due_at = Column(DateTime(timezone=True))
    desired = Column(Text)
    state = Column(Text)
    host = Column(Text)
    reason = Column(Text)
    boot_millis = Column(BigInteger)
    started_at = Column(DateTime(timezone=True))
    expires = Column(Text)
    expires_at = Column(DateTime(timezone=True))
    settled = Column(Boolean)
    created_at = Column(DateTime(timezone=True))


class Console(BaseModel):
    url: str
    ticket: Optional[str]
    expiresAt: Optional[datetime]
    id: Optional[str]
    page: str


class VmView(BaseModel):
    id: str
    name: str
    template: str
    state: str
    desired: str
    reason: Optional[str]
    cpus: int
    memoryMiB: int
    diskGiB: int
    iso: Optional[str]
    firmware: Optional[str]
    createdAt: datetime
    startedAt: Optional[datetime]
    bootMillis: Optional[int]
    expiresAt: Optional[datetime]
    expires: Optional[str]
    whenUnwatched: str
    restartPolicy: str
    restartsAt: Optional[datetime]
    host: Optional[str]
    actions: List[str]
    console: Optional[Console]


def view(vm):
    console = None
    if vm.state == "running":
        console = {"url": f"{PUBLIC}/vnc/{vm.host}/{vm.id}", "ticket": None, "expiresAt": None, "id": None,
                   "page": f"/pages/console/{vm.id}"}
    return {
        "id": str(vm.id), "name": vm.name, "template": vm.template, "state": vm.state, "desired": vm.desired,
        "reason": vm.reason, "cpus": vm.cpus, "memoryMiB": vm.memory_bytes >> 20, "diskGiB": vm.disk_bytes >> 30,
        "iso": vm.iso, "firmware": vm.firmware, "createdAt": vm.created_at, "startedAt": vm.started_at,
        "bootMillis": vm.boot_millis, "expiresAt": vm.expires_at, "expires": vm.expires,
        "whenUnwatched": vm.when_unwatched, "restartPolicy": vm.restart_policy, "restartsAt": vm.restart_due_at,
        "host": vm.host, "actions": ACTIONS.get(vm.state, []), "console": console,
    }


logins = {}


def caller(session, header):
    """The account that a token stands for; its login is asked of Postgres once in a while."""
    if not header or not header.lower().startswith("bearer "):
        raise HTTPException(401)
    try:
        token = jwt.api_jwt.decode_complete(header[7:], KEY, algorithms=["HS256"], audience="oriel-access",
                                            issuer=ISSUER)
    except jwt.InvalidTokenError as e:
        raise HTTPException(401) from e
    if token["header"].get("typ") != "oriel-access+jwt":
        raise HTTPException(401)
    login, now = token["payload"]["sid"], time.monotonic()
    known = logins.get(login)
    if known is None or now - known[1] > FRESH:
        row = session.execute(text(
            "SELECT account.id FROM login JOIN account ON account.id = login.account_id "
            "WHERE login.id = :id AND revoked_at IS NULL AND expires_at > now() AND NOT disabled"), {"id": login}).first()
        known = (row[0] if row else None, now)
        logins[login] = known
    if known[0] is None:
        raise HTTPException(401)
    return known[0]


def page(session, owner, limit):
    return (session.query(Vm)
            .filter(Vm.owner_id == owner, Vm.state != "deleted", tuple_(Vm.created_at, Vm.id) > START)
            .order_by(Vm.created_at, Vm.id).limit(limit + 1).all())


app = FastAPI()


def get_session():
    session = LocalSession()
    try:
        yield session
    finally:
        session.close()


def current_user(authorization: Optional[str] = Header(None), session: Session = Depends(get_session)) -> UUID:
    return caller(session, authorization)


@app.get("/vm", response_model=List[VmView])
def list_vms(limit: int = 100, owner: UUID = Depends(current_user), session: Session = Depends(get_session)):
    return [view(vm) for vm in page(session, owner, limit)[:limit]]


@app.get("/tuned/vm")
async def list_vms_tuned(limit: int = 100, authorization: Optional[str] = Header(None)):
    with LocalSession() as session:
        rows = page(session, caller(session, authorization), limit)[:limit]
        body = [view(vm) for vm in rows]
    for one in body:
        for key in ("createdAt", "startedAt", "expiresAt", "restartsAt"):
            if one[key] is not None:
                one[key] = one[key].isoformat()
    return JSONResponse(body)
