namespace StreamDeploy.Cli.Report;

/// <summary>What the history says of an account's week. Days are UTC; a null figure is one that nothing tells.</summary>
internal sealed record WeekReport
{
    public required string AccountId { get; init; }
    public required IsoWeek Week { get; init; }

    /// <summary>Which environment the DORA figures are of.</summary>
    public required string Environment { get; init; }

    public IReadOnlyList<StatusCount> Deployments { get; init; } = [];
    public required DoraFigures Dora { get; init; }
    public required DoraFigures DoraBefore { get; init; }
    public required AlertFigures Alerts { get; init; }
    public IReadOnlyList<AlertLine> AlertLines { get; init; } = [];
    public IReadOnlyList<SuspectedPipeline> Pipelines { get; init; } = [];
    public IReadOnlyList<Recovery> Recoveries { get; init; } = [];
    public IReadOnlyList<TeamClaim> Claims { get; init; } = [];
    public IReadOnlyList<Rejected> Rejected { get; init; } = [];

    public int DeploymentCount => Deployments.Sum(d => d.Count);

    /// <summary>Nothing was deployed, nothing was raised, nothing was set aside.</summary>
    public bool IsEmpty => DeploymentCount == 0 && Alerts.Alerts == 0 && Rejected.Count == 0;

    /// <summary>The statuses that the week has, in the order in which the bars are stacked.</summary>
    public IReadOnlyList<string> Statuses => [.. StatusOrder.Where(status => Deployments.Any(d => d.Status == status))];

    private static readonly string[] StatusOrder = ["SUCCEEDED", "STARTED", "CANCELLED", "UNKNOWN", "ROLLED_BACK", "FAILED"];

    public int CountOf(DateOnly day, string status) => Deployments.Where(d => d.Day == day && d.Status == status).Sum(d => d.Count);

    public int CountOf(DateOnly day) => Deployments.Where(d => d.Day == day).Sum(d => d.Count);
}

/// <summary>Deployments that started on a day, by the status that they have now.</summary>
internal sealed record StatusCount(DateOnly Day, string Status, int Count);

/// <summary>DORA's metrics of 2024 for a week and an environment, by the formulas of the view dora_daily; medians are of the week's deployments, not of days.</summary>
internal sealed record DoraFigures(int Deployments, int Failed, int Rework, double? LeadTimeSeconds, int Recovered, double? RecoverySeconds)
{
    public double PerDay => Deployments / 7.0;
    public double? ChangeFailRate => Share(Failed);
    public double? ReworkRate => Share(Rework);

    private double? Share(int part) => Deployments == 0 ? null : (double)part / Deployments;
}

/// <summary>The week's alerts by what their latest answers say.</summary>
/// <param name="Alerts">All that were raised.</param>
/// <param name="High">Of priority HIGH.</param>
/// <param name="Resolved">That are resolved by now.</param>
/// <param name="WithSuspect">Whose answer names a suspect.</param>
/// <param name="NothingNear">With nothing near.</param>
/// <param name="Hidden">With all that was near hidden by a claim.</param>
/// <param name="Settled">Whose answer is the last.</param>
/// <param name="MedianSeconds">From the alert's arrival in Kafka to its first answer's.</param>
/// <param name="P95Seconds">The same, for 95 % of them.</param>
internal sealed record AlertFigures(int Alerts, int High, int Resolved, int WithSuspect, int NothingNear, int Hidden, int Settled, double? MedianSeconds, double? P95Seconds)
{
    public int Unanswered => Alerts - WithSuspect - NothingNear - Hidden;
}

/// <summary>An alert with its first suspect; empty texts where there is none.</summary>
internal sealed record AlertLine(long RaisedAtMs, string AlertId, string Summary, string Priority, string Status, string Link, string Outcome, string Suspect, string SuspectLink, double Probability);

internal sealed record SuspectedPipeline(long PipelineId, string Name, int Alerts, int FirstSuspect, int Probable, double ExpectedAlerts);

/// <summary>A deployment that caused an alert, by its settled answer with probability 0.5 or more, and how long it took until the alert was resolved.</summary>
internal sealed record Recovery(string DeploymentId, string Summary, string Service, string AlertSummary, double Seconds, string Link);

internal sealed record TeamClaim(long TeamId, int Alerts, int AlertsWithHidden, int HiddenDeployments, int LeftWithoutSuspect, int HiddenProbable);

internal sealed record Rejected(string Topic, string Reason, string Reader, int Records, string LastError);
