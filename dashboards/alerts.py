"""Alert rules, contact points and the notification policy, as code.

One rule a thing that somebody must mend. A rule's SQL answers one number a label; it fires where
the number is beyond its limit for a while.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from grafana_foundation_sdk.builders import alerting, expr
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import alerting as models

from dashboards import looks, queries, views
from dashboards.build import FOLDER_UID, Options
from dashboards.spec import Text
from sensing.air.rule import MEXICAN, load

GROUP: Final = "c5"
EVERY_S: Final = 60
CONTACT: Final = "c5-operaciones"
CONTACT_UID: Final = "c5-operaciones"
DATABASE_FULL_BYTES: Final = 200 * 10**9
STALE_S: Final = 300.0
_DAY_S: Final = 86_400
_VERY_BAD: Final = [one.key for one in load(MEXICAN[-1]).categories].index("muy_mala")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """When somebody is told."""

    uid: str
    query: str
    title: Text
    summary: Text
    window_s: int
    """How far back its query looks."""
    beyond: Literal["gt", "lt"]
    limit: float
    hold: str
    """How long it must be so."""
    severity: Literal["critical", "warning"]
    board: str
    """Dashboard that shows it."""


RULES: Final[tuple[AlertRule, ...]] = (
    AlertRule(
        uid="c5-data-loss",
        query="alert.loss",
        title=Text("Pérdida de datos", "Data loss"),
        summary=Text(
            "Se pierde más del 5 % de los mensajes de un tipo de equipo; revise red y bróker.",
            "More than 5 % of a kind's messages are lost; look at network and broker.",
        ),
        window_s=6 * 3600,
        beyond="gt",
        limit=looks.LOSS_GRAVE,
        hold="15m",
        severity="warning",
        board="c5-devices",
    ),
    AlertRule(
        uid="c5-silent",
        query="alert.silent",
        title=Text("Equipos callados", "Silent devices"),
        summary=Text(
            "Hay equipos que callan más de lo que su tipo permite; vea cuáles en el tablero.",
            "Devices are silent for longer than their kind may be; the dashboard names them.",
        ),
        window_s=_DAY_S,
        beyond="gt",
        limit=0,
        hold="10m",
        severity="warning",
        board="c5-devices",
    ),
    AlertRule(
        uid="c5-ingest-lag",
        query="alert.lag",
        title=Text("La ingesta se atrasa", "Ingest lags"),
        summary=Text(
            "Nada se guarda desde hace más de cinco minutos; vea `c5 status`.",
            "Nothing was stored for more than five minutes; see `c5 status`.",
        ),
        window_s=_DAY_S,
        beyond="gt",
        limit=STALE_S,
        hold="2m",
        severity="critical",
        board="c5-pipeline",
    ),
    AlertRule(
        uid="c5-database-size",
        query="alert.size",
        title=Text("La base de datos crece", "The database grows"),
        summary=Text(
            "La base pasa de 200 GB; acorte la retención o amplíe el disco.",
            "The database is beyond 200 GB; shorten the retention or enlarge the disk.",
        ),
        window_s=_DAY_S,
        beyond="gt",
        limit=float(DATABASE_FULL_BYTES),
        hold="30m",
        severity="warning",
        board="c5-pipeline",
    ),
    AlertRule(
        uid="c5-air-very-bad",
        query="alert.air",
        title=Text("Aire muy malo", "Very bad air"),
        summary=Text(
            "Una estación juzgó su última hora «Muy mala» o peor (NOM-172).",
            "A station's last hour was judged very bad or worse (NOM-172).",
        ),
        window_s=3 * 3600,
        beyond="gt",
        limit=_VERY_BAD - 0.5,
        hold="1m",
        severity="critical",
        board="c5-air",
    ),
    AlertRule(
        uid="c5-coverage",
        query="alert.coverage",
        title=Text("Ruta con poca cobertura", "Route below coverage"),
        summary=Text(
            "Una ruta quedó por debajo del 80 % de lo planeado en su último día cerrado.",
            "A route was below 80 % of its plan on its last closed day.",
        ),
        window_s=3 * _DAY_S,
        beyond="lt",
        limit=looks.COVERAGE_POOR,
        hold="5m",
        severity="warning",
        board="c5-fleet",
    ),
)


class _Asked(Builder[Dataquery]):
    """A query that is there already, where the SDK wants a builder."""

    def __init__(self, query: Dataquery) -> None:
        self._query = query

    def build(self) -> Dataquery:
        return self._query


def sql(rule: AlertRule, options: Options) -> str:
    """A rule's statement, its macros still in it."""
    return queries.get(rule.query, timezone=options.timezone)


def rule_document(rule: AlertRule, options: Options) -> dict[str, Any]:
    """A rule as Grafana's provisioning API takes it."""
    limit = (
        expr.TypeThreshold()
        .ref_id("B")
        .expression("A")
        .conditions(
            [
                expr.ExprTypeThresholdConditions().evaluator(
                    expr.ExprTypeThresholdConditionsEvaluator()
                    .type(rule.beyond)
                    .params([rule.limit])
                )
            ]
        )
    )
    span = models.RelativeTimeRange(from_val=rule.window_s, to=0)
    source = views.PostgresQuery(sql(rule, options), "table")
    made = (
        alerting.Rule(rule.title.es)
        .uid(rule.uid)
        .folder_uid(FOLDER_UID)
        .rule_group(GROUP)
        .org_id(1)
        .condition("B")
        .for_val(rule.hold)
        .no_data_state("OK")
        .exec_err_state("Error")
        .annotations(
            {
                "summary": rule.summary.es,
                "summary_en": rule.summary.en,
                "__dashboardUid__": rule.board,
            }
        )
        .labels({"severity": rule.severity, "source": "c5"})
        .queries(
            [
                alerting.Query("A")
                .datasource_uid(views.SOURCE_UID)
                .relative_time_range(span)
                .model(_Asked(source)),
                alerting.Query("B")
                .datasource_uid("__expr__")
                .relative_time_range(models.RelativeTimeRange(from_val=0, to=0))
                .model(limit),
            ]
        )
    )
    found: dict[str, Any] = views.jsonable(made.build())
    return found


def contact_document(addresses: str) -> dict[str, Any]:
    """The contact point; addresses are separated by semicolons."""
    made = (
        alerting.ContactPoint()
        .name(CONTACT)
        .uid(CONTACT_UID)
        .type("email")
        .settings({"addresses": addresses, "singleEmail": True})
        .disable_resolve_message(False)  # noqa: FBT003  the SDK's
    )
    found: dict[str, Any] = views.jsonable(made.build())
    return found


def policy_document() -> dict[str, Any]:
    """The notification policy: what is critical is said at once and again every hour."""
    made = (
        alerting.NotificationPolicy()
        .receiver(CONTACT)
        .group_by(["grafana_folder", "alertname"])
        .group_wait("30s")
        .group_interval("5m")
        .repeat_interval("12h")
        .routes(
            [
                alerting.NotificationPolicy()
                .receiver(CONTACT)
                .object_matchers([["severity", "=", "critical"]])
                .group_wait("10s")
                .repeat_interval("1h")
            ]
        )
    )
    found: dict[str, Any] = views.jsonable(made.build())
    return found
