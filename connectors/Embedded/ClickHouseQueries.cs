using System.Globalization;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>Runs statements on the engine: so many at a time, each on a thread and a connection of its own.</summary>
internal sealed class ClickHouseQueries(ChdbEngine engine, EmbeddedClickHouseSettings settings) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(settings.QueriesMax);
    private readonly CancellationTokenSource _stopping = new();
    private int _waiting;

    /// <summary>Waits for a turn. Dispose the turn when the result is sent and freed: results count as much as queries.</summary>
    public async Task<IDisposable> WaitForTurnAsync(CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _waiting) > settings.WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            throw new ClickHouseRefusal(ClickHouseErrors.TooManySimultaneousQueries,
                $"Too many simultaneous queries. Running: {settings.QueriesMax}, waiting: {settings.WaitingMax}");
        }
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping.Token);
            await _slots.WaitAsync(either.Token);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
        return new Turn(_slots);
    }

    public Task<ChdbResult> QueryAsync(ClickHouseRequest request, ClickHouseStatement statement) => OnOwnThread(() =>
    {
        using ChdbConnection connection = Connect(request);
        return connection.Query(statement.Sql, request.DefaultFormat, request.Parameters);
    });

    /// <summary>Passes the data on as it arrives. Where it breaks off nothing more of it is committed.</summary>
    public Task<ChdbResult> InsertAsync(ClickHouseRequest request, ClickHouseStatement statement, ReadOnlyMemory<byte> head, ClickHouseBody rest,
        CancellationToken cancellation) => OnOwnThread(() =>
    {
        using ChdbConnection connection = Connect(request);
        using ChdbInsert insert = connection.Insert(statement.Sql, statement.Format!, request.Parameters);
        insert.Append(head.Span);
        byte[] chunk = new byte[256 << 10];
        // This thread is the statement's own: it may block.
        while (rest.ReadAsync(chunk, cancellation).AsTask().GetAwaiter().GetResult() is > 0 and int read)
            insert.Append(chunk.AsSpan(0, read));
        return insert.Complete();
    });

    public async Task<string> ReadTimezoneAsync(CancellationToken cancellation)
    {
        using IDisposable turn = await WaitForTurnAsync(cancellation);
        return await OnOwnThread(() =>
        {
            using ChdbConnection connection = engine.Connect();
            using ChdbResult result = connection.Query("SELECT timezone()", "TabSeparated");
            using var reader = new StreamReader(result.OpenRead());
            return reader.ReadToEnd().Trim();
        });
    }

    /// <summary>Lets no more in, ends what runs. False where something still runs after the limit.</summary>
    public async Task<bool> StopAsync(TimeSpan limit)
    {
        await _stopping.CancelAsync();
        if (_slots.CurrentCount < settings.QueriesMax)
        {
            await OnOwnThread(() =>
            {
                using ChdbConnection connection = engine.Connect();
                connection.Execute("KILL QUERY WHERE query NOT LIKE '%KILL QUERY%' ASYNC");
                return true;
            });
        }
        using var patience = new CancellationTokenSource(limit);
        try
        {
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
        _slots.Dispose();
        _stopping.Dispose();
    }

    private ChdbConnection Connect(ClickHouseRequest request)
    {
        ChdbConnection connection = engine.Connect(
            "max_execution_time=" + settings.QueryTimeLimit.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            "max_result_bytes=" + settings.ResultBytesMax.ToString(CultureInfo.InvariantCulture));
        try
        {
            if (request.User == ClickHouseUser.Default)
                Set(connection, request);
            if (request.Database is { } database)
                connection.Execute($"USE `{database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal)}`");
            if (request.Readonly > 0 && !request.Settings.Any(setting => setting.Key == "readonly" && setting.Value != "0"))
                connection.Execute($"SET readonly = {request.Readonly}");
            if (request.User == ClickHouseUser.Reader)
                Set(connection, request);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void Set(ChdbConnection connection, ClickHouseRequest request)
    {
        foreach (string set in request.SetStatements(settings.QueryTimeLimit))
            connection.Execute(set);
    }

    /// <summary>The engine's calls block for as long as a query runs: on the thread pool a few of them would stop everything else in the process.</summary>
    private static Task<T> OnOwnThread<T>(Func<T> call) =>
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
