namespace StreamDeploy.Connectors.Embedded;

/// <summary>Where the embedded ClickHouse keeps its data and how much it may use.</summary>
public sealed record EmbeddedClickHouseSettings
{
    /// <summary>On loopback; 0 takes a free one.</summary>
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
}
