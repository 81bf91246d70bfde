"""The lists behind `llm.guard`: syntax nodes, functions and types that a SELECT may use.

Data only. A node or function that is missing here is refused, so adding one is a decision: it
must not write, wait, signal, read files or the catalogue, keep state, or make a giant value from
nothing.
"""

from __future__ import annotations

import re

from llm.words import word_set

MAX_PAD = 1_000

SYSTEM_COLUMNS = frozenset({"xmin", "xmax", "cmin", "cmax", "ctid", "tableoid"})

# Class names in sqlglot.exp. First the syntax, then functions and operators that have a class.
NODES = word_set(
    """
    Select From Where Group Having Order Ordered Limit LimitOptions Offset Fetch Distinct Join
    Lateral Subquery Union Intersect Except With CTE TableAlias Table Values Tuple Cube Rollup
    GroupingSets Window WindowSpec WithinGroup Filter Unnest Alias Column Identifier Star
    Literal Null Boolean Paren Dot Var Kwarg PropertyEQ Case If In Between Is Like ILike
    SimilarTo RegexpLike RegexpILike Escape Exists Any All And Or Not Xor EQ NEQ GT GTE LT LTE
    NullSafeEQ NullSafeNEQ Add Sub Mul Div IntDiv Mod Pow Neg DPipe BitwiseAnd BitwiseOr
    BitwiseXor BitwiseNot BitwiseLeftShift BitwiseRightShift Cast TryCast DataType DataTypeParam
    Interval IntervalSpan AtTimeZone Collate Array Bracket Slice RawString ColumnDef Overlaps
    JSONExtract JSONExtractScalar JSONBExtract JSONBExtractScalar JSONBContains JSONPath
    JSONPathKey JSONPathRoot JSONPathSubscript JSONBContainsTopKey JSONBPathExists Adjacent JSON
    JSONBContainsAnyTopKeys JSONBContainsAllTopKeys JSONBDeleteAtPath ArrayContainsAll
    ArrayContainedBy ArrayOverlaps MatchAgainst Distance

    AnyValue
    Count CountIf Sum Avg Min Max Median Mode Stddev StddevPop StddevSamp Variance VariancePop
    Corr CovarPop CovarSamp PercentileCont PercentileDisc PercentRank CumeDist DenseRank Rank
    RegrSlope RegrIntercept RegrCount RegrR2 RegrAvgx RegrAvgy RegrSxx RegrSxy RegrSyy RowNumber
    Ntile Lag Lead FirstValue LastValue NthValue LogicalAnd LogicalOr Grouping ArrayAgg
    ArrayConcatAgg GroupConcat JSONArrayAgg JSONObjectAgg JSONBObjectAgg BitwiseAndAgg
    BitwiseOrAgg Coalesce Nullif Greatest Least Abs Ceil Floor Round Sign Sqrt Cbrt Exp Ln Log
    Degrees Radians Pi Trunc Sin Cos Tan Asin Acos Atan Atan2 WidthBucket Lower Upper Initcap
    Trim Substring SubstringIndex Left Right Length Concat ConcatWs Replace Translate Reverse
    StrPosition Pad SplitPart RegexpReplace RegexpExtract RegexpSplit RegexpCount RegexpInstr
    Ascii Chr StartsWith Overlay MD5 SHA2Digest Hex Encode Decode TimeToStr BitLength ByteLength
    ToChar ToNumber CurrentDate CurrentTimestamp Localtime Localtimestamp CurrentTime Extract
    TimestampTrunc DateTrunc DateBin MakeInterval DateFromParts TimestampFromParts UnixToTime
    StrToDate StrToTime TsOrDsToDate DateAdd DateSub DateDiff JustifyDays JustifyHours
    JustifyInterval ArraySize ArrayContains ArrayConcat ArrayToString StringToArray
    ArrayPosition ArrayRemove ArrayAppend ArrayPrepend ExplodingGenerateSeries GenerateSeries
    Explode Posexplode JSONType JSONObject JSONKeyValue JSONArray JSONKeys
    """
)

