namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>The numbers of the correlation contract, with the defaults that product.md gives.</summary>
public sealed record OracleSettings
{
    private const long Minute = 60_000;

    public long BeforeMs { get; init; } = 120 * Minute;
    public long AfterMs { get; init; } = 10 * Minute;
    public long SettleMs { get; init; } = 120 * Minute;
    public long GraceMs { get; init; } = 60 * Minute;
    public long BeforeMaxMs { get; init; } = 24 * 60 * Minute;
    public long SkewMs { get; init; } = 10 * Minute;
    public int SuspectsMax { get; init; } = 10;
    public double Prior { get; init; } = 0.5;

    /// <summary>τ is this share of a pipeline's `before`: 20 min of 2 h. A factor, not a divisor, as in the join: the two differ in a last bit.</summary>
    public double TauPerBefore { get; init; } = 1.0 / 6;

    public double AfterAlert { get; init; } = 1.0 / 64;
    public double NotLive { get; init; } = 1.0 / 8;
    public double ServiceSame { get; init; } = 8;
    public double ServiceOther { get; init; } = 1.0 / 4;
    public double EnvironmentSame { get; init; } = 2;
    public double EnvironmentOther { get; init; } = 1.0 / 16;
    public double Failed { get; init; } = 4;
}
