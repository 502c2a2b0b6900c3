using System.Text.RegularExpressions;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>A request that is refused before it gets to the engine, with ClickHouse's code for it.</summary>
internal sealed class ClickHouseRefusal(int code, string message) : Exception(message)
{
    public int Code { get; } = code;

    public string Text => $"Code: {Code}. DB::Exception: {Message}. ({ClickHouseErrors.NameOf(Code)})";
}

/// <summary>ClickHouse's error codes and the HTTP status that its server gives for each.</summary>
/// <remarks>The statuses are those of src/Server/HTTP/exceptionCodeToHTTPStatus.cpp; the codes those of src/Common/ErrorCodes.cpp.</remarks>
internal static partial class ClickHouseErrors
{
    public const int BadArguments = 36;
    public const int NotImplemented = 48;
    public const int SyntaxError = 62;
    public const int UnknownFormat = 73;
    public const int TimeoutExceeded = 159;
    public const int Readonly = 164;
    public const int TooManySimultaneousQueries = 202;
    public const int CannotParseText = 6;
    public const int QueryIdIsRunning = 216;
    public const int QueryIsTooLarge = 229;
    public const int IntoOutfileNotAllowed = 358;
    public const int SessionNotFound = 372;
    public const int SessionIsLocked = 373;
    public const int InvalidSessionTimeout = 374;
    public const int AccessDenied = 497;
    public const int AuthenticationFailed = 516;
    public const int UnsupportedMediaType = 779;
    public const int UnknownException = 1002;

    public static string NameOf(int code) => code switch
    {
        BadArguments => "BAD_ARGUMENTS",
        NotImplemented => "NOT_IMPLEMENTED",
        SyntaxError => "SYNTAX_ERROR",
        UnknownFormat => "UNKNOWN_FORMAT",
        TimeoutExceeded => "TIMEOUT_EXCEEDED",
        Readonly => "READONLY",
        TooManySimultaneousQueries => "TOO_MANY_SIMULTANEOUS_QUERIES",
        CannotParseText => "CANNOT_PARSE_TEXT",
        QueryIdIsRunning => "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING",
        SessionNotFound => "SESSION_NOT_FOUND",
        SessionIsLocked => "SESSION_IS_LOCKED",
        InvalidSessionTimeout => "INVALID_SESSION_TIMEOUT",
        AccessDenied => "ACCESS_DENIED",
        QueryIsTooLarge => "QUERY_IS_TOO_LARGE",
        IntoOutfileNotAllowed => "INTO_OUTFILE_NOT_ALLOWED",
        UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
        AuthenticationFailed => "AUTHENTICATION_FAILED",
        _ => "UNKNOWN_EXCEPTION",
    };

    /// <summary>The code that an engine's message starts with; the engine nests messages, and the outermost is what the server reports.</summary>
    public static int CodeIn(string message) =>
        CodePattern().Match(message) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan) : UnknownException;

    public static int StatusOf(int code) => code switch
    {
        // REQUIRED_PASSWORD
        194 => 401,
        // UNKNOWN_USER, WRONG_PASSWORD, ACCESS_DENIED, SET_NON_GRANTED_ROLE
        192 or 193 or AuthenticationFailed or AccessDenied or 512 => 403,
        // What the request says cannot be: CANNOT_PARSE_*, columns, the syntax tree, data, types.
        CannotParseText or 8 or 15 or 25 or 26 or 27 or BadArguments or 37 or 38 or 41 or 44 or 53 or SyntaxError or 72 or 117 or 123
            or 167 or 168 or 223 or 321 or 376 or 427 or 441 or 675 or 676 => 400,
        // UNKNOWN_FUNCTION, _IDENTIFIER, _TYPE, _STORAGE, _TABLE, _AGGREGATE_FUNCTION, _FORMAT, _TYPE_OF_QUERY, _DATABASE, _SETTING, _DIRECTION_OF_SORTING,
        // _DATABASE_ENGINE, _ROLE
        46 or 47 or 50 or 56 or 60 or 63 or UnknownFormat or 78 or 81 or 115 or 152 or 336 or 511 => 404,
        TimeoutExceeded => 408,
        // HTTP_LENGTH_REQUIRED
        381 => 411,
        QueryIsTooLarge => 413,
        UnsupportedMediaType => 415,
        NotImplemented => 501,
        // CANNOT_OPEN_FILE, SOCKET_TIMEOUT, CANNOT_SCHEDULE_TASK
        76 or 209 or 439 => 503,
        _ => 500,
    };

    [GeneratedRegex(@"Code: (\d{1,5})[.,]")]
    private static partial Regex CodePattern();
}
