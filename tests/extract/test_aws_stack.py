"""The stack on AWS: all three sizes are built once, offline, and what must hold of them is read.

Building them also checks them against cdk-nag's AwsSolutions: a finding that nobody accepted with a
reason is an error, and then nothing here passes. Nothing is deployed, and no image is built.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import assay
from dbt_project.runner import BuildSummary
from extract.report import FileReport

if importlib.util.find_spec("aws_cdk") is None:
    pytest.skip("the optional extra `aws` is not installed", allow_module_level=True)
pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="the CDK needs node")

SIZES = ("small", "medium", "large")
Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """What `cdk synth` would write, made as the `cdk` command makes it."""
    folder = tmp_path_factory.mktemp("cdk")
    settings = json.loads((root / "extract" / "aws" / "cdk.json").read_text())
    context = settings["context"] | {"size": ",".join(SIZES), "email": "ops@example.com"}
    done = subprocess.run(
        [sys.executable, *settings["app"].split()[1:]],
        cwd=root / "extract" / "aws",
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        | {
            "CDK_OUTDIR": str(folder),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    report = folder / "validation-report.json"
    assert done.returncode == 0, report.read_text() if report.exists() else done.stderr[-3000:]
    return folder


@pytest.fixture(scope="module", params=SIZES)
def template(assembly: Path, request: pytest.FixtureRequest) -> Resources:
    """One size's resources by logical id."""
    return resources_of(assembly, request.param)


def resources_of(assembly: Path, size: str) -> Resources:
    found: Resources = json.loads((assembly / f"assay-{size}.template.json").read_text())[
        "Resources"
    ]
    return found


