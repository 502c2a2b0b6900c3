using System.Net;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>What to do about an insert that failed.</summary>
public enum ErrorKind
{
    /// <summary>It will pass: try the same again later.</summary>
    Transient,

    /// <summary>A row of it will never be taken: find it.</summary>
    Poison,

    /// <summary>Someone has to change something first.</summary>
    Fatal,
}

/// <summary>Tells the kind of an error by ClickHouse's code for it.</summary>
public static class ErrorKinds
{
    /// <summary>TOO_MANY_PARTS: of the table, which passes; or of one insert's partitions, which does not.</summary>
    private const int TooManyParts = 252;

    /// <summary>INCORRECT_DATA: a row, or a column that the table lacks.</summary>
    private const int IncorrectData = 117;

    public static ErrorKind Of(ClickHouseException error) => error.Code switch
    {
        null => OfStatus(error.Status),
        // Rows of more than max_partitions_per_insert_block months, as when old events are imported: no row is bad, half of them will do.
        TooManyParts when error.Message.Contains("single INSERT block", StringComparison.Ordinal) => ErrorKind.Poison,
        // Every row would be found bad, one after the other.
        IncorrectData when error.Message.Contains("Unknown field", StringComparison.Ordinal) => ErrorKind.Fatal,
        { } code => OfCode(code, error.Status),
    };

    private static ErrorKind OfCode(int code, HttpStatusCode? status) => code switch
    {
        // CANNOT_PARSE_TEXT, _ESCAPE_SEQUENCE, _QUOTED_STRING, _INPUT_ASSERTION_FAILED, CANNOT_READ_ALL_DATA, CANNOT_PARSE_DATE, _DATETIME
        6 or 25 or 26 or 27 or 33 or 38 or 41
            // TYPE_MISMATCH, ARGUMENT_OUT_OF_BOUND, CANNOT_CONVERT_TYPE, CANNOT_PARSE_NUMBER, INCORRECT_DATA
            or 53 or 69 or 70 or 72 or IncorrectData
            // TOO_LARGE_ARRAY_SIZE, CANNOT_READ_ARRAY_FROM_TEXT, TOO_LARGE_STRING_SIZE, SIZES_OF_ARRAYS_DONT_MATCH
            or 128 or 130 or 131 or 190
            // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE, CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, CANNOT_PARSE_UUID, FUNCTION_THROW_IF_VALUE_IS_NON_ZERO
            or 321 or 349 or 376 or 395
            // DECIMAL_OVERFLOW, CANNOT_PARSE_BOOL, VIOLATED_CONSTRAINT, CANNOT_PARSE_IPV4, _IPV6
            or 407 or 467 or 469 or 675 or 676 => ErrorKind.Poison,
        // TIMEOUT_EXCEEDED, TOO_SLOW, DNS_ERROR, TOO_MANY_SIMULTANEOUS_QUERIES, SOCKET_TIMEOUT, NETWORK_ERROR, NO_ZOOKEEPER, ABORTED
        159 or 160 or 198 or 202 or 209 or 210 or 225 or 236
            // QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: the attempt before, which was given up here, is still at work there
            or 216
            // MEMORY_LIMIT_EXCEEDED, TABLE_IS_READ_ONLY, NOT_ENOUGH_SPACE, TOO_MANY_PARTS, ALL_CONNECTION_TRIES_FAILED, TOO_FEW_LIVE_REPLICAS
            or 241 or 242 or 243 or TooManyParts or 279 or 285
            // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE, UNKNOWN_STATUS_OF_INSERT, QUERY_WAS_CANCELLED, CANNOT_SCHEDULE_TASK, DEADLOCK_AVOIDED
            or 286 or 319 or 394 or 439 or 473 => ErrorKind.Transient,
        // READONLY, UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, ACCESS_DENIED, AUTHENTICATION_FAILED
        164 or 192 or 193 or 194 or 497 or 516
            // NO_SUCH_COLUMN_IN_TABLE, UNKNOWN_TABLE, SYNTAX_ERROR, UNKNOWN_DATABASE
            or 16 or 60 or 62 or 81 => ErrorKind.Fatal,
        // What the server cannot do may pass; what it says is wrong with the request does not.
        _ => OfStatus(status),
    };

    private static ErrorKind OfStatus(HttpStatusCode? status) =>
        status is null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500 ? ErrorKind.Transient : ErrorKind.Fatal;
}
