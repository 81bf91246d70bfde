{#
    The ten kinds of rows and the way of each: from its raw table through staging, where nothing is
    left out, to the rows judged and to the mart. `quality` and the tests that nothing is lost go
    through this list, so that a new source is counted as soon as it stands here.
#}
{% macro entities() -%}
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

