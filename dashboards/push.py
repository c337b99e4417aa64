"""Give a running Grafana what is built: folder, data source, dashboards, alerts, permissions.

Each thing is read first and written only where it differs, so a second push changes nothing. What
somebody changed by hand since our last push is left alone unless told otherwise: a dashboard's
history says who saved it last, a rule's provenance who keeps it.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException, TokenAuth

from core.errors import C5Error
from dashboards import alerts, build
from dashboards.boards import BOARDS
from dashboards.build import FOLDER_UID, Options
from dashboards.provisioning import Source, data_source
from dashboards.spec import LANGUAGES, Language

FOLDERS: Final[dict[Language, tuple[str, str]]] = {
    "es": (FOLDER_UID, "C5"),
    "en": (f"{FOLDER_UID}-en", "C5 (English)"),
}
"""Uid and title, by language."""
_MARK: Final = "c5 dashboards push "
_NOT_FOUND: Final = 404
_UNREACHABLE: Final = 0
_VIEW: Final = 1
_OTHERS: Final = ("grafana-default-email", "empty")
Did = Literal["created", "updated", "unchanged", "refused"]


class GrafanaRefused(C5Error):
    """Grafana did not take something."""

    reason = "grafana"


class Change(NamedTuple):
    """What a push does, or would do, to one thing."""

    did: Did
    kind: str
    """folder, permissions, datasource, dashboard, alert, contact, policy."""
    name: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A running Grafana, and what it is to be given."""

    url: str
    token: str = field(repr=False)
    source: Source
    options: Options = field(default_factory=Options)
    addresses: str = ""
    """Who is mailed alerts, separated by semicolons; empty: alerts are not pushed."""
    overwrite: bool = False
    """Write over what was changed by hand."""
    dry_run: bool = False
    send_password: bool = False
    """Send the data source's password again, though nothing else of it changed."""


def push(target: Target) -> list[Change]:
    """Bring Grafana to what is built; GrafanaRefused says what it did not take."""
    token: Any = TokenAuth  # the library has types, but not of this
    api: Any = GrafanaApi.from_url(url=target.url, credential=token(target.token))
    return list(_Push(api, target).run())


