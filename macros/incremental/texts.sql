{#
    Hook after `affected_by`: where a product is new, gone or renamed, the texts are affected, too, in which the
    first word of its name occurs, and those that mentioned it.
#}
{% macro texts_naming_changed_products() -%}
    {%- do ref('int_links__products') -%}
    {%- if works_on_changes() -%}
    insert into {{ affected() }} (key)
    select texts.text_id
    from {{ ref('int_texts') }} as texts
    where texts.tokens && array(
        select ({{ text_tokens('products.product_name') }})[1]
        from {{ ref('int_links__products') }} as products
        where
            products.product_name is not null
            and products.product_id in ({{ changed_keys(['int_links__products']) }})
    )
    union
    select measured.text_id
    from {{ this }} as measured
    where measured.mentioned_products && array({{ changed_keys(['int_links__products']) }})
    except
    select affected.key
    from {{ affected() }} as affected;
    {%- endif -%}
{%- endmacro %}
