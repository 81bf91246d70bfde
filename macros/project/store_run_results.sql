{#
    Keeps what every `dbt build`, `run`, `test` and `seed` came to in quality.run_results: one row per
    node and invocation. Groups of tests that `assay build` asks together are left out: it keeps what their
    members came to. Called on-run-end; writes nothing where nothing ran (parse, docs, operations).
#}
{% macro store_run_results(results) %}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'retry'] and results %}
        {%- set rows = [] %}
        {%- for result in results if result.node is defined and result.node.resource_type in ['model', 'seed', 'test', 'unit_test', 'snapshot'] and not result.node.config.meta.asks_together %}
            {%- do rows.append({
                'node_id': result.node.unique_id,
                'name': result.node.name,
                'resource_type': result.node.resource_type | string,
                'status': result.status | string,
                'failures': result.failures,
                'message': result.message,
                'seconds': result.execution_time,
            }) %}
        {%- endfor %}
        {{ create_run_results() }}
        insert into quality.run_results
            (invocation_id, node_id, name, resource_type, status, failures, message, executed_at, seconds)
        select
            '{{ invocation_id }}',
            node_id,
            name,
            resource_type,
            status,
            failures,
            message,
            '{{ run_started_at.isoformat() }}'::timestamptz,
            seconds
        from jsonb_to_recordset({{ dollar_quoted(tojson(rows)) }}::jsonb) as result (
            node_id text, name text, resource_type text, status text, failures bigint, message text, seconds numeric
        );
    {%- endif %}
{% endmacro %}


{# A text as an SQL literal that no text can break out of: the quoting tag does not occur in it. #}
{% macro dollar_quoted(text) -%}
    {%- set tag = namespace(name='results') -%}
    {%- for attempt in range(20) if ('$' ~ tag.name ~ '$') in text -%}
        {%- set tag.name = tag.name ~ 'x' -%}
    {%- endfor -%}
    ${{ tag.name }}${{ text }}${{ tag.name }}$
{%- endmacro %}


{# A first run may be of a few nodes only; the model of this name need not have been built yet. #}
{% macro create_run_results() %}
    create schema if not exists quality;
    create table if not exists quality.run_results (
        invocation_id text not null,
        node_id text not null,
        name text not null,
        resource_type text not null,
        status text not null,
        failures bigint,
        message text,
        executed_at timestamptz not null,
        seconds numeric,
        primary key (invocation_id, node_id)
    );
{% endmacro %}
