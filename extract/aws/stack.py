"""The stack: all parts of one size, in one account and region."""

from __future__ import annotations

from aws_cdk import ArnFormat, CfnOutput, RemovalPolicy, Stack, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from extract.aws.checks import accept
from extract.aws.database import Database
from extract.aws.network import Network
from extract.aws.sizes import Size
from extract.aws.storage import Storage
from extract.aws.tasks import Tasks
from extract.aws.triggers import Triggers
from extract.aws.watching import Watching


class AssayStack(Stack):
    """Assay on AWS.

    Args:
        size: how large; see `sizes`.
        email: whom alarms and the budget are told to; None: subscribe to the topic by hand.
        arm: run the tasks on Graviton; the image is then built for it.
    """

    def __init__(
        self, scope: Construct, name: str, size: Size, email: str | None = None, arm: bool = False
    ) -> None:
        super().__init__(scope, name, description="Assay: files in S3 to tested tables in Postgres")
        key = kms.Key(
            self,
            "Key",
            description=f"All that {name} stores",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        key.add_to_resource_policy(_logs_may(self))
        network = Network(self, "Network", size)
        storage = Storage(self, "Storage", size, key)
        database = Database(self, "Database", size, network, key)
        tasks = Tasks(self, "Tasks", size, network, storage, database, key, arm)
        triggers = Triggers(self, "Triggers", size, network, storage, tasks)
        watching = Watching(self, "Watching", size, storage, database, tasks, triggers, key, email)
        Tags.of(self).add("project", "assay")
        policy = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
        accept(
            self,
            {
                f"AwsSolutions-IAM4[Policy::{policy}]": "Of the CDK's own functions, which may"
                " write their log and nothing else by it.",
            },
        )
        for label, value, text in (
            ("Files", storage.bucket.bucket_name, "where files are to be put"),
            ("DeadLetterQueue", storage.dead.queue_url, "what could not be loaded"),
            ("DatabaseHost", database.host, "Postgres"),
            ("DatabaseReader", database.reader_host, "Postgres, to read only"),
            ("Alarms", watching.topic.topic_arn, "topic of alarms and budget"),
            ("Cluster", tasks.cluster.cluster_name, "where tasks run"),
        ):
            CfnOutput(self, f"{label}Output", value=value, description=text)


def _logs_may(stack: Stack) -> iam.PolicyStatement:
    """CloudWatch Logs may use the key, for log groups of this account."""
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
        actions=[
            "kms:Encrypt*",
            "kms:Decrypt*",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:Describe*",
        ],
        resources=["*"],
        conditions={
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": stack.format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name="*",
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            }
        },
    )
