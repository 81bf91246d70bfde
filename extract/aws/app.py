"""The CDK app. `cdk` runs it, in this folder, with what was said by `-c name=value`:

    cdk deploy -c size=medium -c email=you@example.com
    cdk synth  -c size=small,medium,large

size: one of small, medium, large, or several with commas between; small if not said.
name: the stack's name is this and the size: assay-small.
email: whom alarms are told to.
arm: `true` for Graviton.
"""

from __future__ import annotations

from typing import cast

from aws_cdk import App

from extract.aws.checks import check
from extract.aws.sizes import SIZES, Name
from extract.aws.stack import AssayStack


def build(app: App) -> None:
    """Put into an app the stacks that its context asks for.

    Raises:
        ValueError: there is no such size.
    """
    said = {name: app.node.try_get_context(name) for name in ("size", "name", "email", "arm")}
    for size in str(said["size"] or "small").split(","):
        if size not in SIZES:
            raise ValueError(f"no size {size!r}; there are {', '.join(SIZES)}")
        AssayStack(
            app,
            f"{said['name'] or 'assay'}-{size}",
            SIZES[cast(Name, size)],
            email=said["email"],
            arm=str(said["arm"]).lower() == "true",
        )
    check(app)


if __name__ == "__main__":
    everything = App()
    build(everything)
    everything.synth()
