namespace StreamDeploy.Topology;

/// <summary>What an operator may choose about the answer. Two runs with equal settings over equal records give equal settled answers.</summary>
/// <remarks>Durations are milliseconds. The defaults are the product's; <see cref="Problem"/> says what does not fit together.</remarks>
public sealed record JoinSettings
{
    private const long MinuteMs = 60_000;
    private const long HourMs = 60 * MinuteMs;

    /// <summary>Window before the alert where neither pipeline nor account has one of its own.</summary>
    public long BeforeMs { get; init; } = 2 * HourMs;

    /// <summary>Window after the alert: clocks differ, and reports come late.</summary>
    public long AfterMs { get; init; } = 10 * MinuteMs;

    /// <summary>How long after the alert further events still count: a rollback half an hour later is evidence.</summary>
    public long SettleMs { get; init; } = 2 * HourMs;

    /// <summary>How much later than the newest record one may arrive and still be joined.</summary>
    public long GraceMs { get; init; } = HourMs;

    /// <summary>The widest window before an alert; a greater one is cut to it, because state is kept that long.</summary>
    public long BeforeMaxMs { get; init; } = 24 * HourMs;

    /// <summary>How far ahead of its Kafka timestamp an event time may lie before it is taken for impossible.</summary>
    public long SkewMs { get; init; } = 10 * MinuteMs;

    /// <summary>Probability, before any evidence, that some change caused the alert.</summary>
    public double Prior { get; init; } = 0.5;

    /// <summary>How many suspects an answer lists.</summary>
    public int SuspectsMax { get; init; } = 10;

    /// <summary>How many of the changes that a claim hid an answer without suspects lists.</summary>
    public int ElsewhereMax { get; init; } = 3;

    /// <summary>τ of the exponential lag as a share of the window before: 20 minutes for two hours.</summary>
    public double TauPerBefore { get; init; } = 1.0 / 6;

    public double AfterAlertFactor { get; init; } = 1.0 / 64;
    public double NotLiveFactor { get; init; } = 1.0 / 8;
    public double SameServiceFactor { get; init; } = 8;
    public double OtherServiceFactor { get; init; } = 1.0 / 4;
    public double SameEnvironmentFactor { get; init; } = 2;
    public double OtherEnvironmentFactor { get; init; } = 1.0 / 16;
    public double BadStatusFactor { get; init; } = 4;

    /// <summary>How long a deployment event can matter after its event time.</summary>
    internal long DeploymentRetentionMs => BeforeMaxMs + SettleMs + GraceMs;

    /// <summary>How long after it was raised an alert settles.</summary>
    internal long AlertRetentionMs => SettleMs + GraceMs;

    /// <summary>The window before: the pipeline's own, else the account's, else the default, cut to the widest one that state is kept for.</summary>
    /// <remarks>A table is written by others, and one that is not greater than 0 is no window: it is taken for absent.</remarks>
    internal long Before(long? ownMs, long? accountMs) =>
        Math.Min(ownMs is > 0 ? ownMs.Value : accountMs is > 0 ? accountMs.Value : BeforeMs, BeforeMaxMs);

    /// <summary>Null where the settings fit together, else a sentence that names the one that does not.</summary>
    public string? Problem()
    {
        foreach (var (name, ms, least) in new[]
        {
            ("before", BeforeMs, 1L), ("after", AfterMs, 0L), ("settle", SettleMs, 0L), ("grace", GraceMs, 0L), ("before-max", BeforeMaxMs, 1L), ("skew", SkewMs, 0L),
        })
        {
            if (ms < least || ms > 366L * 24 * HourMs) return $"{name} is {ms} ms, but must be between {least} ms and 366 days.";
        }
        if (SettleMs < AfterMs) return $"settle ({SettleMs} ms) is shorter than after ({AfterMs} ms): the answer would settle before its window has closed.";
        if (Prior is not (> 0 and < 1)) return $"prior is {Prior}, but must lie between 0 and 1, both excluded.";
        if (SuspectsMax is < 1 or > 1000) return $"suspects-max is {SuspectsMax}, but must be between 1 and 1000.";
        if (ElsewhereMax is < 0 or > 1000) return $"elsewhere-max is {ElsewhereMax}, but must be between 0 and 1000.";
        if (TauPerBefore is not (>= 0.01 and <= 1000)) return $"tau-per-before is {TauPerBefore}, but must be between 0.01 and 1000.";
        foreach (var (name, factor) in new[]
        {
            ("after-alert-factor", AfterAlertFactor), ("not-live-factor", NotLiveFactor), ("same-service-factor", SameServiceFactor),
            ("other-service-factor", OtherServiceFactor), ("same-environment-factor", SameEnvironmentFactor),
            ("other-environment-factor", OtherEnvironmentFactor), ("bad-status-factor", BadStatusFactor),
        })
        {
            if (factor is not (>= 1e-3 and <= 1e3)) return $"{name} is {factor}, but must be between 0.001 and 1000.";
        }
        return null;
    }
}
