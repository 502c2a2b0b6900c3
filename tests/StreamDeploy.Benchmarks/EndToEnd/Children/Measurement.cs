namespace StreamDeploy.Benchmarks.EndToEnd.Children;

/// <summary>From when a tenth of the records is processed until all are: start-up and compilation are left out, of all that is measured in the same way.</summary>
internal sealed class Measurement(long records)
{
    // Short against what is measured, and too rare to cost anything.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private long _processed;
    private CostSample _start;

    public void Add(long count) => Interlocked.Add(ref _processed, count);

    /// <summary>Watches until everything is processed, or until the work has ended otherwise.</summary>
    public void Watch(Func<bool> isOver)
    {
        while (Volatile.Read(ref _processed) < records / 10 && !isOver()) Thread.Sleep(Pause);
        _start = CostSample.Take(Volatile.Read(ref _processed));
        while (Volatile.Read(ref _processed) < records && !isOver()) Thread.Sleep(Pause);
    }

    public Cost End() => _start.Until(CostSample.Take(records));
}
