using System.Text;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>One SQL statement as it came over HTTP, taken apart as far as the library needs it.</summary>
/// <remarks>
/// The library differs from the server in what must not get through to it: it runs several statements where the server takes one, writes files
/// for INTO OUTFILE whoever asks, obeys the command-line client's own words ("exit"), and cuts the data of an INSERT at the first blank line
/// and runs the rest as SQL. So an INSERT's data is told from its SQL here, and the rest is refused with ClickHouse's own codes.
/// </remarks>
internal sealed record ClickHouseStatement
{
    public required string Sql { get; init; }

    /// <summary>An INSERT whose data follows; <see cref="Sql"/> is then without FORMAT or VALUES.</summary>
    public bool TakesData { get; init; }

    /// <summary>The format that the statement names: of the data for an INSERT, else of the result; null where it names none.</summary>
    public string? Format { get; init; }

    /// <summary>It only reads, so nothing is lost when it is ended early.</summary>
    public bool IsRead { get; init; }

    /// <summary>SET or USE: what it changes is the session, not the rows.</summary>
    public bool ChangesSession { get; init; }

    /// <summary>Where the data starts in the text that was parsed.</summary>
    public int DataStart { get; init; }

    /// <exception cref="ClickHouseRefusal">What the server would refuse, or what the library cannot do.</exception>
    public static ClickHouseStatement Parse(ReadOnlySpan<byte> text)
    {
        var lexer = new ClickHouseLexer(text);
        ClickHouseToken first = lexer.Next();
        if (first.Kind == ClickHouseTokenKind.End)
            throw new ClickHouseRefusal(ClickHouseErrors.SyntaxError, "Empty query");
        if (!IsWord(text, first, "INSERT"))
            return ParseQuery(text, isInsert: false);
        return ParseInsert(text, ref lexer) ?? ParseQuery(text, isInsert: true);
    }

    /// <summary>Null where the INSERT takes its rows from a SELECT, or is not well-formed: then the engine says so.</summary>
    private static ClickHouseStatement? ParseInsert(ReadOnlySpan<byte> text, ref ClickHouseLexer lexer)
    {
        ClickHouseToken token = lexer.Next();
        if (!IsWord(text, token, "INTO"))
            return null;
        token = SkipTarget(text, ref lexer);
        for (int depth = 0; token.Kind is not (ClickHouseTokenKind.End or ClickHouseTokenKind.Unclosed); token = lexer.Next())
        {
            depth += DepthChange(text, token);
            if (depth > 0 || token.Kind != ClickHouseTokenKind.Word)
                continue;
            if (IsWord(text, token, "INFILE"))
                throw new ClickHouseRefusal(ClickHouseErrors.NotImplemented, "INSERT … FROM INFILE reads files of the client: send the data in the body");
            if (IsWord(text, token, "SELECT") || IsWord(text, token, "WITH"))
                return null;
            if (IsWord(text, token, "VALUES"))
                return new() { Sql = Text(text[..token.Start]), TakesData = true, Format = "Values", DataStart = token.End };
            if (IsWord(text, token, "FORMAT"))
                return WithFormat(text, token, lexer.Next(), ref lexer);
        }
        return null;
    }

    private static ClickHouseStatement? WithFormat(ReadOnlySpan<byte> text, ClickHouseToken format, ClickHouseToken name, ref ClickHouseLexer lexer)
    {
        if (name.Kind != ClickHouseTokenKind.Word)
            return null;
        int start = name.End;
        while (start < text.Length && text[start] is (byte)' ' or (byte)'\t' or (byte)'\f')
            start++;
        if (start < text.Length && text[start] == ';')
            throw new ClickHouseRefusal(ClickHouseErrors.SyntaxError, "Excessive ';' symbol before data for INSERT");
        if (IsWord(text, lexer.Next(), "SETTINGS"))
            throw new ClickHouseRefusal(ClickHouseErrors.NotImplemented, "SETTINGS after FORMAT is not supported here: write them before FORMAT");
        // One line end after the format's name is not data; a second one may be (an empty TSV row).
        if (start < text.Length && text[start] == '\r')
            start++;
        if (start < text.Length && text[start] == '\n')
            start++;
        string formatName = Text(text[name.Start..name.End]);
        return new() { Sql = Text(text[..format.Start]), TakesData = true, Format = formatName, DataStart = start };
    }

    /// <summary>Skips [TABLE] [FUNCTION] and the name, so that a table called "format" is not taken for the keyword. Returns the token after it.</summary>
    private static ClickHouseToken SkipTarget(ReadOnlySpan<byte> text, ref ClickHouseLexer lexer)
    {
        ClickHouseToken token = lexer.Next();
        if (IsWord(text, token, "TABLE"))
            token = lexer.Next();
        if (IsWord(text, token, "FUNCTION"))
            token = lexer.Next();
        ClickHouseToken after = lexer.Next();
        while (IsSymbol(text, after, '.'))
        {
            lexer.Next();
            after = lexer.Next();
        }
        return after;
    }

    private static ClickHouseStatement ParseQuery(ReadOnlySpan<byte> text, bool isInsert)
    {
        var lexer = new ClickHouseLexer(text);
        var previous = default(ClickHouseToken);
        string? format = null;
        int tokens = 0, formatAt = 0, end = text.Length;
        bool ended = false, starts = false;
        string verb = "";
        for (ClickHouseToken token = lexer.Next(); token.Kind != ClickHouseTokenKind.End; previous = token, token = lexer.Next())
        {
            if (token.Kind == ClickHouseTokenKind.Unclosed)
                throw new ClickHouseRefusal(ClickHouseErrors.SyntaxError, $"Syntax error: a quote or comment is not closed, at byte {token.Start + 1}");
            if (IsSymbol(text, token, ';'))
            {
                end = ended ? end : token.Start;
                ended = true;
                continue;
            }
            if (ended)
                throw new ClickHouseRefusal(ClickHouseErrors.SyntaxError, $"Syntax error: multi-statements are not allowed, at byte {token.Start + 1}");
            tokens++;
            if (tokens == 1)
                verb = Text(text[token.Start..token.End]).ToUpperInvariant();
            Refuse(text, previous, token, isInsert, tokens);
            RefuseTheEnd(text, verb, previous, token, tokens);
            starts |= tokens == 1 && (token.Kind == ClickHouseTokenKind.Word || IsSymbol(text, token, '('));
            // Only at the end, or before SETTINGS: a column may be called "format".
            if (tokens == formatAt + 1 && !IsWord(text, token, "SETTINGS"))
                format = null;
            if (format is null && IsWord(text, previous, "FORMAT") && token.Kind == ClickHouseTokenKind.Word)
                (format, formatAt) = (Text(text[token.Start..token.End]), tokens);
        }
        if (tokens < 2 || !starts)
            throw new ClickHouseRefusal(ClickHouseErrors.SyntaxError, $"Syntax error: failed at position 1: {Text(text).Trim()}");
        return new()
        {
            Sql = Text(text[..end]),
            Format = format,
            IsRead = verb is "SELECT" or "WITH" or "FROM" or "(" or "SHOW" or "DESCRIBE" or "DESC" or "EXISTS" or "EXPLAIN",
            ChangesSession = verb is "SET" or "USE",
        };
    }

    private static void Refuse(ReadOnlySpan<byte> text, ClickHouseToken previous, ClickHouseToken token, bool isInsert, int tokens)
    {
        if (IsWord(text, token, "OUTFILE") && IsWord(text, previous, "INTO"))
            throw new ClickHouseRefusal(ClickHouseErrors.IntoOutfileNotAllowed, "INTO OUTFILE is not allowed");
        if (IsWord(text, token, "INTO") && IsWord(text, previous, "INSERT") && !(isInsert && tokens == 2))
            throw new ClickHouseRefusal(ClickHouseErrors.NotImplemented, "INSERT inside another statement is not supported here");
        if (isInsert && IsSymbol(text, token, '(') && IsWord(text, previous, "input"))
            throw new ClickHouseRefusal(ClickHouseErrors.NotImplemented, "The input() table function is not supported here");
        // Its parts are statements of their own, which nobody would look at.
        if (IsWord(text, token, "WITH") && IsWord(text, previous, "PARALLEL"))
            throw new ClickHouseRefusal(ClickHouseErrors.NotImplemented, "PARALLEL WITH is not supported here: send the statements one by one");
    }

    /// <summary>What would end this process, stop it for a time, or take from the engine what every statement needs.</summary>
    private static void RefuseTheEnd(ReadOnlySpan<byte> text, string verb, ClickHouseToken previous, ClickHouseToken token, int tokens)
    {
        if (verb == "SYSTEM" && (IsWord(text, token, "FAILPOINT") || IsWord(text, token, "FUZZER")
            || (tokens == 2 && (IsWord(text, token, "SHUTDOWN") || IsWord(text, token, "KILL") || IsWord(text, token, "SUSPEND")))))
        {
            throw new ClickHouseRefusal(ClickHouseErrors.AccessDenied, "The embedded ClickHouse is part of a process, which SQL cannot stop or disturb");
        }
        bool takesAway = verb is "DROP" or "DETACH" or "RENAME" or "EXCHANGE" or "TRUNCATE";
        string name = !takesAway ? "" : Text(text[token.Start..token.End]).Trim('`', '"');
        bool isWhole = name is "default" or "system" && !IsSymbol(text, previous, '.');
        if (isWhole && (name == "system" || !FollowedByDot(text, token)))
            throw new ClickHouseRefusal(ClickHouseErrors.AccessDenied, $"The database {name} and what is in system must stay: the engine needs them");
    }

    private static bool FollowedByDot(ReadOnlySpan<byte> text, ClickHouseToken token)
    {
        var lexer = new ClickHouseLexer(text[token.End..]);
        ClickHouseToken next = lexer.Next();
        return next.Kind == ClickHouseTokenKind.Symbol && text[token.End + next.Start] == '.';
    }

    private static int DepthChange(ReadOnlySpan<byte> text, ClickHouseToken token) =>
        IsSymbol(text, token, '(') ? 1 : IsSymbol(text, token, ')') ? -1 : 0;

    private static bool IsSymbol(ReadOnlySpan<byte> text, ClickHouseToken token, char symbol) =>
        token.Kind == ClickHouseTokenKind.Symbol && text[token.Start] == symbol;

    private static bool IsWord(ReadOnlySpan<byte> text, ClickHouseToken token, string word) =>
        token.Kind == ClickHouseTokenKind.Word && Ascii.EqualsIgnoreCase(text[token.Start..token.End], word);

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
