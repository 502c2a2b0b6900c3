using System.Text;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>Shows queries under the ids that clients gave them, and ends them by these.</summary>
/// <remarks>
/// The library gives every query an id of its own making. So each connection carries the client's id in a setting that does nothing else, a view over
/// system.processes shows it in the place of the engine's, and statements that name system.processes are made to read the view. The function queryID()
/// and SHOW PROCESSLIST still tell the engine's id.
/// </remarks>
internal static class ClickHouseProcesses
{
    /// <summary>The setting that carries a client's id: a label of the library's own, which nothing but system.processes shows.</summary>
    public const string Mark = "chdb_client_name";

    private const string View = "system.streamdeploy_processes";
    private const string Id = $"if(Settings['{Mark}'] != '', Settings['{Mark}'], query_id)";

    /// <summary>System tables are not on the disk: to be made each time that the engine opens.</summary>
    public const string CreateView =
        $"CREATE OR REPLACE VIEW {View} AS SELECT * REPLACE({Id} AS query_id, {Id} AS initial_query_id, mapFilter((k, v) -> k != '{Mark}', Settings) AS Settings) FROM system.processes";

    /// <summary>The statement with system.processes replaced by the view.</summary>
    public static string Rewrite(string sql)
    {
        if (!sql.Contains("processes", StringComparison.OrdinalIgnoreCase))
            return sql;
        byte[] text = Encoding.UTF8.GetBytes(sql);
        var lexer = new ClickHouseLexer(text);
        var rewritten = new MemoryStream();
        int copied = 0;
        ClickHouseToken database = default, dot = default;
        for (ClickHouseToken token = lexer.Next(); token.Kind is not (ClickHouseTokenKind.End or ClickHouseTokenKind.Unclosed); token = lexer.Next())
        {
            if (IsName(text, token, "processes") && dot.Kind == ClickHouseTokenKind.Symbol && text[dot.Start] == '.' && IsName(text, database, "system"))
            {
                rewritten.Write(text, copied, database.Start - copied);
                rewritten.Write(Encoding.UTF8.GetBytes(View));
                copied = token.End;
            }
            (database, dot) = (dot, token);
        }
        rewritten.Write(text, copied, text.Length - copied);
        return Encoding.UTF8.GetString(rewritten.GetBuffer(), 0, (int)rewritten.Length);
    }

    /// <summary>What a KILL answers with: a row for each query that it ends, under the id that its client gave it.</summary>
    public static string Matching(ClickHouseKill kill, string ownId) =>
        $"SELECT '{(kill.Waits ? "finished" : "waiting")}' AS kill_status, query_id, user, query FROM {View} WHERE {Condition(kill, ownId)}";

    public static string CountMatching(ClickHouseKill kill, string ownId) => $"SELECT count() FROM {View} WHERE {Condition(kill, ownId)}";

    public static string End(ClickHouseKill kill, string ownId) =>
        $"KILL QUERY WHERE Settings['{Mark}'] IN (SELECT query_id FROM {View} WHERE {Condition(kill, ownId)}) ASYNC";

    public static string EndOne(string id) => $"KILL QUERY WHERE Settings['{Mark}'] = '{ClickHouseRequest.Escape(id)}' ASYNC";

    private static string Condition(ClickHouseKill kill, string ownId) => $"(\n{kill.Where}\n) AND query_id != '{ClickHouseRequest.Escape(ownId)}'";

    private static bool IsName(ReadOnlySpan<byte> text, ClickHouseToken token, string name) => token.Kind switch
    {
        ClickHouseTokenKind.Word => Ascii.Equals(text[token.Start..token.End], name),
        ClickHouseTokenKind.Quoted => text[token.Start] != '\'' && token.End - token.Start == name.Length + 2 && Ascii.Equals(text[(token.Start + 1)..(token.End - 1)], name),
        _ => false,
    };
}

/// <summary>KILL QUERY WHERE …, taken apart.</summary>
/// <param name="Waits">SYNC: answered when the queries have ended.</param>
/// <param name="Tests">TEST: only says what would be ended.</param>
internal sealed record ClickHouseKill(string Where, bool Waits, bool Tests, string? Format)
{
    /// <summary>Null where it is another statement, or one that the engine refuses better.</summary>
    /// <exception cref="ClickHouseRefusal">KILL MUTATION … SYNC and the like: the library never comes back from SYNC.</exception>
    public static ClickHouseKill? Parse(string sql)
    {
        byte[] text = Encoding.UTF8.GetBytes(sql);
        var lexer = new ClickHouseLexer(text);
        if (!Is(text, lexer.Next(), "KILL"))
            return null;
        ClickHouseKill? kill = Is(text, lexer.Next(), "QUERY") && Is(text, lexer.Next(), "WHERE") ? ParseWhere(text, ref lexer) : null;
        if (kill is null && Is(text, LastOf(text), "SYNC"))
            throw new ClickHouseRefusal(ClickHouseErrors.NotImplemented, "Of the KILL statements only KILL QUERY WHERE can be SYNC here: use ASYNC");
        return kill;
    }

    private static ClickHouseKill? ParseWhere(byte[] text, ref ClickHouseLexer lexer)
    {
        var tokens = new List<ClickHouseToken>();
        for (ClickHouseToken token = lexer.Next(); token.Kind != ClickHouseTokenKind.End; token = lexer.Next())
            tokens.Add(token);
        string? format = null;
        if (tokens.Count > 2 && Is(text, tokens[^2], "FORMAT"))
        {
            format = Encoding.UTF8.GetString(text.AsSpan(tokens[^1].Start..tokens[^1].End));
            tokens.RemoveRange(tokens.Count - 2, 2);
        }
        bool sync = tokens.Count > 1 && Is(text, tokens[^1], "SYNC"), tests = tokens.Count > 1 && Is(text, tokens[^1], "TEST");
        if (sync || tests || (tokens.Count > 1 && Is(text, tokens[^1], "ASYNC")))
            tokens.RemoveAt(tokens.Count - 1);
        return IsBalanced(text, tokens) ? new(Encoding.UTF8.GetString(text.AsSpan(tokens[0].Start..tokens[^1].End)), sync, tests, format) : null;
    }

    /// <summary>The last word before a FORMAT, if there is one.</summary>
    private static ClickHouseToken LastOf(byte[] text)
    {
        var lexer = new ClickHouseLexer(text);
        ClickHouseToken last = default;
        for (ClickHouseToken token = lexer.Next(); token.Kind != ClickHouseTokenKind.End && !Is(text, token, "FORMAT"); token = lexer.Next())
            last = token;
        return last;
    }

    /// <summary>What closes more than it opens would end the brackets that it is put between.</summary>
    private static bool IsBalanced(byte[] text, List<ClickHouseToken> tokens)
    {
        int depth = 0;
        foreach (ClickHouseToken token in tokens)
        {
            depth += token.Kind != ClickHouseTokenKind.Symbol ? 0 : text[token.Start] == '(' ? 1 : text[token.Start] == ')' ? -1 : 0;
            if (depth < 0)
                return false;
        }
        return depth == 0 && tokens.Count > 0;
    }

    private static bool Is(byte[] text, ClickHouseToken token, string word) =>
        token.Kind == ClickHouseTokenKind.Word && Ascii.EqualsIgnoreCase(text.AsSpan(token.Start..token.End), word);
}
