using System.Text.Json;

namespace StreamDeploy.Benchmarks.EndToEnd.Children;

/// <summary>What a measured process is told to do, as its one argument.</summary>
internal sealed record ChildOrder
{
    public required string BootstrapServers { get; init; }
    public required string RegistryUrl { get; init; }
    public required string TopicPrefix { get; init; }
    public required string Group { get; init; }
    public required string Protocol { get; init; }
    public required int Threads { get; init; }

    /// <summary>Of each topic.</summary>
    public required int Partitions { get; init; }

    /// <summary>How many pairs of partitions it waits for before it begins: fewer than all where it has them with other processes.</summary>
    public required int Share { get; init; }

    /// <summary>Null for a dynamic member.</summary>
    public string? GroupInstanceId { get; init; }

    public Dictionary<string, string> Properties { get; init; } = [];

    /// <summary>Whether it begins only when the group has formed.</summary>
    public bool WaitsForGroup { get; init; } = true;

    /// <summary>How many records there are; 0 where none is measured.</summary>
    public long Records { get; init; }

    /// <summary>Where the passthrough writes to.</summary>
    public string OutputTopic { get; init; } = "";

    /// <summary>Where the sink writes to.</summary>
    public string ClickHouseUrl { get; init; } = "";

    public string Database { get; init; } = "";

    /// <summary>Where the engine keeps its data; empty: in a folder that is deleted.</summary>
    public string DataPath { get; init; } = "";

    public string ToJson() => JsonSerializer.Serialize(this);

    public static ChildOrder Parse(string json) => JsonSerializer.Deserialize<ChildOrder>(json)!;
}

/// <summary>A line that a measured process prints: one of these.</summary>
internal sealed record ChildLine
{
    /// <summary>The worker owns its share of the partitions and is up to date with what was committed.</summary>
    public Restored? Restored { get; init; }

    /// <summary>Every record was processed; the worker's last transaction may still be under way.</summary>
    public bool? Processed { get; init; }

    /// <summary>Where a server listens.</summary>
    public int? Port { get; init; }

    /// <summary>What a load within the process met.</summary>
    public LoadReport? Load { get; init; }

    /// <summary>What a server used, from its start to its end.</summary>
    public double? CpuSeconds { get; init; }

    /// <summary>The most that was resident in a server.</summary>
    public double? PeakRssMb { get; init; }

    /// <summary>What was inserted.</summary>
    public Inserted? Inserted { get; init; }

    /// <summary>The last line.</summary>
    public Cost? Cost { get; init; }
}

/// <summary>How many records the state was rebuilt from, and how long it took from the assignment of the partitions until all were there.</summary>
internal sealed record Restored(long Records, double Seconds)
{
    public double RecordsPerSecond => Seconds > 0 ? Records / Seconds : 0;
}

/// <param name="PerSecond">Records, and in a report rows.</param>
/// <param name="CpuSeconds">Of the process that inserts, not of the engine.</param>
/// <param name="MemoryMb">What was resident after each quarter.</param>
internal sealed record Inserted(double PerSecond, double CpuSeconds, IReadOnlyList<double> MemoryMb);
