"""Where files land, and how the worker gets to know: bucket, event, queue, dead letters."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from extract.aws.checks import accept
from extract.aws.sizes import Size

TRIES = 5
"""Times that a message is received before it is a dead letter."""
HIDDEN_SECONDS = 120
"""A message in hand stays hidden so long, and the worker prolongs that; see docs/worker.md."""


class Storage(Construct):
    """The bucket and the queues.

    Attributes:
        bucket: where files land; every version is kept for a while.
        outbox: where training sets go.
        queue: what S3 tells of new objects.
        dead: what could not be loaded.
    """

    def __init__(self, scope: Construct, name: str, size: Size, key: kms.IKey) -> None:
        super().__init__(scope, name)
        access_logs = s3.Bucket(
            self,
            "AccessLogs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(access_logs, {"AwsSolutions-S1": "It is the bucket that holds the access logs."})
        cold = s3.Transition(
            storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
            transition_after=Duration.days(size.cold_after_days),
        )
        self.bucket = self._bucket("Files", key, access_logs, size, transitions=[cold])
        self.outbox = self._bucket("Outbox", key, access_logs, size)
        self.dead = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            # S3 may not use a key of ours without a right to it; SQS's own asks for none.
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            visibility_timeout=Duration.seconds(HIDDEN_SECONDS),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead, max_receive_count=TRIES),
        )
        self.bucket.add_event_notification(
            s3.EventType.OBJECT_CREATED, notifications.SqsDestination(self.queue)
        )

    def _bucket(
        self,
        name: str,
        key: kms.IKey,
        access_logs: s3.IBucket,
        size: Size,
        transitions: list[s3.Transition] | None = None,
    ) -> s3.Bucket:
        return s3.Bucket(
            self,
            name,
            versioned=True,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            # One request to KMS for many objects, not one each.
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{name.lower()}/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="keep",
                    transitions=transitions,
                    noncurrent_version_expiration=Duration.days(size.keep_days),
                    abort_incomplete_multipart_upload_after=Duration.days(2),
                )
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )
