"""What runs: the worker as a service, and init, build and index as tasks that end.

All are the same image with other arguments. Each has a role of its own with the rights that it
needs, and gets its password from Secrets Manager when it starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from aws_cdk import CfnElement, Duration, RemovalPolicy, Stack
from aws_cdk import aws_ecr_assets as images
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from extract.aws.checks import accept
from extract.aws.database import NAME, Database
from extract.aws.network import ISOLATED, POSTGRES, Network
from extract.aws.sizes import Size
from extract.aws.storage import Storage

ROOT = Path(__file__).resolve().parents[2]
HEALTH_PORT = 8080
CONTAINER = "assay"
ASK_HEALTH = (
    f"import urllib.request as r; r.urlopen('http://127.0.0.1:{HEALTH_PORT}/healthz', timeout=8)"
)
COMMANDS: Mapping[str, Sequence[str]] = {
    "init": ("init", "--owner", "assay_owner"),
    "build": ("build", "--json"),
    "index": ("index", "--json"),
}
"""Arguments of `assay`; the worker's depend on its queue and size."""


def worker_command(queue: str, size: Size) -> list[str]:
    """Arguments of `assay` for the worker.

    Args:
        queue: URL.
    """
    return [
        "worker", "--queue", queue, "--concurrency", str(size.processes),
        "--host", "0.0.0.0", "--port", str(HEALTH_PORT), "--wait", "20",  # noqa: S104
    ]  # fmt: skip


@dataclass(frozen=True)
class Job:
    """A task definition and where it writes its log."""

    definition: ecs.FargateTaskDefinition
    log: logs.LogGroup


