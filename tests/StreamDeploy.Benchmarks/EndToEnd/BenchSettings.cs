namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>What a run of the benchmark is to do.</summary>
internal sealed record BenchSettings
{
    public const int Partitions = 4;

    /// <summary>Null starts a broker for the run.</summary>
    public string? BootstrapServers { get; init; }
    public required long Records { get; init; }
    public required int Runs { get; init; }
    public required int Threads { get; init; }
    public required string Protocol { get; init; }
    public required IReadOnlyList<Shape> Shapes { get; init; }
    public required IReadOnlySet<Part> Parts { get; init; }
    public required int LatencySeconds { get; init; }

    /// <summary>For a worker to be done with the records; one at a two-hundredth of the aim is still waited for.</summary>
    public TimeSpan WorkLimit => TimeSpan.FromSeconds(120 + Records / 1_500.0);

    public bool Measures(Part part) => Parts.Contains(part);
}

/// <summary>The parts of the benchmark, which can be run alone.</summary>
internal enum Part { Throughput, Latency, Restore, Scale, Recovery, Ingest, Sink, Queries, View }

/// <summary>Over how many accounts the records are spread: the fewer, the more deployments lie near each alert.</summary>
internal sealed record Shape(string Name, int Accounts)
{
    /// <summary>Some 350 deployments of the account near each alert, once the window is full.</summary>
    public static readonly Shape S1 = new("S1", 1_000);

    /// <summary>Three or four.</summary>
    public static readonly Shape S2 = new("S2", 100_000);

    public static readonly IReadOnlyList<Shape> All = [S1, S2];
}

/// <summary>The benchmark cannot give figures; the message is for the user.</summary>
internal sealed class BenchException(string message, int exitCode = BenchException.Failed) : Exception(message)
{
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Unavailable = 3;

    public int ExitCode => exitCode;
}
