namespace StreamDeploy.Connectors.Embedded;

/// <summary>What a request's URL says of its session.</summary>
internal sealed record ClickHouseSessionId(string Id, TimeSpan Timeout, bool MustExist, bool ClosesAfter);

/// <summary>ClickHouse's HTTP sessions: settings and temporary tables that stay between requests, on a connection kept for each.</summary>
/// <remarks>A session takes one request at a time; one that nobody used for its timeout is closed.</remarks>
internal sealed class ClickHouseSessions : IDisposable
{
    public const int SessionsMax = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ClickHouseSession> _sessions = new(StringComparer.Ordinal);
    private readonly Timer _sweep;

    public ClickHouseSessions() => _sweep = new Timer(_ => CloseExpired(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

    /// <summary>Takes the session for one request; give it back with <see cref="Return"/>.</summary>
    /// <exception cref="ClickHouseRefusal">Another request has it, it does not exist and must, or there are too many.</exception>
    public ClickHouseSession Take(ClickHouseSessionId id, Func<ChdbConnection> connect)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(id.Id, out ClickHouseSession? known))
            {
                if (known.IsTaken)
                    throw new ClickHouseRefusal(ClickHouseErrors.SessionIsLocked, $"Session {id.Id} is locked by a concurrent client");
                known.IsTaken = true;
                return known;
            }
            if (id.MustExist)
                throw new ClickHouseRefusal(ClickHouseErrors.SessionNotFound, $"Session {id.Id} not found");
            if (_sessions.Count >= SessionsMax)
                throw new ClickHouseRefusal(ClickHouseErrors.TooManySimultaneousQueries, $"Too many sessions: the embedded ClickHouse holds {SessionsMax} at a time");
            return _sessions[id.Id] = new ClickHouseSession(connect()) { IsTaken = true };
        }
    }

    /// <param name="session">Taken before.</param>
    /// <param name="id">What the request said of it.</param>
    /// <param name="keep">False where its connection can no longer be trusted.</param>
    public void Return(ClickHouseSession session, ClickHouseSessionId id, bool keep)
    {
        lock (_lock)
        {
            session.IsTaken = false;
            session.ExpiresAtMs = Environment.TickCount64 + (long)id.Timeout.TotalMilliseconds;
            if (keep && !id.ClosesAfter)
                return;
            _sessions.Remove(id.Id);
        }
        session.Connection.Dispose();
    }

    /// <remarks>No session may be taken any more.</remarks>
    public void Dispose()
    {
        using var swept = new ManualResetEvent(false);
        if (_sweep.Dispose(swept))
            swept.WaitOne();
        lock (_lock)
        {
            foreach (ClickHouseSession session in _sessions.Values)
                session.Connection.Dispose();
            _sessions.Clear();
        }
    }

    private void CloseExpired()
    {
        lock (_lock)
        {
            foreach ((string id, ClickHouseSession session) in _sessions.Where(pair => !pair.Value.IsTaken && pair.Value.ExpiresAtMs < Environment.TickCount64).ToList())
            {
                _sessions.Remove(id);
                session.Connection.Dispose();
            }
        }
    }
}

/// <summary>A connection with its settings, its database and its temporary tables.</summary>
internal sealed class ClickHouseSession(ChdbConnection connection)
{
    public ChdbConnection Connection { get; } = connection;

    // Both under the lock of the sessions.
    public bool IsTaken { get; set; }
    public long ExpiresAtMs { get; set; }

    /// <summary>What the URL's settings and database replace, as statements that put it back: they hold for one request, the session's own stay.</summary>
    public IReadOnlyList<string> StatementsToRestore(ClickHouseRequest request)
    {
        var statements = new List<string>();
        if (request.Database is not null)
            statements.Add("USE " + ClickHouseRequest.Quote(Read("SELECT currentDatabase()")));
        foreach ((string name, _) in request.Settings)
        {
            string literal = $"'{ClickHouseRequest.Escape(name)}'";
            bool changed = Read($"SELECT count() FROM system.settings WHERE name = {literal} AND changed") == "1";
            statements.Add($"SET {name} = " + (changed ? $"'{ClickHouseRequest.Escape(Read($"SELECT value FROM system.settings WHERE name = {literal}"))}'" : "DEFAULT"));
        }
        return statements;
    }

    /// <summary>After an error what the failed query had written so far comes out with the next result: this takes it out.</summary>
    /// <returns>False where the connection is not as it should be.</returns>
    public bool Recover()
    {
        const int attempts = 3;
        for (int i = 0; i < attempts; i++)
        {
            if (Read("SELECT 1") == "1")
                return true;
        }
        return false;
    }

    private string Read(string sql)
    {
        string text = Connection.ReadText(sql);
        return text.EndsWith('\n') ? text[..^1] : text;
    }
}
