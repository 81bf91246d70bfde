"""Draws docs/architecture.png: what runs on AWS and what flows where. `make docs` runs it.

It needs graphviz's `dot`. The picture carries the hash of this file, so that a test can tell
without graphviz whether it is still the picture that this file draws.
"""

from __future__ import annotations

import hashlib
import struct
import sys
import tempfile
import zlib
from pathlib import Path

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "architecture.png"
KEYWORD = b"drawn-from"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def source_hash() -> str:
    """SHA-256 of this file."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def drawn_from(picture: bytes) -> str:
    """The hash of the file that drew a picture; empty if it does not say.

    Args:
        picture: a PNG.
    """
    place = len(_SIGNATURE)
    while place < len(picture):
        length, kind = struct.unpack(">I4s", picture[place : place + 8])
        body = picture[place + 8 : place + 8 + length]
        if kind == b"tEXt" and body.startswith(KEYWORD + b"\0"):
            return body.removeprefix(KEYWORD + b"\0").decode()
        place += 12 + length
    return ""


def marked(picture: bytes, text: str) -> bytes:
    """A PNG with the text put in, where `drawn_from` finds it."""
    body = b"tEXt" + KEYWORD + b"\0" + text.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    end = picture.rindex(b"IEND") - 4
    return picture[:end] + chunk + picture[end:]


def draw(folder: Path) -> Path:
    """Draw the picture.

    Args:
        folder: where to.

    Raises:
        graphviz.ExecutableNotFound: there is no `dot`.
    """
    from diagrams import Cluster, Diagram, Edge
    from diagrams.aws.compute import Fargate
    from diagrams.aws.cost import Budgets
    from diagrams.aws.database import Aurora
    from diagrams.aws.general import Users
    from diagrams.aws.integration import SNS, SQS, Eventbridge
    from diagrams.aws.management import Cloudwatch
    from diagrams.aws.ml import Bedrock
    from diagrams.aws.network import Endpoint
    from diagrams.aws.security import SecretsManager
    from diagrams.aws.storage import S3

    file = folder / "architecture"
    font = "DejaVu Sans"
    inner = {"fontname": font, "fontsize": "17", "labeljust": "l", "margin": "34"}

    def flow(label: str = "", **more: str) -> Edge:
        text = f" {label} " if label else ""
        return Edge(label=text, fontname=font, fontsize="14", color="#3b4a5a", **more)

    def later(label: str = "", **more: str) -> Edge:
        return flow(label, style="dashed", **more)

    with Diagram(
        "",
        filename=str(file),
        show=False,
        direction="LR",
        graph_attr={
            "fontname": font, "pad": "0.3", "ranksep": "1.2", "nodesep": "0.4", "dpi": "80",
            "splines": "spline",
        },
        node_attr={"fontname": font, "fontsize": "14"},
        edge_attr={"fontname": font},
    ):  # fmt: skip
        sources = Users("vendors,\nexports, logs")
        with Cluster("what comes in", graph_attr=inner):
            files = S3("files: versioned,\nencrypted")
            queue = SQS("events")
            dead = SQS("dead letters,\nwith the reason")
        with Cluster("who is told, and what starts when", graph_attr=inner):
            money = Budgets("budget")
            watch = Cloudwatch("alarms,\ndashboard")
            told = SNS("people")
            clock = Eventbridge("by the clock, after a\nbatch, after a build")
        with Cluster("private subnets: no NAT, no internet gateway", graph_attr=inner):
            with Cluster("Fargate, one image", graph_attr=inner):
                worker = Fargate("assay worker: 1 to n,\nby backlog of each")
                build = Fargate("assay build: dbt\nmodels and tests")
                index = Fargate("assay index:\nembeddings")
            with Cluster("Aurora PostgreSQL with pgvector; small: RDS", graph_attr=inner):
                writer = Aurora("writer: raw, marts,\nquality, knowledge")
                reader = Aurora("reader")
            ask = Fargate("assay ask, export:\nnot in the stack yet")
            doors = Endpoint("endpoints: S3, SQS,\nECR, Logs, Secrets")
        secrets = SecretsManager("passwords,\nchanged monthly")
        outbox = S3("training sets:\nParquet + manifest")
        model = Bedrock("a model, only\nif one is named")

        sources >> flow() >> files >> flow("ObjectCreated") >> queue >> flow() >> worker
        files >> flow("GetObject") >> worker
        queue >> later("what cannot land", constraint="false") >> dead
        files >> flow(style="invis") >> dead
        watch >> later("a batch is over") >> clock >> later() >> [build, index]
        [watch, money] >> flow() >> told
        worker >> flow("COPY: a file, a transaction") >> writer
        build >> flow("SQL") >> writer
        index >> flow("vectors") >> writer
        writer >> flow("replicates") >> reader >> flow("SELECT only") >> ask
        ask >> flow() >> outbox
        ask >> later() >> model
        writer >> flow(style="invis") >> doors >> later() >> secrets
    return file.with_suffix(".png")


def main() -> None:
    """Draw docs/architecture.png."""
    import graphviz

    with tempfile.TemporaryDirectory() as folder:
        try:
            picture = draw(Path(folder)).read_bytes()
        except graphviz.ExecutableNotFound:
            if drawn_from(PICTURE.read_bytes()) == source_hash():
                sys.stderr.write("graphviz is not here; docs/architecture.png is fresh as it is\n")
                return
            sys.exit("docs/architecture.png is stale; install graphviz (`dot`) to draw it again")
    PICTURE.write_bytes(marked(picture, source_hash()))


if __name__ == "__main__":
    main()
