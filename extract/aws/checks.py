"""The AwsSolutions rules of cdk-nag, and how a finding is accepted: with its reason."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct


def check(app: App) -> None:
    """Hold all stacks of an app against the rules; findings stand in its validation report.

    What was accepted, and why, is written into the templates as well.
    """
    rules = AwsSolutionsChecks(app, write_suppressions_to_cloud_formation=True)
    Validations.of(app).add_plugins(rules)


def accept(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept findings on a construct and all below it.

    Args:
        reasons: by the finding's id, such as `AwsSolutions-RDS11`.
    """
    for finding, reason in reasons.items():
        Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))
