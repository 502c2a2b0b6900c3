namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>How long to wait before the next attempt: twice as long each time, up to a bound, spread so that several sinks do not come back together.</summary>
internal readonly record struct Backoff(TimeSpan First, TimeSpan Max)
{
    /// <param name="attempt">Attempts that failed so far, from 1.</param>
    /// <param name="spread">A random number from 0 to 1: the wait is between half and all of the bound.</param>
    public TimeSpan Before(int attempt, double spread)
    {
        // 2^30 first waits are beyond any bound, and beyond that the product would overflow.
        TimeSpan bound = attempt > 30 ? Max : TimeSpan.FromTicks(Math.Min(Max.Ticks, First.Ticks << (attempt - 1)));
        return bound * (0.5 + (spread / 2));
    }
}
