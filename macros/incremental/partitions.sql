{#
    Facts in partitions by month: `partition_by={'column': a date of the model, 'months_of': [a model before
    it, an expression for that date there]}`. A table is made with a partition for each month that is there;
    a month that comes later gets its own before the rows go in. dbt knows nothing of the partitions: it
    makes, renames, indexes and drops the table as any other. A unique index would have to hold the date,
    so that the key's uniqueness is a test.
#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set partition_by = config.get('partition_by') -%}
    {%- if temporary or not partition_by -%}
    {{ dbt.postgres__create_table_as(temporary, relation, sql) }}
    {%- else -%}
    {{ get_assert_columns_equivalent(sql) }}
    create table {{ relation }}
    {{ get_table_columns_and_constraints() }}
    partition by range ({{ partition_by.column }});
    {{ make_partitions(relation, ref(partition_by.months_of[0]), partition_by.months_of[1]) }}
    insert into {{ relation }} ({{ adapter.dispatch('get_column_names', 'dbt')() }})
    ({{ get_select_subquery(sql) }});
    {%- endif -%}
{%- endmacro %}


{# A partition for each month of `day` in `source` that `relation` has none for; named at last by `settle_partitions`. #}
{% macro make_partitions(relation, source, day) -%}
    do $$
    declare
        one date;
    begin
        for one in
            select date_trunc('month', made.day)::date
            from (select {{ day }} as day from {{ source }}) as made
            where made.day is not null
            group by 1
            except
            select substring(pg_get_expr(part.relpartbound, part.oid) from $b$FROM \('([0-9-]+)'\)$b$)::date
            from pg_inherits
            inner join pg_class as part on pg_inherits.inhrelid = part.oid
            where pg_inherits.inhparent = '{{ relation }}'::regclass
        loop
            execute format(
                'create table {{ relation.schema }}.%I partition of {{ relation }} for values from (%L) to (%L)',
                to_char(one, '"{{ this.identifier }}_"YYYY_MM"__new"'), one, (one + interval '1 month')::date
            );
        end loop;
    end
    $$;
{%- endmacro %}


{#
    Hook after such a model: its new partitions are called by table and month. Those of the table that it
    takes the place of, which dbt drops next, make way.
#}
{% macro settle_partitions() -%}
    do $$
    declare
        part record;
    begin
        for part in
            select
                child.relname as new_name,
                regexp_replace(child.relname, '__new$', '') as name
            from pg_inherits
            inner join pg_class as child on pg_inherits.inhrelid = child.oid
            where pg_inherits.inhparent = '{{ this }}'::regclass and child.relname ~ '__new$'
        loop
            execute format(
                'alter table if exists {{ this.schema }}.%I rename to %I', part.name, part.name || '__old'
            );
            execute format('alter table {{ this.schema }}.%I rename to %I', part.new_name, part.name);
        end loop;
    end
    $$;
{%- endmacro %}
