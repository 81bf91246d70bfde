"""The infrastructure that runs Assay on AWS, as code (AWS CDK), and what it costs.

Nothing else in the project imports it: it needs the optional extra `aws`, and only whoever deploys
has that. `python -m extract.aws.app` is what `cdk` runs.
"""
