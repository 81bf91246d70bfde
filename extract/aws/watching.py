"""Who is told what: alarms, the dashboard, the budget."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration, Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from extract.aws.database import Database
from extract.aws.sizes import Size
from extract.aws.storage import Storage
from extract.aws.tasks import Job, Tasks
from extract.aws.triggers import Triggers

NAMESPACE = "Assay"
LANDED = '{ ($.event = "loaded") || ($.event = "replaced") }'
BUILT = "{ $.success IS TRUE }"
_OVER = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
_UNDER = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


@dataclass(frozen=True)
class Watched:
    """A number to be told of.

    Attributes:
        metric: over one period.
        limit: that it must not reach, or must reach.
        text: what it means and what to do.
        under: whether too little is the trouble, and no figure at all is one too.
        periods: in a row.
    """

    metric: cloudwatch.IMetric
    limit: float
    text: str
    under: bool = False
    periods: int = 1


class Watching(Construct):
    """Alarms on a topic, the dashboard and the budget.

    Attributes:
        topic: where all of it is told.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        size: Size,
        storage: Storage,
        database: Database,
        tasks: Tasks,
        triggers: Triggers,
        key: kms.Key,
        email: str | None,
    ) -> None:
        super().__init__(scope, name)
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        for service in ("cloudwatch", "events", "budgets"):
            principal = iam.ServicePrincipal(f"{service}.amazonaws.com")
            key.grant_encrypt_decrypt(principal)
            self.topic.grant_publish(principal)
        if email:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
        triggers.failed.add_target(targets.SnsTopic(self.topic))
        landed = self._counted("FilesLanded", tasks.jobs["worker"], LANDED)
        rows = self._counted("RowsLanded", tasks.jobs["worker"], LANDED, value="$.rows")
        built = self._counted("BuildsDone", tasks.jobs["build"], BUILT)
        watched = self._watched(size, storage, database, triggers, landed, built)
        for label, one in watched.items():
            self._alarm(label, one)
        self._dashboard(storage, database, tasks, landed, rows, built)
        self._budget(size)

    def _counted(self, name: str, job: Job, pattern: str, value: str = "1") -> cloudwatch.Metric:
        """A metric made from the log's JSON lines."""
        found = logs.MetricFilter(
            self,
            name,
            log_group=job.log,
            filter_pattern=logs.FilterPattern.literal(pattern),
            metric_namespace=f"{NAMESPACE}/{Stack.of(self).stack_name}",
            metric_name=name,
            metric_value=value,
        )
        return found.metric(statistic="Sum", period=Duration.minutes(5))

    def _watched(
        self,
        size: Size,
        storage: Storage,
        database: Database,
        triggers: Triggers,
        landed: cloudwatch.Metric,
        built: cloudwatch.Metric,
    ) -> dict[str, Watched]:
        hour, minutes = Duration.hours(1), Duration.minutes(5)
        found = {
            "DeadLetters": Watched(
                storage.dead.metric_approximate_number_of_messages_visible(period=minutes),
                1,
                "A file could not be loaded. The message's attribute `reason` and `assay ledger"
                " --status failed` say why; redrive the queue when it is mended.",
            ),
            "OldestMessage": Watched(
                storage.queue.metric_approximate_age_of_oldest_message(period=minutes),
                size.late_seconds,
                "Files wait: is the worker running, does the database answer, is the limit of"
                " workers reached?",
            ),
            "NothingNew": Watched(
                landed.with_(period=hour),
                1,
                f"No file has landed for {size.quiet_hours} hours: ask those who deliver.",
                under=True,
                periods=size.quiet_hours,
            ),
            "NoBuild": Watched(
                built.with_(period=hour),
                1,
                "No build went well for as long as two of them may be apart: see the build's log.",
                under=True,
                periods=min(2 * size.build_hours, 24),
            ),
            "TaskFailed": Watched(
                _rule_metric("TriggeredRules", triggers.failed.rule_name),
                1,
                "An init, a build or an index ended with an error: see its log.",
            ),
            "StartFailed": Watched(
                cloudwatch.MathExpression(
                    expression="+".join(f"FILL(m{n}, 0)" for n in range(len(triggers.starts))),
                    using_metrics={
                        f"m{n}": _rule_metric("FailedInvocations", rule.rule_name)
                        for n, rule in enumerate(triggers.starts.values())
                    },
                    label="tasks that could not be started",
                    period=minutes,
                ),
                1,
                "A task could not be started: see the rules' targets and their role.",
            ),
        }
        if database.cluster is not None:
            found["Capacity"] = Watched(
                database.cluster.metric_acu_utilization(period=minutes),
                90,
                "Aurora is at its most capacity units: raise them, or see what runs.",
                periods=6,
            )
        if database.instance is not None:
            found["Cpu"] = Watched(
                database.instance.metric_cpu_utilization(period=minutes),
                90,
                "The database's CPU is busy for half an hour: take the next size.",
                periods=6,
            )
            found["Storage"] = Watched(
                database.instance.metric_free_storage_space(period=minutes),
                10e9,
                "Less than 10 GB of the database's storage are free.",
                under=True,
                periods=3,
            )
        return found

    def _alarm(self, label: str, one: Watched) -> None:
        alarm = cloudwatch.Alarm(
            self,
            label,
            alarm_description=one.text,
            metric=one.metric,
            threshold=one.limit,
            evaluation_periods=one.periods,
            comparison_operator=_UNDER if one.under else _OVER,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING
            if one.under
            else cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))

    def _dashboard(
        self,
        storage: Storage,
        database: Database,
        tasks: Tasks,
        landed: cloudwatch.Metric,
        rows: cloudwatch.Metric,
        built: cloudwatch.Metric,
    ) -> None:
        queue = storage.queue
        shown: dict[str, list[cloudwatch.IMetric]] = {
            "Messages": [
                queue.metric_approximate_number_of_messages_visible(),
                queue.metric_approximate_number_of_messages_not_visible(),
                storage.dead.metric_approximate_number_of_messages_visible(),
            ],
            "Age of the oldest message, s": [queue.metric_approximate_age_of_oldest_message()],
            "Files landed": [landed],
            "Rows landed": [rows],
            "Builds that went well": [built],
            "Worker: CPU and memory, %": [
                tasks.service.metric_cpu_utilization(),
                tasks.service.metric_memory_utilization(),
            ],
        }
        if database.cluster is not None:
            shown["Database: capacity units"] = [
                database.cluster.metric_serverless_database_capacity()
            ]
            shown["Database: connections"] = [database.cluster.metric_database_connections()]
        if database.instance is not None:
            shown["Database: CPU, %"] = [database.instance.metric_cpu_utilization()]
            shown["Database: connections"] = [database.instance.metric_database_connections()]
        widgets: list[cloudwatch.IWidget] = [
            cloudwatch.GraphWidget(title=title, left=metrics, width=8)
            for title, metrics in shown.items()
        ]
        board = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.days(1))
        for start in range(0, len(widgets), 3):
            board.add_widgets(*widgets[start : start + 3])

    def _budget(self, size: Size) -> None:
        """Of the whole account: costs by tag are known only where somebody switched that on."""
        make = budgets.CfnBudget
        subscriber = make.SubscriberProperty(address=self.topic.topic_arn, subscription_type="SNS")
        budgets.CfnBudget(
            self,
            "Budget",
            budget=make.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=make.SpendProperty(amount=size.budget, unit="USD"),
            ),
            notifications_with_subscribers=[
                make.NotificationWithSubscribersProperty(
                    notification=make.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type=kind,
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[subscriber],
                )
                for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
        )


def _rule_metric(name: str, rule: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Events",
        metric_name=name,
        dimensions_map={"RuleName": rule},
        statistic="Sum",
        period=Duration.minutes(5),
    )
