{#
    The kinds of rows and the way of each: from its raw table through staging, where nothing is left
    out, to the rows judged and to the mart. `quality` and the tests that nothing is lost go through
    this list, so that a new source is counted as soon as it stands here.

    Besides the sample shop's these are the entries of the variable `own_entities` in dbt_project.yml:

    - name: the raw table, which is the source's table too
      source: the source's name
      staging: the staging model; it has _file_id, _line and _issues, and one row per raw row
      judged: a model between the two with the same rows and columns, read in staging's place by all that goes through
        every row; may be missing
      mart: a model with the same _file_id and _line, each once; without one, staging is the end of the way
      key: a column of staging that names a row; may be missing
      excludes: true where the judged model says `is_excluded` and, as `kept_instead`, which row stays; may be missing
      days: dates and times of staging that the calendar shall cover; may be missing

    What a row's `_issues` mean stands in seeds/own_rules.csv. A column of staging that
    is read from another name, or from within JSON, says so by `meta: {read_from: <raw column>}`.
#}
{% macro entities() -%}
    {%- set found = [] -%}
    {%- if var('sample_shop') -%}
        {%- do found.extend(shop_entities()) -%}
    {%- endif -%}
    {%- set own_ones = var('own_entities', []) -%}
    {%- for entity in own_ones if own_ones is not string -%}
        {%- do found.append({
            'name': entity.name, 'source': entity.source, 'staging': entity.staging, 'judged': entity.judged or entity.staging,
            'mart': entity.mart or entity.staging, 'key': entity.key, 'days': entity.days or [], 'is_own': true,
            'excludes': entity.excludes or false,
        }) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{# The ten kinds of rows of the sample shop. #}
{% macro shop_entities() -%}
    {{ return([
        {'name': 'customers_crm', 'source': 'crm', 'staging': 'stg_crm__customers',
         'judged': 'int_customers__judged', 'mart': 'dim_customers', 'key': 'customer_id'},
        {'name': 'customers_shop', 'source': 'shop', 'staging': 'stg_shop__customers',
         'judged': 'int_customers__judged', 'mart': 'dim_customers', 'key': 'customer_id'},
        {'name': 'products', 'source': 'shop', 'staging': 'stg_shop__products',
         'judged': 'int_products__judged', 'mart': 'dim_products', 'key': 'product_id'},
        {'name': 'orders', 'source': 'shop', 'staging': 'stg_shop__orders',
         'judged': 'int_orders__judged', 'mart': 'fct_orders', 'key': 'order_id'},
        {'name': 'order_items', 'source': 'shop', 'staging': 'stg_shop__order_items',
         'judged': 'int_order_items__judged', 'mart': 'fct_order_items', 'key': 'order_item_id'},
        {'name': 'payments', 'source': 'pay', 'staging': 'stg_pay__payments',
         'judged': 'int_payments__judged', 'mart': 'fct_payments', 'key': 'payment_id'},
        {'name': 'web_events', 'source': 'web', 'staging': 'stg_web__events',
         'judged': 'int_web_events__judged', 'mart': 'fct_web_events', 'key': 'event_id'},
        {'name': 'support_tickets', 'source': 'support', 'staging': 'stg_support__tickets',
         'judged': 'int_support_tickets__judged', 'mart': 'fct_support_tickets', 'key': 'ticket_id'},
        {'name': 'reviews', 'source': 'shop', 'staging': 'stg_shop__reviews',
         'judged': 'int_reviews__judged', 'mart': 'fct_reviews', 'key': 'review_id'},
        {'name': 'fx_rates', 'source': 'finance', 'staging': 'stg_finance__fx_rates',
         'judged': 'int_fx_rates__judged', 'mart': 'fct_fx_rates', 'key': 'rate_key'},
    ]) }}
{%- endmacro %}


{# All rules of cleaning that hold now, as a query to read from: the sample shop's, where it is part of the project, and your own. #}
{% macro rules_in_force() -%}
    (
        {%- if var('sample_shop') %}
        select
            entity,
            code,
            column_name,
            severity,
            meaning
        from {{ ref('rules') }}
        union all
        {%- endif %}
        select
            entity,
            code,
            column_name,
            severity,
            meaning
        from {{ ref('own_rules') }}
    )
{%- endmacro %}
