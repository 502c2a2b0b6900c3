using System.Diagnostics;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>What the work cost the process that did it.</summary>
internal sealed record Cost
{
    public required double RecordsPerSecond { get; init; }

    /// <summary>User and system time of all threads, librdkafka's among them.</summary>
    public required double CpuSecondsPerMillion { get; init; }

    /// <summary>The most that was resident since the start of the process.</summary>
    public required double PeakRssMb { get; init; }

    /// <summary>Of the managed heap.</summary>
    public required double AllocatedBytesPerRecord { get; init; }

    /// <summary>For how long the garbage collector held all threads; a part of the CPU time.</summary>
    public required double GcPauseSecondsPerMillion { get; init; }

    /// <summary>Each figure for itself: no run need have all four.</summary>
    public static Cost Median(IReadOnlyCollection<Cost> runs) => new()
    {
        RecordsPerSecond = Statistics.Median(runs.Select(r => r.RecordsPerSecond)),
        CpuSecondsPerMillion = Statistics.Median(runs.Select(r => r.CpuSecondsPerMillion)),
        PeakRssMb = Statistics.Median(runs.Select(r => r.PeakRssMb)),
        AllocatedBytesPerRecord = Statistics.Median(runs.Select(r => r.AllocatedBytesPerRecord)),
        GcPauseSecondsPerMillion = Statistics.Median(runs.Select(r => r.GcPauseSecondsPerMillion)),
    };
}

/// <summary>How far this process had come at one moment and what it had used until then.</summary>
internal readonly record struct CostSample(long Records, long AtTicks, TimeSpan Cpu, long AllocatedBytes, TimeSpan GcPause)
{
    public static CostSample Take(long records) => new(records, Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(), GC.GetTotalPauseDuration());

    public Cost Until(CostSample end)
    {
        using var process = Process.GetCurrentProcess();
        var records = (double)(end.Records - Records);
        return new()
        {
            RecordsPerSecond = records / Stopwatch.GetElapsedTime(AtTicks, end.AtTicks).TotalSeconds,
            CpuSecondsPerMillion = (end.Cpu - Cpu).TotalSeconds / records * 1e6,
            PeakRssMb = process.PeakWorkingSet64 / 1e6,
            AllocatedBytesPerRecord = (end.AllocatedBytes - AllocatedBytes) / records,
            GcPauseSecondsPerMillion = (end.GcPause - GcPause).TotalSeconds / records * 1e6,
        };
    }
}