def of(resources: Resources, kind: str) -> dict[str, dict[str, Any]]:
    """Properties by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in resources.items()
        if resource["Type"] == kind
    }


def only(found: dict[str, dict[str, Any]], part: str) -> dict[str, Any]:
    """The one whose logical id holds this."""
    (one,) = (properties for name, properties in found.items() if part in name)
    return one


def refers_to(value: Any, part: str) -> bool:
    """Whether a value points at a resource whose logical id holds this."""
    return part in json.dumps(value)


def container(resources: Resources, task: str) -> dict[str, Any]:
    definition = only(of(resources, "AWS::ECS::TaskDefinition"), f"Tasks{task}")
    (found,) = definition["ContainerDefinitions"]
    return dict(found)


def statements(resources: Resources, role: str) -> list[dict[str, Any]]:
    """What a role may do, by its inline policies."""
    return [
        statement
        for policy in of(resources, "AWS::IAM::Policy").values()
        if refers_to(policy["Roles"], role)
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_files_are_kept_encrypted_versioned_and_private(template: Resources) -> None:
    buckets = of(template, "AWS::S3::Bucket")
    for name, bucket in buckets.items():
        assert all(bucket["PublicAccessBlockConfiguration"].values()), name
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("aws:kms", "AES256")
        assert template[name]["DeletionPolicy"] == "Retain"
        policy = only(
            {
                key: value
                for key, value in of(template, "AWS::S3::BucketPolicy").items()
                if value["Bucket"] == {"Ref": name}
            },
            "",
        )
        assert refers_to(policy, "aws:SecureTransport")
    files = only(buckets, "StorageFiles")
    assert files["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = files["LifecycleConfiguration"]["Rules"]
    assert rule["Transitions"][0]["StorageClass"] == "GLACIER_IR"
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] >= 30
    assert "ExpirationInDays" not in rule  # A file that stands is never thrown away.


def test_an_object_tells_the_queue_and_dead_letters_are_kept(template: Resources) -> None:
    (told,) = of(template, "Custom::S3BucketNotifications").values()
    (to,) = told["NotificationConfiguration"]["QueueConfigurations"]
    assert to["Events"] == ["s3:ObjectCreated:*"]
    assert refers_to(to["QueueArn"], "StorageQueue")
    queues = of(template, "AWS::SQS::Queue")
    queue = only(queues, "StorageQueue")
    assert 60 <= queue["VisibilityTimeout"] <= 120  # As docs/worker.md asks.
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert refers_to(queue["RedrivePolicy"]["deadLetterTargetArn"], "StorageDeadLetters")
    dead = only(queues, "DeadLetters")
    assert dead["MessageRetentionPeriod"] == 14 * 86_400
    assert all(one["SqsManagedSseEnabled"] for one in queues.values())


def test_nothing_is_reached_from_the_internet_nor_reaches_it(template: Resources) -> None:
    for kind in ("NatGateway", "InternetGateway", "EIP", "EgressOnlyInternetGateway", "Route"):
        assert not of(template, f"AWS::EC2::{kind}")
    assert not any(
        subnet["MapPublicIpOnLaunch"] for subnet in of(template, "AWS::EC2::Subnet").values()
    )
    services = json.dumps([
        endpoint["ServiceName"] for endpoint in of(template, "AWS::EC2::VPCEndpoint").values()
    ])  # fmt: skip
    for service in ("s3", "sqs", "ecr.api", "ecr.dkr", "logs", "secretsmanager"):
        assert f'.{service}"' in services, service
    for rule in of(template, "AWS::EC2::SecurityGroupIngress").values():
        assert "SourceSecurityGroupId" in rule
    assert not any(
        "SecurityGroupIngress" in group
        for group in of(template, "AWS::EC2::SecurityGroup").values()
    )
    service = only(of(template, "AWS::ECS::Service"), "Tasks")
    assert service["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"


def test_the_database_is_encrypted_guarded_and_backed_up(assembly: Path) -> None:
    for size in SIZES:
        resources = resources_of(assembly, size)
        kind = "AWS::RDS::DBInstance" if size == "small" else "AWS::RDS::DBCluster"
        (name, database), = of(resources, kind).items()  # fmt: skip
        assert database["StorageEncrypted"]
        assert database["DeletionProtection"]
        assert resources[name]["DeletionPolicy"] == "Snapshot"
        assert database["ManageMasterUserPassword"]
        assert "MasterUserPassword" not in database
        assert int(database["EngineVersion"].split(".")[0]) >= 16
        assert 7 <= database["BackupRetentionPeriod"] <= 35
        if size == "small":
            assert database["PubliclyAccessible"] is False
    medium, large = (
        len(of(resources_of(assembly, size), "AWS::RDS::DBInstance")) for size in SIZES[1:]
    )
    assert (medium, large) == (2, 3)  # The writer and its readers.


def test_no_password_is_written_down_and_each_changes(template: Resources) -> None:
    for task in ("Worker", "Init", "Build", "Index"):
        plain = {one["Name"] for one in container(template, task)["Environment"]}
        secret = {one["Name"]: one["ValueFrom"] for one in container(template, task)["Secrets"]}
        assert not any("PASSWORD" in name for name in plain)
        assert {"PGUSER", "PGPASSWORD"} <= secret.keys()
        # The master's password goes to init alone.
        assert refers_to(secret["PGPASSWORD"], "MasterUserSecret") == (task == "Init")
        assert {one["Name"]: one["Value"] for one in container(template, task)["Environment"]}[
            "PGSSLMODE"
        ] == "require"
    rotations = of(template, "AWS::SecretsManager::RotationSchedule")
    assert len(rotations) == len(of(template, "AWS::SecretsManager::Secret")) == 2
    for rotation in rotations.values():
        assert rotation["HostedRotationLambda"]["RotationType"] == "PostgreSQLSingleUser"
        assert rotation["RotationRules"]["ScheduleExpression"] == "rate(30 days)"


def test_the_worker_may_do_what_its_page_says_and_no_more(template: Resources, root: Path) -> None:
    allowed = statements(template, "TasksWorkerTaskRole")
    actions = {action for one in allowed for action in as_list(one["Action"])}
    text = (root / "docs" / "worker.md").read_text()
    (rights,) = re.findall(r"^- \*\*Rights\*\*: (.*)$", text, re.MULTILINE)
    named = set(re.findall(r"`(?:sqs:|s3:)?([A-Z][A-Za-z]+)`", rights))
    assert {action.split(":")[1] for action in actions} == named | {"Decrypt"}
    for one in allowed:
        resource = json.dumps(one["Resource"])
        assert "Storage" in resource or "Key" in resource
        assert one["Effect"] == "Allow"
    # What runs on the database's side alone may call nothing of AWS.
    for task in ("Init", "Build", "Index"):
        assert statements(template, f"Tasks{task}TaskRole") == []


def test_tasks_can_write_to_their_own_folder_only_and_stop_in_time(template: Resources) -> None:
    for task in ("Worker", "Init", "Build", "Index"):
        found = container(template, task)
        assert found["ReadonlyRootFilesystem"]
        assert [one["ContainerPath"] for one in found["MountPoints"]] == ["/tmp"]
        assert found["StopTimeout"] == 120
        target = [one["Value"] for one in found["Environment"] if one["Name"] == "DBT_TARGET_PATH"]
        assert target == (["/tmp/target"] if task == "Build" else [])  # Only dbt writes into it.
    assert "/healthz" in container(template, "Worker")["HealthCheck"]["Command"][-1]


def test_what_the_tasks_run_is_what_assay_understands(
    template: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command line is parsed by the real command, up to the call that would do the work."""
    called: dict[str, Any] = {}
    monkeypatch.setattr(
        "dbt_project.postgres.initialise", lambda owner: called.update(init=owner) or []
    )

    def stop(name: str) -> Any:
        def instead(*values: Any, **named: Any) -> None:
            called[name] = values or named
            raise SystemExit(0)

        return instead

    monkeypatch.setattr("dbt_project.postgres.initialise", stop("init"))
    monkeypatch.setattr("extract.worker.run", stop("worker"))
    monkeypatch.setattr("dbt_project.runner.build", stop("build"))
    for task in ("Worker", "Init", "Build"):
        words = [
            word if isinstance(word, str) else "https://sqs.example/queue"
            for word in container(template, task)["Command"]
        ]
        done = CliRunner().invoke(assay.app, words)
        assert done.exit_code == 0, (words, done.output)
    (settings,) = called["worker"]
    assert settings.queue == "https://sqs.example/queue"
    assert (settings.host, settings.port, settings.drain) == ("0.0.0.0", 8080, False)
    assert called["init"] == ("assay_owner",)
    assert called["build"]
    index = CliRunner().invoke(assay.app, [*container(template, "Index")["Command"], "--help"])
    assert index.exit_code == 0