# Functions that sqlglot has no class for, by name.
FUNCTIONS = word_set(
    """
    count sum avg min max every bool_and bool_or bit_and bit_or jsonb_agg json_agg
    jsonb_object_agg json_object_agg string_agg any_value range_agg rank dense_rank percent_rank
    cume_dist row_number ntile lag lead first_value last_value nth_value regr_slope
    regr_intercept regr_count regr_r2 corr covar_pop covar_samp row grouping num_nulls
    num_nonnulls mod div power trunc log10 gcd lcm factorial scale trim_scale min_scale cot sinh
    cosh tanh width_bucket btrim ltrim rtrim substr strpos char_length character_length
    octet_length bit_length regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regexp_like regexp_count regexp_instr regexp_substr string_to_table
    string_to_array split_part starts_with normalize to_hex ascii chr quote_literal quote_ident
    unaccent age date_part date_bin date_add date_subtract make_date make_time make_timestamp
    make_timestamptz make_interval isfinite justify_days justify_hours justify_interval
    to_timestamp to_date to_char to_number clock_timestamp statement_timestamp
    transaction_timestamp array_length array_lower array_upper array_ndims array_dims
    cardinality array_position array_positions array_remove array_replace array_append
    array_prepend array_cat array_to_string trim_array unnest generate_series
    generate_subscripts to_json to_jsonb row_to_json jsonb_build_object json_build_object
    jsonb_build_array json_build_array jsonb_array_length json_array_length jsonb_array_elements
    json_array_elements jsonb_array_elements_text json_array_elements_text jsonb_each json_each
    jsonb_each_text json_each_text jsonb_object_keys json_object_keys jsonb_extract_path
    jsonb_extract_path_text json_extract_path json_extract_path_text jsonb_typeof json_typeof
    jsonb_strip_nulls jsonb_pretty jsonb_path_query jsonb_path_query_first
    jsonb_path_query_array jsonb_path_exists jsonb_path_match jsonb_to_recordset
    json_to_recordset jsonb_to_record json_to_record jsonb_set to_tsvector to_tsquery
    plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline numnode
    querytree tsvector_to_array setweight similarity word_similarity l2_distance cosine_distance
    inner_product daterange tsrange tstzrange numrange int4range lower upper isempty lower_inc
    upper_inc range_merge md5
    """
)

# sqlglot's DataType.Type names.
TYPES = word_set(
    """
    TEXT VARCHAR CHAR NCHAR NVARCHAR BPCHAR BOOLEAN SMALLINT INT BIGINT TINYINT INT128 DECIMAL
    FLOAT DOUBLE MONEY DATE TIME TIMETZ TIMESTAMP TIMESTAMPTZ TIMESTAMPNTZ INTERVAL JSON
    JSONB UUID ARRAY DATERANGE TSRANGE TSTZRANGE NUMRANGE INT4RANGE INT8RANGE     VECTOR
    """
)

# What text may be sorted by. Any other name would tell whether the server has it.
COLLATIONS = word_set("c posix default ucs_basic unicode pg_unicode_fast pg_c_utf8")

# Reserved in Postgres, so a column or alias of this name must be quoted.
RESERVED = word_set(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast
    check collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user default
    deferrable desc distinct do else end except false fetch for foreign freeze from full grant
    group having ilike in initially inner intersect into is isnull join lateral leading left
    like limit localtime localtimestamp natural not notnull null offset on only or order outer
    overlaps placing primary references returning right select session_user similar some
    symmetric system_user table tablesample then to trailing true union unique user using
    variadic verbose when where window with
    """
)

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


def needs_quotes(name: str, quoted: bool) -> bool:
    """Whether this identifier must be written with quotes to mean the same."""
    if not quoted:
        # Unquoted in the input: Postgres folds it; only a reserved word needs the quotes.
        return name.lower() in RESERVED
    return _PLAIN.match(name) is None or name in RESERVED


def in_words(node: str) -> str:
    """A node's class name as words for a message: `TableSample` -> `table sample`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", node).lower()
