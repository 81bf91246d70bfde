{# Stops a build at its start, with one sentence, where raw tables that it reads are not there yet. #}
{% macro require_sources() %}
    {%- if execute and flags.WHICH in ['build', 'run', 'test'] %}
        {%- set missing = [] %}
        {%- for id in selected_resources if id in graph.nodes %}
            {%- for parent in graph.nodes[id].depends_on.nodes if parent in graph.sources %}
                {%- set source_node = graph.sources[parent] %}
                {%- set table = source_node.schema ~ '.' ~ source_node.identifier %}
                {%- if table not in missing and not adapter.get_relation(
                    database=source_node.database, schema=source_node.schema, identifier=source_node.identifier
                ) %}
                    {%- do missing.append(table) %}
                {%- endif %}
            {%- endfor %}
        {%- endfor %}
        {%- if missing %}
            {%- do exceptions.raise_compiler_error(
                'not loaded yet: ' ~ (missing | sort | join(', ')) ~ '. Load their files first: assay load <folder>'
                ~ ('; or, for a project of your own files without the sample shop: assay sample off' if var('sample_shop'))
            ) %}
        {%- endif %}
    {%- endif %}
{% endmacro %}
