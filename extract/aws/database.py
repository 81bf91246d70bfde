"""Postgres with pgvector: Aurora serverless v2, or one RDS instance for small users; its passwords.

Three logins. The master makes roles and schemas and is used by `assay init` only; RDS itself keeps
its password and changes it every week. `assay_owner` loads and builds, `assay_reader` answers;
theirs are changed by Secrets Manager's own function every month.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from extract.aws.checks import accept
from extract.aws.network import ISOLATED, POSTGRES, Network
from extract.aws.sizes import Size

NAME = "assay"
LOGINS = ("owner", "reader")
AURORA = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_7)
RDS = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_7)
PARAMETERS = {
    "rds.force_ssl": "1",
    "log_min_duration_statement": "5000",
    "log_lock_waits": "1",
    "idle_in_transaction_session_timeout": "600000",
}
_MASTER = "assay_master"


class Database(Construct):
    """The database and who may log in.

    Attributes:
        host: where it is written to.
        reader_host: where it is only read: a replica if there is one.
        master: secret of the master.
        secrets: of `owner` and of `reader`, by these names.
        cluster: if it is Aurora.
        instance: if it is RDS.
    """

    def __init__(
        self, scope: Construct, name: str, size: Size, network: Network, key: kms.IKey
    ) -> None:
        super().__init__(scope, name)
        self.cluster: rds.DatabaseCluster | None = None
        self.instance: rds.DatabaseInstance | None = None
        shared = _shared(network, key)
        if size.aurora:
            self.cluster = self._aurora(size, shared)
            self.host = self.cluster.cluster_endpoint.hostname
            self.reader_host = self.cluster.cluster_read_endpoint.hostname
            target: secrets.ISecretAttachmentTarget = self.cluster
            master = self.cluster.secret
        else:
            self.instance = self._rds(size, shared)
            self.host = self.reader_host = self.instance.db_instance_endpoint_address
            target = self.instance
            master = self.instance.secret
        assert master is not None  # noqa: S101 - RDS makes it
        self.master: secrets.ISecret = master
        self.secrets = {login: self._login(login, network, key, target) for login in LOGINS}
        accept(
            self,
            {
                "AwsSolutions-RDS11": "Who may connect is settled by the network and by security"
                " groups; another port would hide nothing.",
            },
        )

    def _aurora(self, size: Size, shared: Mapping[str, Any]) -> rds.DatabaseCluster:
        least, most = size.capacity
        return rds.DatabaseCluster(
            self,
            "Aurora",
            engine=AURORA,
            writer=rds.ClusterInstance.serverless_v2("writer"),
            readers=[
                # The first is as large as the writer at any time, to take over from it.
                rds.ClusterInstance.serverless_v2(f"reader{n}", scale_with_writer=n == 0)
                for n in range(size.readers)
            ],
            serverless_v2_min_capacity=least,
            serverless_v2_max_capacity=most,
            default_database_name=NAME,
            backup=rds.BackupProps(retention=Duration.days(min(size.keep_days, 35))),
            **shared,
        )

    def _rds(self, size: Size, shared: Mapping[str, Any]) -> rds.DatabaseInstance:
        instance = rds.DatabaseInstance(
            self,
            "Rds",
            engine=RDS,
            instance_type=ec2.InstanceType(size.instance),
            allocated_storage=size.storage_gb,
            max_allocated_storage=4 * size.storage_gb,
            storage_type=rds.StorageType.GP3,
            database_name=NAME,
            backup_retention=Duration.days(min(size.keep_days, 35)),
            publicly_accessible=False,
            **shared,
        )
        accept(
            instance,
            {
                "AwsSolutions-RDS3": "The small size trades a second zone for half the price; a"
                " failed instance is back from its backup, and messages wait for it in the queue.",
            },
        )
        return instance

    def _login(
        self,
        login: str,
        network: Network,
        key: kms.IKey,
        target: secrets.ISecretAttachmentTarget,
    ) -> secrets.ISecret:
        secret = rds.DatabaseSecret(
            self,
            f"{login.capitalize()}Secret",
            username=f"assay_{login}",
            dbname=NAME,
            encryption_key=key,
        )
        attached = secret.attach(target)
        attached.add_rotation_schedule(
            "Rotation",
            hosted_rotation=secrets.HostedRotation.postgre_sql_single_user(
                vpc=network.vpc, vpc_subnets=ISOLATED, security_groups=[network.rotation]
            ),
            automatically_after=Duration.days(30),
            # The role is there only when `assay init` has run.
            rotate_immediately_on_update=False,
        )
        return attached


def _shared(network: Network, key: kms.IKey) -> dict[str, Any]:
    """What both kinds have: who logs in, where it stands, how it is kept safe and watched."""
    return {
        "credentials": rds.Credentials.from_username(_MASTER, encryption_key=key),
        "manage_master_user_password": True,
        "iam_authentication": True,
        "vpc": network.vpc,
        "vpc_subnets": ISOLATED,
        "security_groups": [network.database],
        "port": POSTGRES,
        "storage_encrypted": True,
        "storage_encryption_key": key,
        "copy_tags_to_snapshot": True,
        "parameters": PARAMETERS,
        "cloudwatch_logs_exports": ["postgresql"],
        "enable_performance_insights": True,
        "performance_insight_encryption_key": key,
        "deletion_protection": True,
        "removal_policy": RemovalPolicy.SNAPSHOT,
    }
