using System.Collections.Concurrent;
using System.Globalization;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>Runs statements on the engine: so many at a time, each on a thread of its own, and on a connection of its own or of its session.</summary>
internal sealed class ClickHouseQueries(ChdbEngine engine, EmbeddedClickHouseSettings settings) : IDisposable
{
    /// <summary>The engine ends most queries at their limit by itself; not those whose own SETTINGS say otherwise.</summary>
    private static readonly TimeSpan EngineGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KillPause = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _slots = new(settings.QueriesMax);
    // A KILL must not wait for the queries that it is to end.
    private readonly SemaphoreSlim _kills = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ClickHouseSessions _sessions = new();
    private readonly ConcurrentDictionary<string, bool> _running = new(StringComparer.Ordinal);
    private int _waiting;

    /// <summary>Takes no turn of its own.</summary>
    public EngineCompression Compression { get; } = new(engine, Math.Max(settings.BodyBytesMax, settings.ResultBytesMax));

    /// <summary>Waits for a turn. Dispose the turn when the result is sent and freed: results count as much as queries.</summary>
    public async Task<IDisposable> WaitForTurnAsync(bool isKill, CancellationToken cancellation)
    {
        SemaphoreSlim slots = isKill ? _kills : _slots;
        if (Interlocked.Increment(ref _waiting) > settings.WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            throw new ClickHouseRefusal(ClickHouseErrors.TooManySimultaneousQueries,
                $"Too many simultaneous queries. Running: {settings.QueriesMax}, waiting: {settings.WaitingMax}");
        }
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping.Token);
            await slots.WaitAsync(either.Token);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
        return new Turn(slots);
    }

    /// <summary>Runs it to its end. A query that only reads is ended when nobody waits for it any more.</summary>
    public async Task<ChdbResult> QueryAsync(ClickHouseRequest request, ClickHouseStatement statement, CancellationToken cancellation)
    {
        Task<ChdbResult> query = RunAsync(request, statement, connection => connection.Query(ClickHouseProcesses.Rewrite(statement.Sql), request.DefaultFormat, request.Parameters));
        if (!statement.IsRead)
            return await query;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.QueryTimeLimit + EngineGrace);
        try
        {
            return await query.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!query.IsCompleted)
        {
            await EndAsync(request.QueryId, query);
            return await query;
        }
    }

    /// <summary>Answers KILL QUERY with the ids that clients gave.</summary>
    public Task<ChdbResult> KillAsync(ClickHouseRequest request, ClickHouseStatement statement, ClickHouseKill kill, CancellationToken cancellation) =>
        request.User == ClickHouseUser.Reader
            ? throw new ClickHouseRefusal(ClickHouseErrors.AccessDenied, "reader: Not enough privileges. KILL QUERY is for the user default")
            : RunAsync(request, statement, connection =>
        {
            ChdbResult matching = connection.Query(ClickHouseProcesses.Matching(kill, request.QueryId), kill.Format ?? request.DefaultFormat, request.Parameters);
            try
            {
                if (!kill.Tests)
                    connection.Query(ClickHouseProcesses.End(kill, request.QueryId), "Null", request.Parameters).Dispose();
                while (kill.Waits && connection.ReadText(ClickHouseProcesses.CountMatching(kill, request.QueryId), request.Parameters) != "0\n")
                {
                    if (cancellation.WaitHandle.WaitOne(KillPause))
                        throw new OperationCanceledException(cancellation);
                }
                return matching;
            }
            catch
            {
                matching.Dispose();
                throw;
            }
        });

    /// <summary>Passes the data on as it arrives. Where it breaks off nothing more of it is committed.</summary>
    public Task<ChdbResult> InsertAsync(ClickHouseRequest request, ClickHouseStatement statement, ReadOnlyMemory<byte> head, ClickHouseBody rest,
        CancellationToken cancellation) => RunAsync(request, statement, connection =>
    {
        using ChdbInsert insert = connection.Insert(statement.Sql, statement.Format!, request.Parameters);
        insert.Append(head.Span);
        byte[] chunk = new byte[256 << 10];
        // This thread is the statement's own: it may block.
        while (rest.ReadAsync(chunk, cancellation).AsTask().GetAwaiter().GetResult() is > 0 and int read)
            insert.Append(chunk.AsSpan(0, read));
        return insert.Complete();
    });

    /// <summary>What the engine has to be told once, before the first request.</summary>
    /// <returns>The server's time zone.</returns>
    public Task<string> PrepareAsync() => OnOwnThread(() =>
    {
        using ChdbConnection connection = engine.Connect();
        connection.Execute(ClickHouseProcesses.CreateView);
        Compression.Clear();
        return connection.ReadText("SELECT timezone()").Trim();
    });

    /// <summary>Lets no more in, ends what runs. False where something still runs after the limit.</summary>
    public async Task<bool> StopAsync(TimeSpan limit)
    {
        await _stopping.CancelAsync();
        using var patience = new CancellationTokenSource(limit);
        try
        {
            if (_slots.CurrentCount < settings.QueriesMax)
                await OnOwnThread(() => Execute("KILL QUERY WHERE query NOT LIKE '%KILL QUERY%' ASYNC")).WaitAsync(patience.Token);
            await _kills.WaitAsync(patience.Token);
            for (int i = 0; i < settings.QueriesMax; i++)
                await _slots.WaitAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Cancelled when the server stops.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public void Dispose()
    {
        _sessions.Dispose();
        _slots.Dispose();
        _kills.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Asks the engine to end a query until it has: it may not have begun yet.</summary>
    private async Task EndAsync(string queryId, Task query)
    {
        while (!query.IsCompleted)
        {
            await OnOwnThread(() => Execute(ClickHouseProcesses.EndOne(queryId)));
            await Task.WhenAny(query, Task.Delay(KillPause));
        }
    }

    private bool Execute(string sql)
    {
        using ChdbConnection connection = engine.Connect();
        connection.Execute(sql);
        return true;
    }

    private async Task<ChdbResult> RunAsync(ClickHouseRequest request, ClickHouseStatement statement, Func<ChdbConnection, ChdbResult> run)
    {
        if (!_running.TryAdd(request.QueryId, true))
            throw new ClickHouseRefusal(ClickHouseErrors.QueryIdIsRunning, $"Query with id = {request.QueryId} is already running");
        try
        {
            return await OnOwnThread(() => request.Session is { } session ? RunInSession(session, request, statement, run) : RunAlone(request, run));
        }
        finally
        {
            _running.TryRemove(request.QueryId, out _);
        }
    }

    private ChdbResult RunAlone(ClickHouseRequest request, Func<ChdbConnection, ChdbResult> run)
    {
        using ChdbConnection connection = Connect(ClickHouseProcesses.Mark + "=" + request.QueryId);
        if (request.User == ClickHouseUser.Default)
            Set(connection, request);
        if (request.Database is { } database)
            connection.Execute("USE " + ClickHouseRequest.Quote(database));
        if (request.Readonly > 0 && !request.Settings.Any(setting => setting.Key == "readonly" && setting.Value != "0"))
            connection.Execute($"SET readonly = {request.Readonly}");
        if (request.User == ClickHouseUser.Reader)
            Set(connection, request);
        return run(connection);
    }

    private ChdbResult RunInSession(ClickHouseSessionId id, ClickHouseRequest request, ClickHouseStatement statement, Func<ChdbConnection, ChdbResult> run)
    {
        // readonly could be set on the session's connection, but never taken back.
        if (request.IsGet && !statement.IsRead)
            throw new ClickHouseRefusal(ClickHouseErrors.Readonly, "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries");
        ClickHouseSession session = _sessions.Take(id, () => Connect());
        bool keep = false;
        try
        {
            IReadOnlyList<string> restore = statement.ChangesSession ? [] : session.StatementsToRestore(request);
            try
            {
                session.Connection.Execute($"SET {ClickHouseProcesses.Mark} = '{ClickHouseRequest.Escape(request.QueryId)}'");
                if (!statement.ChangesSession)
                {
                    Set(session.Connection, request);
                    if (request.Database is { } database)
                        session.Connection.Execute("USE " + ClickHouseRequest.Quote(database));
                }
                return run(session.Connection);
            }
            finally
            {
                keep = session.Recover();
                foreach (string statementToRestore in restore)
                    session.Connection.Execute(statementToRestore);
            }
        }
        finally
        {
            _sessions.Return(session, id, keep);
        }
    }

    private ChdbConnection Connect(params IReadOnlyList<string> more) => engine.Connect(
    [
        "max_execution_time=" + settings.QueryTimeLimit.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        "max_result_bytes=" + settings.ResultBytesMax.ToString(CultureInfo.InvariantCulture),
        .. more,
    ]);

    private void Set(ChdbConnection connection, ClickHouseRequest request)
    {
        foreach (string set in request.SetStatements(settings.QueryTimeLimit))
            connection.Execute(set);
    }

    /// <summary>The engine's calls block for as long as a query runs: on the thread pool a few of them would stop everything else in the process.</summary>
    public static Task<T> OnOwnThread<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private sealed class Turn(SemaphoreSlim slots) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
                slots.Release();
        }
    }
}
