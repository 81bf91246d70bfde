"""What makes things run: how many workers, when a build and what after it, init at deployment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from aws_cdk import ArnFormat, CfnElement, Duration, Stack, custom_resources
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from extract.aws.checks import accept
from extract.aws.network import ISOLATED, Network
from extract.aws.sizes import Size
from extract.aws.storage import Storage
from extract.aws.tasks import Job, Tasks

QUIET_MINUTES = 5
"""Without a message for so long, a batch is complete and worth a build."""


class Triggers(Construct):
    """Scaling of the workers and the starts of the other tasks.

    Attributes:
        busy: alarms while files land; that it ends starts a build.
        failed: rule that sees tasks end with an error.
        starts: rules that start tasks.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        size: Size,
        network: Network,
        storage: Storage,
        tasks: Tasks,
    ) -> None:
        super().__init__(scope, name)
        self._tasks = tasks
        self._network = network
        self._scale(size, storage, tasks)
        self.busy = self._busy(storage)
        build = tasks.jobs["build"]
        self.starts = {
            "BuildByClock": events.Rule(
                self,
                "BuildByClock",
                description="A build by the clock, whether files came or not",
                schedule=events.Schedule.rate(Duration.hours(size.build_hours)),
                targets=[self._start(build)],
            ),
            "BuildByBatch": events.Rule(
                self,
                "BuildByBatch",
                description="A build when a batch of files has landed",
                event_pattern=events.EventPattern(
                    source=["aws.cloudwatch"],
                    detail_type=["CloudWatch Alarm State Change"],
                    resources=[self.busy.alarm_arn],
                    detail={"state": {"value": ["OK"]}, "previousState": {"value": ["ALARM"]}},
                ),
                targets=[self._start(build)],
            ),
            "IndexAfterBuild": events.Rule(
                self,
                "IndexAfterBuild",
                description="Embeddings of what is new, when a build went well",
                event_pattern=_task_events(
                    self._stopped([build]) | {"containers": {"exitCode": [0]}}
                ),
                targets=[self._start(tasks.jobs["index"])],
            ),
        }
        self.failed = events.Rule(
            self,
            "TaskFailed",
            description="An init, a build or an index ended with an error",
            event_pattern=self._failed(),
        )
        self._accept_tags([build, tasks.jobs["index"]])
        self._init_at_deployment(tasks)

    def _scale(self, size: Size, storage: Storage, tasks: Tasks) -> None:
        least, most = size.workers
        target = scaling.ScalableTarget(
            self,
            "Workers",
            service_namespace=scaling.ServiceNamespace.ECS,
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{tasks.cluster.cluster_name}/{tasks.service.service_name}",
            min_capacity=least,
            max_capacity=most,
        )
        policy = scaling.CfnScalingPolicy
        running = _stat(
            "running",
            "ECS/ContainerInsights",
            "RunningTaskCount",
            {
                "ClusterName": tasks.cluster.cluster_name,
                "ServiceName": tasks.service.service_name,
            },
        )
        waiting = _stat(
            "waiting",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": storage.queue.queue_name},
        )
        per_task = policy.TargetTrackingMetricDataQueryProperty(
            id="perTask",
            # While none runs, as if one did.
            expression="waiting / IF(FILL(running, 1) < 1, 1, FILL(running, 1))",
            label="messages that wait, per task",
            return_data=True,
        )
        # The construct for this takes single metrics only.
        policy(
            self,
            "BacklogPerTask",
            policy_name=f"{Stack.of(self).stack_name}-backlog-per-task",
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.scalable_target_id,
            target_tracking_scaling_policy_configuration=policy.TargetTrackingScalingPolicyConfigurationProperty(
                customized_metric_specification=policy.CustomizedMetricSpecificationProperty(
                    metrics=[waiting, running, per_task]
                ),
                target_value=size.backlog,
                scale_out_cooldown=60,
                # Longer: a task that is stopped hands its messages back, and another begins anew.
                scale_in_cooldown=600,
            ),
        )

    def _busy(self, storage: Storage) -> cloudwatch.Alarm:
        period = Duration.minutes(QUIET_MINUTES)
        queue = storage.queue
        return cloudwatch.Alarm(
            self,
            "Busy",
            alarm_description="Files are landing. No trouble: that it ends starts a build.",
            metric=cloudwatch.MathExpression(
                expression="waiting + inHand + deleted",
                using_metrics={
                    "waiting": queue.metric_approximate_number_of_messages_visible(period=period),
                    "inHand": queue.metric_approximate_number_of_messages_not_visible(
                        period=period
                    ),
                    "deleted": queue.metric_number_of_messages_deleted(period=period),
                },
                label="messages waiting, in hand or done",
                period=period,
            ),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _start(self, job: Job) -> targets.EcsTask:
        return targets.EcsTask(
            cluster=self._tasks.cluster,
            task_definition=job.definition,
            subnet_selection=ISOLATED,
            security_groups=[self._network.tasks],
            assign_public_ip=False,
            retry_attempts=3,
            max_event_age=Duration.hours(1),
        )

    def _accept_tags(self, jobs: list[Job]) -> None:
        """Rules may tag the tasks that they start, and a task's name is not known before."""
        cluster = cast(CfnElement, self._tasks.cluster.node.default_child)
        name = Stack.of(self).get_logical_id(cluster)
        finding = f"Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:*:task/<{name}>/*"
        for job in jobs:
            accept(
                job.definition.node.find_child("EventsRole"),
                {f"AwsSolutions-IAM5[{finding}]": "Tasks of the one cluster, to tag them."},
            )

    def _failed(self) -> events.EventPattern:
        """Tasks that ended with an error or never began, but for the worker's."""
        jobs = [self._tasks.jobs[name] for name in ("init", "build", "index")]
        return _task_events(
            self._stopped(jobs)
            | {
                "$or": [
                    {"containers": {"exitCode": [{"anything-but": 0}]}},
                    {"stopCode": ["TaskFailedToStart"]},
                ]
            }
        )

    def _stopped(self, jobs: list[Job]) -> dict[str, object]:
        return {
            "clusterArn": [self._tasks.cluster.cluster_arn],
            "lastStatus": ["STOPPED"],
            "taskDefinitionArn": [{"prefix": self._any_revision(job)} for job in jobs],
        }

    def _any_revision(self, job: Job) -> str:
        arn: str = Stack.of(self).format_arn(
            service="ecs",
            resource="task-definition",
            resource_name=f"{job.definition.family}:",
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        return arn

    def _init_at_deployment(self, tasks: Tasks) -> None:
        """Start `assay init` when the stack is made or init's definition changes; not awaited."""
        init = tasks.jobs["init"].definition
        run = custom_resources.AwsSdkCall(
            service="ECS",
            action="runTask",
            parameters={
                "cluster": tasks.cluster.cluster_arn,
                "taskDefinition": init.task_definition_arn,
                "launchType": "FARGATE",
                "networkConfiguration": tasks.network_configuration(),
            },
            physical_resource_id=custom_resources.PhysicalResourceId.of(init.task_definition_arn),
            output_paths=["tasks.0.taskArn"],
        )
        roles = [init.task_role.role_arn, init.obtain_execution_role().role_arn]
        starter = custom_resources.AwsCustomResource(
            self,
            "Init",
            resource_type="Custom::AssayInit",
            on_create=run,
            on_update=run,
            install_latest_aws_sdk=False,
            log_group=logs.LogGroup(self, "InitLog", retention=logs.RetentionDays.ONE_MONTH),
            policy=custom_resources.AwsCustomResourcePolicy.from_statements(
                [
                    iam.PolicyStatement(
                        actions=["ecs:RunTask"],
                        resources=[init.task_definition_arn],
                        conditions={"ArnEquals": {"ecs:cluster": tasks.cluster.cluster_arn}},
                    ),
                    iam.PolicyStatement(
                        actions=["iam:PassRole"],
                        resources=roles,
                        conditions={
                            "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
                        },
                    ),
                ]
            ),
        )
        # The worker comes later, so that it finds roles and schemas, at the second try at most.
        tasks.service.node.add_dependency(starter)


def _task_events(detail: dict[str, object]) -> events.EventPattern:
    return events.EventPattern(
        source=["aws.ecs"], detail_type=["ECS Task State Change"], detail=detail
    )


def _stat(
    name: str, namespace: str, metric: str, dimensions: Mapping[str, str]
) -> scaling.CfnScalingPolicy.TargetTrackingMetricDataQueryProperty:
    policy = scaling.CfnScalingPolicy
    return policy.TargetTrackingMetricDataQueryProperty(
        id=name,
        metric_stat=policy.TargetTrackingMetricStatProperty(
            stat="Average",
            metric=policy.TargetTrackingMetricProperty(
                namespace=namespace,
                metric_name=metric,
                dimensions=[
                    policy.TargetTrackingMetricDimensionProperty(name=key, value=value)
                    for key, value in dimensions.items()
                ],
            ),
        ),
        return_data=False,
    )
