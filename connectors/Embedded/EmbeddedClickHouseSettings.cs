using System.Net;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>Where the embedded ClickHouse keeps its data and how much it may use.</summary>
public sealed record EmbeddedClickHouseSettings
{
    /// <summary>One of loopback: there are no passwords, and SQL can read this machine's files.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Null: a temporary folder that is deleted at the end.</summary>
    public string? DataPath { get; init; }

    /// <summary>Null: chdb/libchdb.so in the folder STREAMDEPLOY_DEPS, else in the nearest .deps above the program.</summary>
    public string? LibraryPath { get; init; }

    /// <summary>Of the whole engine; a query that would need more fails.</summary>
    public long MemoryBytesMax { get; init; } = 2L << 30;

    /// <summary>Queries that run at the same time.</summary>
    public int QueriesMax { get; init; } = 8;

    /// <summary>Queries that may wait for their turn; more are refused.</summary>
    public int WaitingMax { get; init; } = 100;

    public TimeSpan QueryTimeLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Of a request's body, as sent and decompressed.</summary>
    public long BodyBytesMax { get; init; } = 256L << 20;

    /// <summary>Of a result, which is held whole: a query that fails late still gets its status.</summary>
    public long ResultBytesMax { get; init; } = 256L << 20;

    /// <summary>What is wrong with the settings, null if nothing is.</summary>
    public string? Problem() =>
        !IPAddress.IsLoopback(ListenAddress) ? $"The embedded ClickHouse listens on loopback only, not on {ListenAddress}: it has no passwords, and SQL can read this machine's files."
        : MemoryBytesMax < 256 << 20 ? "The embedded ClickHouse needs at least 256 MB of memory."
        : QueriesMax is < 1 or > 1000 ? "The embedded ClickHouse runs 1 to 1000 queries at once."
        : QueryTimeLimit < TimeSpan.FromSeconds(1) ? "A query of the embedded ClickHouse must be given at least a second."
        : null;
}
