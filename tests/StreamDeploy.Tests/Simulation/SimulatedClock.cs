namespace StreamDeploy.Tests.Simulation;

/// <summary>Time passes when the history says so. The wall clock may jump either way; what elapsed time is measured by never goes back.</summary>
internal sealed class SimulatedClock : TimeProvider
{
    private long _wallOffMs;

    public long NowMs { get; private set; }

    public override long TimestampFrequency => 1000;

    public void Pass(long ms) => NowMs += ms;

    public void JumpWall(long ms) => _wallOffMs += ms;

    public override long GetTimestamp() => NowMs;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Some.Noon + NowMs + _wallOffMs);
}
