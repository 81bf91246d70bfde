{#
    Every column that staging reads into another type, or checks, by kind of row: the staged column and the raw column it
    was read from, a dot leading into JSON. The test that no value is lost in silence goes through this list.
#}
{% macro readings() -%}
    {{ return({
        'customers_crm': {
            'customer_id': 'kundennr', 'email': 'e_mail', 'phone': 'telefon', 'postcode': 'plz', 'country_code': 'land',
            'birth_date': 'geburtsdatum', 'customer_since': 'kunde_seit', 'marketing_opt_in': 'newsletter',
        },
        'customers_shop': {
            'customer_id': 'customer_id', 'email': 'email', 'phone': 'phone', 'postcode': 'postcode',
            'country_code': 'country', 'birth_date': 'birth_date', 'customer_since': 'created_at',
            'marketing_opt_in': 'marketing_opt_in',
        },
        'products': {
            'product_id': 'product_id', 'list_price': 'price.amount', 'currency': 'price.currency', 'unit_cost': 'cost',
            'weight_g': 'attributes.weight_g', 'is_active': 'active', 'launched_on': 'launched_on',
        },
        'orders': {
            'order_id': 'order_id', 'ordered_at': 'ordered_at', 'status': 'status', 'country_code': 'country',
            'currency': 'currency', 'shipping_fee': 'shipping_fee', 'discount_amount': 'discount_amount',
            'total_amount': 'total_amount', 'shipped_at': 'shipped_at', 'delivered_at': 'delivered_at',
        },
        'order_items': {
            'order_item_id': 'order_item_id', 'quantity': 'quantity', 'unit_price': 'unit_price',
            'discount_rate': 'discount_rate', 'tax_rate': 'tax_rate', 'returned_quantity': 'returned_quantity',
            'returned_at': 'returned_at',
        },
        'payments': {
            'payment_id': 'payment_id', 'amount': 'amount', 'currency': 'currency', 'paid_at': 'paid_at',
            'provider_fee': 'provider.fee',
        },
        'web_events': {
            'event_id': 'event_id', 'occurred_at': 'occurred_at', 'country_code': 'country',
        },
        'support_tickets': {
            'ticket_id': 'ticket_id', 'opened_at': 'opened_at', 'closed_at': 'closed_at', 'satisfaction': 'satisfaction',
        },
        'reviews': {
            'review_id': 'review_id', 'rating': 'rating', 'reviewed_at': 'reviewed_at',
            'is_verified_purchase': 'verified_purchase', 'helpful_votes': 'helpful_votes',
        },
        'fx_rates': {
            'rate_date': 'date', 'currency': 'currency', 'rate': 'rate',
        },
    }) }}
{%- endmacro %}


{#
    The same of a table of your own, by its staging model's YAML: a column is read from the raw column of its name, or
    from the one that its `meta` names as `read_from`.
#}
{% macro own_readings(entity) -%}
    {%- set found = {} -%}
    {%- if execute -%}
        {%- set landed = adapter.get_columns_in_relation(source(entity.source, entity.name)) | map(attribute='name') | list -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == entity.staging -%}
            {%- for column in node.columns.values() -%}
                {%- set raw_column = column.config.meta.read_from or column.name -%}
                {%- if raw_column.split('.')[0] in landed and raw_column not in ['_file_id', '_line'] -%}
                    {%- do found.update({column.name: raw_column}) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}


{# The words that mean nothing in a column of a table of your own, in lower case, by staged column: its `meta` names them as `nulls`. #}
{% macro own_words_for_nothing(entity) -%}
    {%- set found = {} -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == entity.staging -%}
            {%- for column in node.columns.values() if column.config.meta.nulls -%}
                {%- do found.update({column.name: column.config.meta.nulls}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}


{# The value of a raw column as text; a dot leads into JSON. #}
{% macro raw_value_at(relation_alias, raw_column) -%}
    {%- set steps = raw_column.split('.') -%}
    {%- if steps | length > 1 -%}
    {{ json_text(relation_alias ~ '.' ~ steps[0], steps[1:]) }}
    {%- else -%}
    {{ relation_alias }}.{{ raw_column }}
    {%- endif -%}
{%- endmacro %}
