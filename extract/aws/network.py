"""The network: private subnets that reach AWS's services by endpoints, and nothing else.

There is no NAT gateway and no internet gateway: what runs here can neither be called from outside
nor call out. A model outside AWS would need one; Bedrock has an endpoint of its own.
"""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from extract.aws.sizes import Size

POSTGRES = 5432
ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
SERVICES = {
    "EcrApi": ec2.InterfaceVpcEndpointAwsService.ECR,
    "EcrDocker": ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
    "Logs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
    "Queue": ec2.InterfaceVpcEndpointAwsService.SQS,
    "Secrets": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
}
"""What is called by an interface endpoint; each is paid for by the hour and zone."""


class Network(Construct):
    """The VPC with its endpoints, and the security groups of who calls whom.

    Attributes:
        vpc: with isolated subnets only.
        tasks: group of all that runs on Fargate.
        rotation: group of the functions that change passwords.
        database: group of the database, which lets these two in and nobody else.
    """

    def __init__(self, scope: Construct, name: str, size: Size) -> None:
        super().__init__(scope, name)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=size.zones,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24
                )
            ],
            flow_logs={
                "All": ec2.FlowLogOptions(
                    destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                        logs.LogGroup(
                            self,
                            "FlowLog",
                            retention=logs.RetentionDays.ONE_MONTH,
                            removal_policy=RemovalPolicy.DESTROY,
                        )
                    ),
                    traffic_type=ec2.FlowLogTrafficType.REJECT,
                )
            },
        )
        self.tasks = self._group("Tasks", "All that runs on Fargate")
        self.rotation = self._group("Rotation", "Functions that change passwords of the database")
        self.database = self._group("Database", "Postgres")
        endpoints = self._group("Endpoints", "Endpoints of AWS services")
        for group in (self.tasks, self.rotation):
            endpoints.add_ingress_rule(group, ec2.Port.tcp(443), "HTTPS")
            self.database.add_ingress_rule(group, ec2.Port.tcp(POSTGRES), "Postgres")
            group.add_egress_rule(self.database, ec2.Port.tcp(POSTGRES), "Postgres")
            # By address, since S3's gateway has no group; no route leads further than AWS.
            group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "endpoints and S3")
        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        for service, endpoint in SERVICES.items():
            self.vpc.add_interface_endpoint(
                service, service=endpoint, security_groups=[endpoints], open=False, subnets=ISOLATED
            )

    def _group(self, name: str, what: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            self,
            f"{name}Group",
            vpc=self.vpc,
            description=f"{what} ({Stack.of(self).stack_name})",
            allow_all_outbound=False,
        )