def test_workers_follow_the_backlog_of_each(assembly: Path) -> None:
    ranges = []
    for size in SIZES:
        resources = resources_of(assembly, size)
        (target,) = of(resources, "AWS::ApplicationAutoScaling::ScalableTarget").values()
        ranges.append((target["MinCapacity"], target["MaxCapacity"]))
        (policy,) = of(resources, "AWS::ApplicationAutoScaling::ScalingPolicy").values()
        tracked = policy["TargetTrackingScalingPolicyConfiguration"]
        metrics = {one["Id"]: one for one in tracked["CustomizedMetricSpecification"]["Metrics"]}
        returned = [name for name, one in metrics.items() if one["ReturnData"]]
        assert returned == ["perTask"]
        names = set(re.findall(r"\b[a-z]\w*\b", metrics["perTask"]["Expression"]))
        assert names == {"waiting", "running"}  # Each is defined, and none is forgotten.
        assert tracked["TargetValue"] > 0
    assert ranges == sorted(ranges)


def test_a_build_starts_by_the_clock_and_after_a_batch_and_the_index_after_it(
    template: Resources,
) -> None:
    rules = of(template, "AWS::Events::Rule")
    for name, task in (
        ("BuildByClock", "TasksBuild"), ("BuildByBatch", "TasksBuild"),
        ("IndexAfterBuild", "TasksIndex"),
    ):  # fmt: skip
        (target,) = only(rules, name)["Targets"]
        assert refers_to(target["EcsParameters"]["TaskDefinitionArn"], task)
    batch = only(rules, "BuildByBatch")["EventPattern"]
    assert refers_to(batch["resources"], "TriggersBusy")
    assert batch["detail"]["state"]["value"] == ["OK"]
    assert batch["detail"]["previousState"]["value"] == ["ALARM"]
    after = only(rules, "IndexAfterBuild")["EventPattern"]["detail"]
    assert after["containers"]["exitCode"] == [0]
    assert "-build:" in json.dumps(after["taskDefinitionArn"])
    (start,) = of(template, "Custom::AssayInit").values()
    assert refers_to(start["Create"], "TasksInit")
    service = template[next(iter(of(template, "AWS::ECS::Service")))]
    assert any("TriggersInit" in name for name in service["DependsOn"])


def test_somebody_is_told(template: Resources) -> None:
    alarms = of(template, "AWS::CloudWatch::Alarm")
    for name in (
        "DeadLetters", "OldestMessage", "NothingNew", "NoBuild", "TaskFailed", "StartFailed",
    ):  # fmt: skip
        alarm = only(alarms, f"Watching{name}")
        assert refers_to(alarm["AlarmActions"], "WatchingTopic"), name
        assert len(alarm["AlarmDescription"]) > 30, name
        # Where too little is the trouble, no figure at all is it too.
        expected = "breaching" if name in ("NothingNew", "NoBuild") else "notBreaching"
        assert alarm["TreatMissingData"] == expected, name
    assert only(alarms, "WatchingDeadLetters")["Threshold"] == 1
    failed = only(of(template, "AWS::Events::Rule"), "TaskFailed")
    assert refers_to(failed["Targets"], "WatchingTopic")
    assert refers_to(failed["EventPattern"], "TaskFailedToStart")
    (subscription,) = of(template, "AWS::SNS::Subscription").values()
    assert subscription["Endpoint"] == "ops@example.com"
    (budget,) = of(template, "AWS::Budgets::Budget").values()
    assert budget["Budget"]["BudgetLimit"]["Amount"] >= 300
    kinds = {
        one["Notification"]["NotificationType"] for one in budget["NotificationsWithSubscribers"]
    }
    assert kinds == {"ACTUAL", "FORECASTED"}
    assert of(template, "AWS::CloudWatch::Dashboard")


