using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using StreamDeploy.Benchmarks.EndToEnd.Children;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>All that was measured, as <c>--json</c> prints it.</summary>
internal sealed record BenchReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public Dictionary<string, ShapeReport>? Shapes { get; init; }

    public LatencyReport? LatencyMs { get; init; }

    public double? RestoreRecordsPerSecond => Restores is { Count: > 0 } runs ? Statistics.Median(runs.Select(r => r.RecordsPerSecond)) : null;

    /// <summary>Each run's.</summary>
    public IReadOnlyList<Restored>? Restores { get; init; }

    /// <summary>Of workers of one thread each that share the partitions.</summary>
    public IReadOnlyList<ScaleReport>? Scale { get; init; }

    public IReadOnlyList<RecoveryReport>? Recovery { get; init; }

    public IReadOnlyList<IngestReport>? Ingest { get; init; }

    public IReadOnlyList<SinkReport>? Sink { get; init; }

    /// <summary>Of the dashboards, on as many deployments as there are records and a tenth as many alerts.</summary>
    public IReadOnlyList<QueryReport>? Queries { get; init; }

    /// <summary>Of the live page.</summary>
    public ViewReport? View { get; init; }

    public required Conditions Conditions { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Options);
}

/// <summary>What the figures were taken under.</summary>
internal sealed record Conditions(long Records, int Runs, int Threads, string Protocol, int Cores, string Runtime);

/// <summary>The worker's figures over one shape, and the floors beside them: medians of the runs.</summary>
internal sealed record ShapeReport
{
    private ShapeReport(ShapeRuns runs)
    {
        var worker = Cost.Median(runs.Worker);
        RecordsPerSecond = worker.RecordsPerSecond;
        CpuSecondsPerMillion = worker.CpuSecondsPerMillion;
        PeakRssMb = worker.PeakRssMb;
        AllocatedBytesPerRecord = worker.AllocatedBytesPerRecord;
        Passthrough = Cost.Median(runs.Passthrough);
        Consume = Cost.Median(runs.Consume);
        Runs = runs;
    }

    public double RecordsPerSecond { get; }
    public double CpuSecondsPerMillion { get; }
    public double PeakRssMb { get; }
    public double AllocatedBytesPerRecord { get; }
    public Cost Passthrough { get; }
    public Cost Consume { get; }

    /// <summary>CPU time as a multiple of the passthrough's.</summary>
    public double CpuPerPassthrough => CpuSecondsPerMillion / Passthrough.CpuSecondsPerMillion;

    public double BytesPerRecord => Runs.BytesPerRecord;
    public long Answers => Runs.Answers[^1].All;
    public long SettledAnswers => Runs.Answers[^1].Settled;

    /// <summary>Each run's figures: how far they lie apart says how quiet the machine was.</summary>
    public ShapeRuns Runs { get; }

    public static ShapeReport Of(ShapeRuns runs) => new(runs);
}

/// <summary>What each run over a shape gave.</summary>
internal sealed record ShapeRuns
{
    [JsonIgnore]
    public double BytesPerRecord { get; init; }

    public List<Cost> Worker { get; } = [];
    public List<Cost> Passthrough { get; } = [];
    public List<Cost> Consume { get; } = [];
    public List<AnswerCount> Answers { get; } = [];
}

/// <summary>So many processes over the same records: the median of the runs.</summary>
internal sealed record ScaleReport(int Workers, double RecordsPerSecond);

/// <summary>From kill -9 of one of two workers under load until answers come again in all of its partitions: the median of the runs, and each.</summary>
/// <param name="Case">What takes over, and how the group finds out.</param>
/// <param name="Seconds">The median.</param>
/// <param name="Runs">Each run's.</param>
internal sealed record RecoveryReport(string Case, double Seconds, IReadOnlyList<double> Runs);

/// <summary>In milliseconds, but for the number of alerts they are of.</summary>
internal sealed record LatencyReport
{
    public required double P50 { get; init; }
    public required double P99 { get; init; }
    public required double P999 { get; init; }
    public required double Max { get; init; }
    public required int Alerts { get; init; }
}