class _Push:
    """One run: the library exports no types, so its answers are taken as JSON."""

    def __init__(self, api: Any, target: Target) -> None:
        self._api = api
        self._target = target

    def run(self) -> Iterator[Change]:
        for language in LANGUAGES:
            yield from self._folder(*FOLDERS[language])
        yield self._source()
        for board in BOARDS:
            for language in LANGUAGES:
                document = build.document(board, language, self._target.options)
                yield self._dashboard(document, FOLDERS[language][0])
        if self._target.addresses:
            yield self._contact()
            yield from map(self._rule, alerts.RULES)
            yield self._group()
            yield self._policy()

    def _folder(self, uid: str, title: str) -> Iterator[Change]:
        held = self._get(lambda: self._api.folder.get_folder(uid), f"folder {uid}")
        if held is None:
            self._do(lambda: self._api.folder.create_folder(title, uid), f"folder {uid}")
            yield Change("created", "folder", title)
        elif held["title"] != title:
            self._do(
                lambda: self._api.folder.update_folder(
                    uid, title=title, version=held.get("version"), overwrite=False
                ),
                f"folder {uid}",
            )
            yield Change("updated", "folder", title)
        else:
            yield Change("unchanged", "folder", title)
        wanted = [{"role": role, "permission": _VIEW} for role in ("Viewer", "Editor")]
        found = (
            None
            if held is None
            else self._get(
                lambda: self._api.folder.get_folder_permissions(uid), f"permissions of {uid}"
            )
        )
        roles = sorted((one["role"], one["permission"]) for one in found or [] if one.get("role"))
        if roles == sorted((str(one["role"]), one["permission"]) for one in wanted):
            yield Change("unchanged", "permissions", title)
            return
        self._do(
            lambda: self._api.folder.update_folder_permissions(uid, {"items": wanted}),
            f"permissions of {uid}",
        )
        yield Change("updated", "permissions", title)

    def _source(self) -> Change:
        wanted = data_source(self._target.source, secret=False)
        uid, name = wanted["uid"], wanted["name"]
        whole = data_source(self._target.source, secret=True)
        held = self._get(lambda: self._api.datasource.get_datasource_by_uid(uid), "the data source")
        if held is None:
            self._do(lambda: self._api.datasource.create_datasource(whole), "the data source")
            return Change("created", "datasource", name)
        if held.get("readOnly"):
            return Change("refused", "datasource", name, "it comes from a provisioning file")
        if _within(wanted, held) and not self._target.send_password:
            return Change("unchanged", "datasource", name)
        self._do(
            lambda: self._api.datasource.update_datasource_by_uid(
                uid, {**whole, "version": held.get("version")}
            ),
            "the data source",
        )
        return Change("updated", "datasource", name)

    def _dashboard(self, document: dict[str, Any], folder: str) -> Change:
        uid, title = document["uid"], document["title"]
        message = _MARK + fingerprint(document)
        held = self._get(lambda: self._api.dashboard.get_dashboard(uid), f"dashboard {uid}")
        did: Did = "created"
        version = 0
        if held is not None:
            if held["meta"].get("provisioned"):
                return Change("refused", "dashboard", title, "it comes from a provisioning file")
            last = self._last_message(uid)
            if last == message and held["meta"].get("folderUid") == folder:
                return Change("unchanged", "dashboard", title)
            if not last.startswith(_MARK) and not self._target.overwrite:
                why = "somebody changed it by hand; push with --overwrite to lose that"
                return Change("refused", "dashboard", title, why)
            did, version = "updated", held["dashboard"]["version"]
        body = {
            "dashboard": {**document, "version": version},
            "folderUid": folder,
            "message": message,
            "overwrite": False,
        }
        self._do(lambda: self._api.dashboard.update_dashboard(body), f"dashboard {uid}")
        return Change(did, "dashboard", title)

    def _last_message(self, uid: str) -> str:
        found = self._get(
            lambda: self._api.dashboard_versions.get_dashboard_versions(dashboard_uid=uid),
            f"history of {uid}",
        )
        listed = found.get("versions", []) if isinstance(found, dict) else found or []
        newest: dict[str, Any] = max(listed, key=lambda one: int(one["version"]), default={})
        return str(newest.get("message", ""))

    def _contact(self) -> Change:
        wanted = alerts.contact_document(self._target.addresses)
        name = wanted["name"]
        listed = self._get(lambda: self._api.alertingprovisioning.get_contactpoints(name), name)
        held = next((one for one in listed or [] if one["uid"] == wanted["uid"]), None)
        return self._kept(
            "contact",
            name,
            wanted,
            held,
            lambda: self._api.alertingprovisioning.create_contactpoint(wanted),
            lambda: self._api.alertingprovisioning.update_contactpoint(wanted["uid"], wanted),
        )

    def _rule(self, rule: alerts.AlertRule) -> Change:
        wanted = alerts.rule_document(rule, self._target.options)
        held = self._get(
            lambda: self._api.alertingprovisioning.get_alertrule(rule.uid), rule.title.es
        )
        return self._kept(
            "alert",
            rule.title.es,
            wanted,
            held,
            lambda: self._api.alertingprovisioning.create_alertrule(wanted),
            lambda: self._api.alertingprovisioning.update_alertrule(rule.uid, wanted),
        )

    def _group(self) -> Change:
        """How often the rules are looked at: of the whole group, with its rules."""
        if self._target.dry_run:
            return Change("unchanged", "group", alerts.GROUP)
        held = self._get(
            lambda: self._api.alertingprovisioning.get_rule_group(FOLDER_UID, alerts.GROUP),
            "the alert group",
        )
        if held is None or held["interval"] == alerts.EVERY_S:
            return Change("unchanged", "group", alerts.GROUP)
        wanted = {**held, "interval": alerts.EVERY_S}
        self._do(
            lambda: self._api.alertingprovisioning.update_rule_group(
                FOLDER_UID, alerts.GROUP, wanted
            ),
            "the alert group",
        )
        return Change("updated", "group", alerts.GROUP)

    def _policy(self) -> Change:
        wanted = alerts.policy_document()
        held = self._get(self._api.alertingprovisioning.get_notification_policy_tree, "the policy")
        is_default = held is None or (held.get("receiver") in _OTHERS and not held.get("routes"))
        return self._kept(
            "policy",
            wanted["receiver"],
            wanted,
            {**(held or {}), "provenance": "api"} if is_default else held,
            lambda: self._api.alertingprovisioning.set_notification_policy_tree(wanted),
            lambda: self._api.alertingprovisioning.set_notification_policy_tree(wanted),
        )

    def _kept(
        self,
        kind: str,
        name: str,
        wanted: Mapping[str, Any],
        held: Mapping[str, Any] | None,
        create: Callable[[], Any],
        update: Callable[[], Any],
    ) -> Change:
        """Write a thing of alerting, whose provenance says who keeps it."""
        if held is None:
            self._do(create, f"{kind} {name}")
            return Change("created", kind, name)
        if _within(wanted, held):
            return Change("unchanged", kind, name)
        if held.get("provenance") == "file":
            return Change("refused", kind, name, "it comes from a provisioning file")
        if held.get("provenance") != "api" and not self._target.overwrite:
            why = "it was made by hand; push with --overwrite to lose that"
            return Change("refused", kind, name, why)
        self._do(update, f"{kind} {name}")
        return Change("updated", kind, name)

    def _get(self, ask: Callable[[], Any], what: str) -> Any:
        try:
            return ask()
        except GrafanaClientError as exc:
            if exc.status_code == _NOT_FOUND:
                return None
            raise _refused(exc, what, self._target.url) from exc
        except (GrafanaException, OSError, ValueError) as exc:
            raise _refused(exc, what, self._target.url) from exc

    def _do(self, write: Callable[[], Any], what: str) -> None:
        if self._target.dry_run:
            return
        try:
            write()
        except (GrafanaException, OSError, ValueError) as exc:
            raise _refused(exc, what, self._target.url) from exc


def fingerprint(document: Mapping[str, Any]) -> str:
    """What a push writes into a dashboard's history: the same document, the same words."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _within(wanted: Any, held: Any) -> bool:
    """Whether everything wanted is held; what Grafana adds of its own does not count."""
    if isinstance(wanted, dict):
        return isinstance(held, dict) and all(
            name in held and _within(value, held[name]) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(held, list)
            and len(held) == len(wanted)
            and all(_within(one, other) for one, other in zip(wanted, held, strict=True))
        )
    return bool(wanted == held)


def _refused(exc: Exception, what: str, url: str) -> GrafanaRefused:
    status = getattr(exc, "status_code", _UNREACHABLE)
    said = str(getattr(exc, "message", exc))
    match status:
        case 401 | 403:
            return GrafanaRefused(
                f"Grafana at {url} refused {what}: {said}; set grafana.token to a service "
                "account's token with the role Admin"
            )
        case 409 | 412:
            return GrafanaRefused(
                f"{what} changed while it was pushed: {said}; look at it in Grafana, push again"
            )
        case 0:
            return GrafanaRefused(
                f"Grafana at {url} did not answer: {said}; correct grafana.url, or start it"
            )
    return GrafanaRefused(f"Grafana refused {what} with {status}: {said}")