class Tasks(Construct):
    """The cluster and what runs on it.

    Attributes:
        cluster: Fargate only.
        service: the worker.
        jobs: task definitions with their logs, by name: `worker`, `init`, `build`, `index`.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        size: Size,
        network: Network,
        storage: Storage,
        database: Database,
        key: kms.IKey,
        arm: bool,
    ) -> None:
        super().__init__(scope, name)
        self._size = size
        self._database = database
        self._key = key
        self._arm = arm
        self._network = network
        self.cluster = ecs.Cluster(
            self,
            "Cluster",
            vpc=network.vpc,
            # The number of running tasks, which the scaling divides by, comes from here.
            container_insights_v2=ecs.ContainerInsights.ENABLED,
        )
        self._image = ecs.ContainerImage.from_asset(
            str(ROOT),
            file="Dockerfile",
            platform=images.Platform.LINUX_ARM64 if arm else images.Platform.LINUX_AMD64,
        )
        owner = self._login("owner")
        reader = {"ASSAY_READER_PASSWORD": _password(database.secrets["reader"])}
        worker = self._job(
            "Worker",
            worker_command(storage.queue.queue_url, size),
            size.worker_cpu,
            size.worker_memory,
            owner,
            health=ASK_HEALTH,
        )
        _may_work(worker.definition.task_role, storage, key)
        self.jobs = {
            "worker": worker,
            "init": self._job(
                "Init",
                COMMANDS["init"],
                256,
                1024,
                {
                    "PGUSER": ecs.Secret.from_secrets_manager(database.master, "username"),
                    "PGPASSWORD": _password(database.master),
                    "ASSAY_OWNER_PASSWORD": _password(database.secrets["owner"]),
                    **reader,
                },
            ),
            "build": self._job(
                "Build",
                COMMANDS["build"],
                size.build_cpu,
                size.build_memory,
                owner,
                # The image's own folder has the parsed project, which the index reads.
                environment={"DBT_TARGET_PATH": "/tmp/target"},  # noqa: S108
            ),
            "index": self._job("Index", COMMANDS["index"], 1024, 4096, owner | reader),
        }
        self.service = ecs.FargateService(
            self,
            "Service",
            cluster=self.cluster,
            task_definition=worker.definition,
            desired_count=size.workers[0],
            security_groups=[network.tasks],
            vpc_subnets=ISOLATED,
            assign_public_ip=False,
            min_healthy_percent=100,
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )

    def network_configuration(self) -> dict[str, object]:
        """Where a task runs, as ECS's RunTask takes it."""
        subnets = self._network.vpc.select_subnets(subnet_type=ISOLATED.subnet_type).subnet_ids
        return {
            "awsvpcConfiguration": {
                "subnets": subnets,
                "securityGroups": [self._network.tasks.security_group_id],
                "assignPublicIp": "DISABLED",
            }
        }

    def _login(self, login: str) -> dict[str, ecs.Secret]:
        secret = self._database.secrets[login]
        return {
            "PGUSER": ecs.Secret.from_secrets_manager(secret, "username"),
            "PGPASSWORD": _password(secret),
        }

    def _job(
        self,
        name: str,
        command: Sequence[str],
        cpu: int,
        memory: int,
        login: Mapping[str, ecs.Secret],
        health: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Job:
        log = logs.LogGroup(
            self,
            f"{name}Log",
            retention=logs.RetentionDays.THREE_MONTHS,
            encryption_key=self._key,
            removal_policy=RemovalPolicy.RETAIN,
        )
        definition = ecs.FargateTaskDefinition(
            self,
            name,
            cpu=cpu,
            memory_limit_mib=memory,
            family=f"{Stack.of(self).stack_name}-{name.lower()}",
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64
                if self._arm
                else ecs.CpuArchitecture.X86_64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
            # All that it writes beside the database goes here, and goes with the task.
            volumes=[ecs.Volume(name="tmp")],
        )
        container = definition.add_container(
            CONTAINER,
            image=self._image,
            command=list(command),
            environment={
                "PGHOST": self._database.host,
                "PGPORT": str(POSTGRES),
                "PGDATABASE": NAME,
                "PGSSLMODE": "require",
                **(environment or {}),
            },
            secrets=login,
            logging=ecs.LogDriver.aws_logs(stream_prefix=name.lower(), log_group=log),
            readonly_root_filesystem=True,
            # As long as Fargate allows: the file in hand is finished.
            stop_timeout=Duration.seconds(120),
            health_check=ecs.HealthCheck(
                command=["CMD", "python", "-c", health],
                interval=Duration.seconds(30),
                timeout=Duration.seconds(10),
                start_period=Duration.seconds(60),
                retries=3,
            )
            if health
            else None,
        )
        execution = definition.obtain_execution_role()
        accept(
            definition,
            {
                "AwsSolutions-ECS2": "Where the database is, is no secret; its passwords come from"
                " Secrets Manager.",
            },
        )
        accept(
            execution,
            {
                "AwsSolutions-IAM5[Resource::*]": "ecr:GetAuthorizationToken cannot be limited to a"
                " resource.",
            },
        )
        container.add_mount_points(
            ecs.MountPoint(container_path="/tmp", source_volume="tmp", read_only=False)  # noqa: S108
        )
        return Job(definition, log)


def _may_work(role: iam.IRole, storage: Storage, key: kms.IKey) -> None:
    """The rights that docs/worker.md names, and no others."""
    queues = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    files = storage.bucket.arn_for_objects("*")
    for actions, resource in (
        (
            [*queues, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
            storage.queue.queue_arn,
        ),
        ([*queues, "sqs:SendMessage"], storage.dead.queue_arn),
        (["s3:GetObject"], files),
        (["s3:ListBucket"], storage.bucket.bucket_arn),
        (["kms:Decrypt"], key.key_arn),
    ):
        role.add_to_principal_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
    name = Stack.of(role).get_logical_id(cast(CfnElement, storage.bucket.node.default_child))
    accept(role, {f"AwsSolutions-IAM5[Resource::<{name}.Arn>/*]": "Any object of the one bucket."})


def _password(secret: secrets.ISecret) -> ecs.Secret:
    return ecs.Secret.from_secrets_manager(secret, "password")
