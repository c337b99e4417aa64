"""A server that keeps state and answers as Grafana's documented HTTP API does.

Folders, permissions, data sources, dashboards with versions, alert rules, contact points and the
notification policy; 401 without the token, 404, 409 and 412 where Grafana answers these. It keeps
who changed what: a dashboard's history, and a rule's provenance.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

TOKEN: Final = "glsa_prueba"
_DEFAULT_POLICY: Final = {"receiver": "grafana-default-email", "group_by": ["grafana_folder"]}


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, code: int, message: str, /, **more: Any) -> None:
        self.code = code
        self.body = {"message": message, **more}
        super().__init__(message)


@dataclass
class Grafana:
    """What one Grafana holds, and how it changes."""

    url: str = ""
    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    permissions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    dashboards: dict[str, dict[str, Any]] = field(default_factory=dict)
    history: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    intervals: dict[tuple[str, str], int] = field(default_factory=dict)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=lambda: deepcopy(_DEFAULT_POLICY))
    provisioned: set[str] = field(default_factory=set)
    """Uids of dashboards that a file keeps."""
    writes: list[str] = field(default_factory=list)
    before_save: Callable[[], None] | None = None
    """Called once before a dashboard is saved: somebody else is quicker."""

    def save(self, uid: str, model: dict[str, Any], message: str, folder: str = "") -> int:
        """Save a dashboard as whoever did it; answer its version."""
        version = len(self.history.setdefault(uid, [])) + 1
        kept = {**model, "uid": uid, "version": version, "id": len(self.dashboards) + 1}
        self.dashboards[uid] = {"dashboard": kept, "folder": folder}
        self.history[uid].append({"version": version, "message": message, "data": kept})
        return version

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
        """Answer one request; Refusal for an error."""
        for known, pattern, does in _ROUTES:
            if known == method and (found := re.fullmatch(pattern, path)):
                if method != "GET":
                    self.writes.append(f"{method} {path}")
                return does(self, found.groups(), query, body)
        raise Refusal(404, f"no route {method} {path}")

    def _folder_get(self, at: Any, _query: Any, _body: Any) -> Any:
        return self._of(self.folders, at[0], "folder not found")

    def _folder_post(self, _at: Any, _query: Any, body: Any) -> Any:
        uid = body["uid"]
        if uid in self.folders:
            raise Refusal(409, "a folder with that uid already exists")
        if body["title"] in {one["title"] for one in self.folders.values()}:
            raise Refusal(409, "a folder with the same name already exists")
        self.folders[uid] = {"uid": uid, "title": body["title"], "version": 1}
        self.permissions[uid] = [
            {"role": "Viewer", "permission": 1, "permissionName": "View"},
            {"role": "Editor", "permission": 2, "permissionName": "Edit"},
        ]
        return self.folders[uid]

    def _folder_put(self, at: Any, _query: Any, body: Any) -> Any:
        held = self._of(self.folders, at[0], "folder not found")
        if not body.get("overwrite") and body.get("version") != held["version"]:
            raise Refusal(412, "the folder has been changed by someone else")
        held.update(title=body["title"], version=held["version"] + 1)
        return held

    def _permissions_get(self, at: Any, _query: Any, _body: Any) -> Any:
        self._of(self.folders, at[0], "folder not found")
        return self.permissions[at[0]]

    def _permissions_post(self, at: Any, _query: Any, body: Any) -> Any:
        self._of(self.folders, at[0], "folder not found")
        self.permissions[at[0]] = body["items"]
        return {"message": "Folder permissions updated"}

    def _source_get(self, at: Any, _query: Any, _body: Any) -> Any:
        return self._of(self.sources, at[0], "data source not found")

    def _source_post(self, _at: Any, _query: Any, body: Any) -> Any:
        if body["uid"] in self.sources or body["name"] in {
            one["name"] for one in self.sources.values()
        }:
            raise Refusal(409, "data source with the same name already exists")
        return self._keep_source(body, 1)

    def _source_put(self, at: Any, _query: Any, body: Any) -> Any:
        held = self._of(self.sources, at[0], "data source not found")
        if held["readOnly"]:
            raise Refusal(403, "Cannot update read-only data source")
        if body.get("version") != held["version"]:
            raise Refusal(409, "Datasource has already been updated by someone else.")
        return self._keep_source({**body, "uid": at[0]}, held["version"] + 1)

    def _keep_source(self, body: dict[str, Any], version: int) -> Any:
        kept = {name: value for name, value in body.items() if name != "secureJsonData"}
        secrets = body.get("secureJsonData", {})
        self.secrets.setdefault(body["uid"], {}).update(secrets)
        kept.update(id=1, version=version, readOnly=False,
                    secureJsonFields=dict.fromkeys(self.secrets[body["uid"]], True))  # fmt: skip
        self.sources[body["uid"]] = kept
        return {"datasource": kept, "message": "Datasource added"}

    def _dashboard_get(self, at: Any, _query: Any, _body: Any) -> Any:
        held = self._of(self.dashboards, at[0], "Dashboard not found")
        meta = {"folderUid": held["folder"], "provisioned": at[0] in self.provisioned}
        return {"dashboard": held["dashboard"], "meta": meta}

    def _dashboard_post(self, _at: Any, _query: Any, body: Any) -> Any:
        if self.before_save is not None:
            before, self.before_save = self.before_save, None
            before()
        model = body["dashboard"]
        uid = model["uid"]
        if uid in self.provisioned:
            raise Refusal(400, "Cannot save provisioned dashboard")
        if body.get("folderUid") not in self.folders:
            raise Refusal(400, "folder not found")
        held = self.dashboards.get(uid)
        if held and not body.get("overwrite"):
            if held["dashboard"]["version"] != model.get("version"):
                raise Refusal(
                    412,
                    "The dashboard has been changed by someone else",
                    status="version-mismatch",
                )
        elif held is None and any(
            one["dashboard"]["title"] == model["title"] and one["folder"] == body["folderUid"]
            for one in self.dashboards.values()
        ):
            raise Refusal(
                412, "A dashboard with the same name in the folder already exists",
                status="name-exists",
            )  # fmt: skip
        version = self.save(uid, model, body.get("message", ""), body["folderUid"])
        return {"uid": uid, "version": version, "status": "success"}

    def _versions_get(self, at: Any, _query: Any, _body: Any) -> Any:
        listed = self._of(self.history, at[0], "Dashboard not found")
        shown = [{key: one[key] for key in ("version", "message")} for one in reversed(listed)]
        return {"continueToken": "", "versions": shown}

    def _rule_get(self, at: Any, _query: Any, _body: Any) -> Any:
        return self._of(self.rules, at[0], "alert rule not found")

    def _rule_post(self, _at: Any, _query: Any, body: Any) -> Any:
        if body["uid"] in self.rules:
            raise Refusal(409, "rule with this uid already exists")
        if body["folderUID"] not in self.folders:
            raise Refusal(400, "invalid alert rule: folder does not exist")
        return self._keep_rule(body)

    def _rule_put(self, at: Any, _query: Any, body: Any) -> Any:
        held = self._of(self.rules, at[0], "alert rule not found")
        if held["provenance"] == "file":
            raise Refusal(409, "cannot change provenance from 'file' to 'api'")
        return self._keep_rule({**body, "uid": at[0]})

    def _keep_rule(self, body: dict[str, Any]) -> Any:
        self.rules[body["uid"]] = {**body, "provenance": "api", "updated": "2026-01-01T00:00:00Z"}
        self.intervals.setdefault((body["folderUID"], body["ruleGroup"]), 300)
        return self.rules[body["uid"]]

    def _group_get(self, at: Any, _query: Any, _body: Any) -> Any:
        rules = [one for one in self.rules.values()
                 if (one["folderUID"], one["ruleGroup"]) == at]  # fmt: skip
        if not rules:
            raise Refusal(404, "rule group not found")
        return {"title": at[1], "folderUid": at[0], "interval": self.intervals[at], "rules": rules}

    def _group_put(self, at: Any, _query: Any, body: Any) -> Any:
        self.intervals[at] = body["interval"]
        return body

    def _contacts_get(self, _at: Any, query: Any, _body: Any) -> Any:
        name = query.get("name", [None])[0]
        return [one for one in self.contacts.values() if name in {None, one["name"]}]

    def _contact_post(self, _at: Any, _query: Any, body: Any) -> Any:
        if body["uid"] in self.contacts:
            raise Refusal(409, "contact point with this uid already exists")
        self.contacts[body["uid"]] = {**body, "provenance": "api"}
        return self.contacts[body["uid"]]

    def _contact_put(self, at: Any, _query: Any, body: Any) -> Any:
        held = self._of(self.contacts, at[0], "contact point not found")
        if held["provenance"] == "file":
            raise Refusal(409, "cannot change provenance from 'file' to 'api'")
        self.contacts[at[0]] = {**body, "provenance": "api"}
        return {"message": "contactpoint updated"}

    def _policy_get(self, _at: Any, _query: Any, _body: Any) -> Any:
        return self.policy

    def _policy_put(self, _at: Any, _query: Any, body: Any) -> Any:
        if body["receiver"] not in {one["name"] for one in self.contacts.values()}:
            raise Refusal(400, f"receiver {body['receiver']!r} does not exist")
        self.policy = {**body, "provenance": "api"}
        return {"message": "policies updated"}

    @staticmethod
    def _of(held: dict[str, Any], uid: str, missing: str) -> Any:
        if uid not in held:
            raise Refusal(404, missing)
        return held[uid]


_P: Final = "/api/v1/provisioning"
_ROUTES: Final[list[tuple[str, str, Callable[..., Any]]]] = [
    ("GET", r"/api/folders/([\w-]+)", Grafana._folder_get),
    ("POST", r"/api/folders", Grafana._folder_post),
    ("PUT", r"/api/folders/([\w-]+)", Grafana._folder_put),
    ("GET", r"/api/folders/([\w-]+)/permissions", Grafana._permissions_get),
    ("POST", r"/api/folders/([\w-]+)/permissions", Grafana._permissions_post),
    ("GET", r"/api/datasources/uid/([\w-]+)", Grafana._source_get),
    ("POST", r"/api/datasources", Grafana._source_post),
    ("PUT", r"/api/datasources/uid/([\w-]+)", Grafana._source_put),
    ("GET", r"/api/dashboards/uid/([\w-]+)", Grafana._dashboard_get),
    ("POST", r"/api/dashboards/db", Grafana._dashboard_post),
    ("GET", r"/api/dashboards/uid/([\w-]+)/versions", Grafana._versions_get),
    ("GET", rf"{_P}/alert-rules/([\w-]+)", Grafana._rule_get),
    ("POST", rf"{_P}/alert-rules", Grafana._rule_post),
    ("PUT", rf"{_P}/alert-rules/([\w-]+)", Grafana._rule_put),
    ("GET", rf"{_P}/folder/([\w-]+)/rule-groups/([\w-]+)", Grafana._group_get),
    ("PUT", rf"{_P}/folder/([\w-]+)/rule-groups/([\w-]+)", Grafana._group_put),
    ("GET", rf"{_P}/contact-points", Grafana._contacts_get),
    ("POST", rf"{_P}/contact-points", Grafana._contact_post),
    ("PUT", rf"{_P}/contact-points/([\w-]+)", Grafana._contact_put),
    ("GET", rf"{_P}/policies", Grafana._policy_get),
    ("PUT", rf"{_P}/policies", Grafana._policy_put),
]


def _admit(authorization: str | None) -> None:
    if authorization != f"Bearer {TOKEN}":
        raise Refusal(401, "Unauthorized")


@contextmanager
def running() -> Iterator[Grafana]:
    """An empty Grafana on a free loopback port."""
    held = Grafana()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            parts = urlsplit(self.path)
            status, body = 200, {}
            try:
                _admit(self.headers.get("Authorization"))
                said = json.loads(raw) if raw and self.command != "GET" else None
                with lock:
                    answer = held.answer(self.command, parts.path, parse_qs(parts.query), said)
                    body = deepcopy(answer)
            except Refusal as refusal:
                status, body = refusal.code, refusal.body
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815  the library's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  same
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    held.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield held
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
