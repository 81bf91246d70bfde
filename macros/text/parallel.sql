{#
    For a model that looks up every word of every text: what passes from the workers to the leader is
    little, but the planner, who takes all words for found, would leave all the work to one process.
    A hook before the model; it holds for the model's own transaction.
#}
{% macro in_parallel() -%}
    set local parallel_tuple_cost = 0.01
{%- endmacro %}
