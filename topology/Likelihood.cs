using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>How a deployment lies to an alert in time.</summary>
internal readonly record struct Lag(Relation Relation, long LagMs, long AgeMs, long SinceStartMs)
{
    /// <param name="alertMs">When the alert was raised.</param>
    /// <param name="deployment">The deployment.</param>
    public static Lag Of(long alertMs, in DeploymentView deployment)
    {
        // A running deployment is aged from its end so far all the same, so that one lost webhook does not make a suspect for hours.
        var ageMs = Math.Max(0, alertMs - deployment.EndMs);
        var sinceStartMs = alertMs - deployment.StartMs;
        if (sinceStartMs < 0) return new(Relation.AFTER, sinceStartMs, ageMs, sinceStartMs);
        if (deployment.IsRunning || alertMs <= deployment.EndMs) return new(Relation.DURING, 0, ageMs, sinceStartMs);
        return new(Relation.BEFORE, ageMs, ageMs, sinceStartMs);
    }
}

/// <summary>Whether a deployment says the same of itself as the alert does.</summary>
internal enum Match { Unknown, Same, Other }

/// <summary>The factors of one deployment's likelihood ratio: how much likelier what is seen is if it caused the alert than if it did not.</summary>
/// <remarks>A factor of 1 is unknown and is not reported.</remarks>
internal readonly record struct Likelihood(bool StartedAfter, double Time, double Service, double Environment, double Status, double NotLive, bool WaitsForLive)
{
    private const double UnitsPerOne = 1L << 32;
    private const double LongMax = 1L << 62;

    public static Likelihood Of(JoinSettings settings, long alertMs, Window window, in DeploymentView deployment, Match service, Match environment, bool waitsForLive)
    {
        var startedAfter = deployment.StartMs > alertMs;
        return new(
            startedAfter,
            startedAfter ? settings.AfterAlertFactor : TimeFactor(settings, window, Math.Max(0, alertMs - deployment.EndMs)),
            Factor(service, settings.SameServiceFactor, settings.OtherServiceFactor),
            Factor(environment, settings.SameEnvironmentFactor, settings.OtherEnvironmentFactor),
            deployment.Status is DeploymentStatus.FAILED or DeploymentStatus.ROLLED_BACK ? settings.BadStatusFactor : 1,
            waitsForLive ? settings.NotLiveFactor : 1,
            waitsForLive);
    }

    /// <summary>The product in units of 2⁻³², rounded once, half up.</summary>
    /// <remarks>
    /// Sums of whole numbers do not depend on order, so neither does a bit of the answer. The greatest product that the settings allow is some 2¹¹⁴ units.
    /// </remarks>
    public UInt128 Units
    {
        get
        {
            var units = Math.Floor(Time * Service * Environment * Status * NotLive * UnitsPerOne + 0.5);
            return units < LongMax ? (ulong)(long)units : (UInt128)units;
        }
    }

    /// <summary>A number of units, or a sum of them, as a ratio.</summary>
    public static double Ratio(UInt128 units) => (double)units / UnitsPerOne;

    /// <summary>Density of the lag if the deployment caused the alert, exponential, against chance, uniform over the window.</summary>
    /// <example>Two hours before and ten minutes after, ended three minutes before the alert: (1/20)·e^(−3/20) ÷ (1/130) = 5.59.</example>
    private static double TimeFactor(JoinSettings settings, Window window, long ageMs)
    {
        var tau = window.BeforeMs * settings.TauPerBefore;
        return window.LengthMs / tau * Math.Exp(-ageMs / tau);
    }

    private static double Factor(Match match, double same, double other) => match switch { Match.Same => same, Match.Other => other, _ => 1 };
}
