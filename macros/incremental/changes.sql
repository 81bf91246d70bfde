{#
    Models that work on what changed only.

    Two small tables remember what happened: `intermediate.changed_keys`, which keys of which model changed
    in which run, and `intermediate.built`, when each model last took notice. Before an incremental model is
    built, a hook lists the keys (or rows) that it must make again in a temporary table, `affected__<model>`;
    the model selects just those; the strategy `replace_affected` deletes them from the table, inserts what
    the model selected, and notes for the models behind which keys these were. Rows that are gone, because a
    file was superseded or a link no longer holds, are affected, deleted and not inserted again.

    A run that fails in between leaves the models behind it where they were: they catch up with the next.
    After a change of a model's SQL, or of a seed, build with `--full-refresh`.
#}

{#
    Whether the model is built on top of what is there. In a unit test there is nothing, and what dbt only shows or
    compiles is the model of all rows: no hook has listed what is affected.
#}
{% macro works_on_changes() -%}
    {{ return(makes_tables() and this is not none and is_incremental()) }}
{%- endmacro %}


{# Whether dbt runs models now, rather than show, compile or only test them. #}
{% macro makes_tables() -%}
    {{ return(flags.WHICH in ['build', 'run', 'retry']) }}
{%- endmacro %}


{% macro create_change_log() -%}
    {%- if execute and makes_tables() %}
    create schema if not exists intermediate;
    create table if not exists intermediate.changed_keys (model text, key text, changed_at timestamptz);
    create index if not exists changed_keys_model on intermediate.changed_keys (model, changed_at);
    create table if not exists intermediate.built (model text primary key, built_at timestamptz);
    -- What every model has taken notice of is of no more use.
    delete from intermediate.changed_keys where changed_at < (select min(built.built_at) from intermediate.built);
    {%- endif %}
{%- endmacro %}


{# The keys that changed in these models since this one took notice. #}
{% macro changed_keys(models) -%}
    select changed.key
    from intermediate.changed_keys as changed
    where
        changed.model in ('{{ models | join("', '") }}')
        and changed.changed_at > (select built.built_at from intermediate.built where built.model = '{{ this.identifier }}')
{%- endmacro %}


{# Whether one of these models was built anew since this one took notice, or this one never did. #}
{% macro everything_changed(models) -%}
    (
        not exists (select from intermediate.built where built.model = '{{ this.identifier }}')
        or '*' in ({{ changed_keys(models) }})
    )
{%- endmacro %}


{# The name of the temporary table of what the model at hand must make again. #}
{% macro affected() -%}
    affected__{{ this.identifier }}
{%- endmacro %}


{#
    Hook: the keys that are affected, of the model's own column `key`: those that changed in one of `models`,
    and those that `links` lead to from other keys that did. A link is a relation (`this` for the model
    itself, as it stands), its column with the model's key, its column with the other key, and the models in
    which that one may have changed. `of` lists relations, and their columns, with all keys there can be.
#}
{% macro affected_by(key, of, models, links=[]) -%}
    {#- Named here, too, so that dbt knows them when it only parses. -#}
    {%- set others = links | map(attribute=3) | sum(start=[]) -%}
    {%- for name in of | map(attribute=0) | list + models + links | map(attribute=0) | reject('equalto', 'this') | list + others -%}
        {%- do ref(name) -%}
    {%- endfor -%}
    {%- if works_on_changes() -%}
    drop table if exists {{ affected() }};
    create temporary table {{ affected() }} on commit drop as
    {{ changed_keys(models) }}
    {%- for relation, own_column, other_column, changed_models in links %}
    union
    select linked.{{ own_column }}
    from {{ this if relation == 'this' else ref(relation) }} as linked
    where linked.{{ other_column }}::text in ({{ changed_keys(changed_models) }})
    {%- endfor %}
    union
    select known.{{ key }}
    from {{ this }} as known
    where {{ everything_changed(models + others) }}
    {%- for relation, column in of %}
    union
    select possible.{{ column }}
    from {{ ref(relation) }} as possible
    where {{ everything_changed(models + others) }}
    {%- endfor %};
    delete from {{ affected() }} where key is null or key = '*';
    analyze {{ affected() }};
    {%- endif -%}
{%- endmacro %}


{#
    Hook of a model that has one row per row of `judged`, which has `_file_id` and `_line` as the model itself: the
    rows whose `key` changed in one of `models`, and those without a key, which no change can be told of.
#}
{% macro affected_rows_by(key, judged, models) -%}
    {%- for name in [judged] + models -%}
        {%- do ref(name) -%}
    {%- endfor -%}
    {%- if works_on_changes() -%}
    drop table if exists {{ affected() }};
    create temporary table {{ affected() }} on commit drop as
    {%- for relation in [ref(judged), this] %}
    select
        rows_there._file_id,
        rows_there._line
    from {{ relation }} as rows_there
    where rows_there.{{ key }} in ({{ changed_keys(models) }})
    union
    select
        rows_there._file_id,
        rows_there._line
    from {{ relation }} as rows_there
    where rows_there.{{ key }} is null or {{ everything_changed(models) }}
    {%- if not loop.last %}
    union
    {%- endif %}
    {%- endfor %};
    analyze {{ affected() }};
    {%- endif -%}
{%- endmacro %}


{# The condition by which such a model selects what is affected only. #}
{% macro is_affected_row() -%}
    {%- if works_on_changes() -%}
    (_file_id, _line) in (
        select
            affected._file_id,
            affected._line
        from {{ affected() }} as affected
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}


{# The condition by which a model selects what is affected only; `true` when it is built anew. #}
{% macro is_affected(column) -%}
    {%- if works_on_changes() -%}
    {{ column }} in (select affected.key from {{ affected() }} as affected)
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}


{# Hook: the model has taken notice of all changes so far; one that was built anew has changed throughout. #}
{% macro note_built() -%}
    insert into intermediate.built (model, built_at)
    values ('{{ this.identifier }}', '{{ run_started_at.isoformat() }}')
    on conflict (model) do update set built_at = excluded.built_at;
    {%- if not works_on_changes() %}
    delete from intermediate.changed_keys where model = '{{ this.identifier }}';
    insert into intermediate.changed_keys (model, key, changed_at)
    values ('{{ this.identifier }}', '*', '{{ run_started_at.isoformat() }}');
    {%- endif %}
{%- endmacro %}


{#
    The strategy: what is affected goes, what the model selected comes, and both are noted by their
    `changed_key`. The model's `affected_key` is compared with the temporary table's keys; without one the
    table has rows (`_file_id`, `_line`).
#}
{% macro get_incremental_replace_affected_sql(arg_dict) -%}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set condition -%}
        {%- if config.get('affected_key') -%}
        built.{{ config.get('affected_key') }} = affected.key
        {%- else -%}
        built._file_id = affected._file_id and built._line = affected._line
        {%- endif -%}
    {%- endset -%}
    insert into intermediate.changed_keys (model, key, changed_at)
    select distinct '{{ target.identifier }}', built.{{ config.get('changed_key') }}::text, '{{ run_started_at.isoformat() }}'::timestamptz
    from {{ target }} as built
    inner join {{ affected() }} as affected on {{ condition }}
    where built.{{ config.get('changed_key') }} is not null;

    delete from {{ target }} as built using {{ affected() }} as affected where {{ condition }};
    {% if config.get('partition_by') %}
    {{ make_partitions(target, arg_dict['temp_relation'], config.get('partition_by').column) }}
    {% endif %}
    insert into {{ target }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }};

    insert into intermediate.changed_keys (model, key, changed_at)
    select distinct '{{ target.identifier }}', made.{{ config.get('changed_key') }}::text, '{{ run_started_at.isoformat() }}'::timestamptz
    from {{ arg_dict['temp_relation'] }} as made
    where made.{{ config.get('changed_key') }} is not null;
{%- endmacro %}