def test_the_logs_that_are_counted_hold_what_is_looked_for(template: Resources) -> None:
    """The filters' names are those of the worker's lines and of `assay build --json`."""
    filters = of(template, "AWS::Logs::MetricFilter")
    assert len(filters) == 3
    of_a_build = {one.name for one in fields(BuildSummary)}
    of_a_file = {one.name for one in fields(FileReport)} | {"event"}
    for name, one in filters.items():
        text = one["FilterPattern"] + one["MetricTransformations"][0]["MetricValue"]
        named = set(re.findall(r"\$\.(\w+)", text))
        if "Builds" in name:
            assert refers_to(one["LogGroupName"], "BuildLog")
            assert named == {"success"} <= of_a_build
        else:
            assert refers_to(one["LogGroupName"], "WorkerLog")
            assert named <= {"event", "rows"} <= of_a_file | {"rows"}
            assert set(re.findall(r'"(\w+)"', text)) == {"loaded", "replaced"}


def test_cloudformation_would_take_it(assembly: Path) -> None:
    """Its linter finds nothing; W3005 is about what the CDK writes twice to be sure.

    One size: the linter is slow, and the CDK's own check, which takes its schemas, saw all three.
    """
    program = Path(sys.executable).parent / "cfn-lint"
    template = str(assembly / "assay-large.template.json")
    done = subprocess.run(
        [str(program), "--ignore-checks", "W3005", "--", template],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_every_accepted_finding_has_a_reason(template: Resources) -> None:
    accepted = [
        rule
        for resource in template.values()
        for rule in resource.get("Metadata", {}).get("cdk_nag", {}).get("rules_to_suppress", [])
    ]
    assert len(accepted) > 5
    assert all(len(rule["reason"].split()) >= 5 for rule in accepted)


def test_a_finding_that_nobody_accepted_is_an_error(tmp_path: Path) -> None:
    script = (
        "from aws_cdk import App, Stack, aws_sqs\n"
        "from extract.aws.checks import check\n"
        f"app = App(outdir={str(tmp_path)!r})\n"
        "aws_sqs.Queue(Stack(app, 'bad'), 'Queue')\n"
        "check(app)\n"
        "app.synth()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "AwsSolutions-SQS4" in (tmp_path / "validation-report.json").read_text()


def test_the_image_holds_what_its_recipe_copies_and_nothing_else(
    assembly: Path, root: Path
) -> None:
    """The CDK leaves out what .dockerignore names: what is left is what Docker would be given."""
    (context,) = {path.parent for path in assembly.glob("asset.*/Dockerfile")}
    recipe = (context / "Dockerfile").read_text()
    copied = {
        word.removeprefix("./")
        for line in re.findall(r"^COPY (?!--from)(.*)$", recipe, re.MULTILINE)
        for word in line.split()[:-1]
    }
    assert {name for name in copied if not (context / name).exists()} == set()
    there = {str(path.relative_to(context)) for path in context.rglob("*") if path.is_file()}
    needed = {
        name for name in there if any(name == one or name.startswith(f"{one}/") for one in copied)
    }
    assert there - needed <= {"Dockerfile", ".dockerignore"}
    for unwanted in (".git", ".venv", ".assay", "target", "dataGen", "extract/aws", "tests/data"):
        assert not (context / unwanted).exists(), unwanted
    assert not any("__pycache__" in name for name in there)
    # Each stage is of the same pinned base; who runs it is nobody; the program is ours.
    bases = set(re.findall(r"^FROM (\S+)", recipe, re.MULTILINE))
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", bases.pop())
    assert re.findall(r"^USER (\S+)", recipe, re.MULTILINE)[-1] not in ("root", "0")
    assert re.findall(r"^ENTRYPOINT (.*)", recipe, re.MULTILINE) == ['["assay"]']
    assert "--require-hashes" in recipe
    assert not re.search(r"https?://|curl|wget", recipe)


def test_the_recipe_of_the_image_is_clean(root: Path) -> None:
    program = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([str(program), "Dockerfile"], cwd=root, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()
