# One image for all that runs on AWS; the stack in extract/aws says with which arguments.
# The base is pinned by its tag, to the Python that the tests run with. Pin it by its digest as well
# (`docker buildx imagetools inspect python:3.11.14-slim-trixie`) where a build must be repeatable.

FROM python:3.11.14-slim-trixie AS build
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt ./
RUN pip install --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md LICENSE assay.py dbt_project.yml profiles.yml ./
COPY extract ./extract
COPY dbt_project ./dbt_project
COPY llm ./llm
COPY models ./models
COPY macros ./macros
COPY seeds ./seeds
COPY tests/dbt ./tests/dbt
# The project is parsed here, since what runs later may not write beside it. No server is asked.
RUN pip install --no-deps --no-build-isolation --editable . \
    && python -m compileall -q assay.py extract dbt_project llm \
    && PGHOST=unused DBT_LOG_PATH=/tmp/logs dbt parse --no-partial-parse --quiet

FROM python:3.11.14-slim-trixie
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin assay
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    ASSAY_HOME=/tmp/.assay DBT_LOG_PATH=/tmp/logs
# On Fargate all else is read-only; a volume's owner and mode are those of the folder here.
VOLUME ["/tmp"]
USER 10001
ENTRYPOINT ["assay"]
CMD ["--help"]
