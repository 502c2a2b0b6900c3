using System.Diagnostics;

namespace StreamDeploy.Benchmarks.EndToEnd.Children;

/// <summary>So many clients at once, each with one thing under way; the first fifth does not count.</summary>
internal sealed class ClosedLoop(long events, int clients)
{
    private long _next;

    public async Task<LoadReport> RunAsync(Func<int, long, Task> one)
    {
        var times = new List<long>[clients];
        var warm = events / 5;
        long startedAt = 0;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var mine = times[client] = new List<long>((int)(events / clients) + 1024);
            for (var number = Interlocked.Increment(ref _next); number <= events; number = Interlocked.Increment(ref _next))
            {
                if (number == warm) Interlocked.Exchange(ref startedAt, Stopwatch.GetTimestamp());
                var from = Stopwatch.GetTimestamp();
                await one(client, number);
                if (number > warm) mine.Add(Stopwatch.GetTimestamp() - from);
            }
        })));
        var seconds = Stopwatch.GetElapsedTime(Interlocked.Read(ref startedAt)).TotalSeconds;
        var sorted = times.SelectMany(mine => mine).Order().ToArray();
        return new LoadReport(sorted.Length / seconds, At(sorted, 0.5), At(sorted, 0.99), 0);
    }

    private static double At(long[] sorted, double share) => Stopwatch.GetElapsedTime(0, sorted[(int)(share * (sorted.Length - 1))]).TotalMilliseconds;
}

/// <summary>What a load of many clients met.</summary>
/// <param name="PerSecond">Events, once it was warm.</param>
/// <param name="P50Ms">From sending an event until its answer.</param>
/// <param name="P99Ms">As the former.</param>
/// <param name="CpuSeconds">Of the measured process, from its start.</param>
internal sealed record LoadReport(double PerSecond, double P50Ms, double P99Ms, double CpuSeconds);
