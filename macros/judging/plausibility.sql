{# Whether a birth date makes sense: aged 13 to 105 when the person became a customer. False for NULL. #}
{% macro is_plausible_birth_date(birth_date, customer_since) -%}
    coalesce(
        {{ birth_date }} <= coalesce({{ customer_since }}, current_date) - interval '13 years'
        and {{ birth_date }} >= coalesce({{ customer_since }}, current_date) - interval '105 years',
        false
    )
{%- endmacro %}


{# Whether an account was made for testing, by a test word as its name or in its e-mail address. #}
{% macro is_test_account(full_name, email) -%}
    {{ adapter.dispatch('is_test_account', 'assay')(full_name, email) }}
{%- endmacro %}

{% macro postgres__is_test_account(full_name, email) -%}
    coalesce({{ email }} ~ '^(test|testing|tester|qa|dummy)([0-9._+-][^@]*)?@|@(test|qa)\.|\.(test|invalid)$', false)
    or coalesce({{ full_name }} ~* '^(test|tester|testkunde|dummy)[, ]+(test|tester|account|user|konto|dummy|kunde)$', false)
{%- endmacro %}
