using System.Globalization;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse.History;

/// <summary>What happened at acme in the weeks 2026-W09 and 2026-W10, 2 to 8 March, small enough to be counted by hand; and a little at globex and initech, which nobody who asks for acme may see.</summary>
/// <remarks>
/// Pipelines: 1 checkout on GitHub, 2 search on GitLab (claimed by team 2), 3 infrastructure, 4 campaigns. All times are UTC. What the tests expect is worked out from this file.
/// </remarks>
internal static class WeekEvents
{
    public static readonly IReadOnlyList<Deployment> Deployments =
    [
        // 2026-W09: one fine, one failed.
        Checkout("c-100", DeploymentStatus.SUCCEEDED, "02-26 10:20", started: "02-26 10:00", committed: "02-26 08:20"),
        Search("s-200", DeploymentStatus.FAILED, "02-27 11:00", started: "02-27 10:50", committed: "02-27 10:00"),

        // Monday.
        Checkout("c-101", DeploymentStatus.STARTED, "03-02 09:00"),
        Checkout("c-101", DeploymentStatus.SUCCEEDED, "03-02 09:10", started: "03-02 09:00", committed: "03-02 08:10"),

        // Tuesday: a change is merged, deployed, suspected and rolled back.
        Search("s-201", DeploymentStatus.SUCCEEDED, "03-03 13:20", started: "03-03 13:15"),
        Checkout("m-102", DeploymentStatus.SUCCEEDED, "03-03 13:30") with { Kind = DeploymentKind.MERGE, Environment = null, Repository = "acme/checkout", Commit = "c0ffee" },
        Checkout("c-102", DeploymentStatus.STARTED, "03-03 14:00") with { Repository = "acme/checkout", Commit = "c0ffee" },
        Checkout("c-102", DeploymentStatus.SUCCEEDED, "03-03 14:10", started: "03-03 14:00", committed: "03-03 12:10") with { Repository = "acme/checkout", Commit = "c0ffee" },
        Checkout("c-102", DeploymentStatus.ROLLED_BACK, "03-03 14:40") with { Repository = "acme/checkout", Commit = "c0ffee" },

        // Wednesday: infrastructure fails; a campaign, of which neither service nor environment is known.
        Of(3, "t-301", DeploymentStatus.FAILED, "03-04 10:05", "infrastructure", "production", started: "03-04 10:00", committed: "03-04 09:05"),
        Of(4, "k-401", DeploymentStatus.SUCCEEDED, "03-04 12:00", null, null) with { Kind = DeploymentKind.CAMPAIGN },

        // Thursday: staging only.
        Of(1, "c-103", DeploymentStatus.SUCCEEDED, "03-05 16:05", "checkout", "staging", started: "03-05 16:00", committed: "03-05 15:05"),

        // Friday: one that is suspected, one that is cancelled, and the mend.
        Checkout("c-104", DeploymentStatus.SUCCEEDED, "03-06 17:00", started: "03-06 16:50", committed: "03-06 16:00"),
        Checkout("c-105", DeploymentStatus.STARTED, "03-06 17:30"),
        Checkout("c-105", DeploymentStatus.CANCELLED, "03-06 17:32", started: "03-06 17:30"),
        Checkout("c-106", DeploymentStatus.SUCCEEDED, "03-06 18:25", started: "03-06 18:20", committed: "03-06 18:00"),

        // From Saturday into Sunday.
        Search("s-202", DeploymentStatus.STARTED, "03-07 23:50"),
        Search("s-202", DeploymentStatus.SUCCEEDED, "03-08 00:10", started: "03-07 23:50", committed: "03-07 22:10"),

        Checkout("g-1", DeploymentStatus.SUCCEEDED, "03-03 14:10", started: "03-03 14:00", committed: "03-03 14:00") with { AccountId = "globex" },

        // Rolled back in the week after.
        Checkout("i-1", DeploymentStatus.SUCCEEDED, "03-05 12:10", started: "03-05 12:00") with { AccountId = "initech" },
        Checkout("i-1", DeploymentStatus.ROLLED_BACK, "03-09 10:00") with { AccountId = "initech" },
    ];

    public static readonly IReadOnlyList<Alert> Alerts =
    [
        .. Of("search-down", "HIGH", "Search is down", "02-27 11:05", "search", 2, [2], (AlertStatus.RESOLVED, "02-27 11:35")),
        .. Of("checkout-errors", "HIGH", "5 % of payments fail", "03-03 14:13", "checkout", 1, [1], (AlertStatus.ACCEPTED, "03-03 14:15"), (AlertStatus.RESOLVED, "03-03 14:43")),
        .. Of("search-slow", "LOW", "Search is slow", "03-04 10:20", "search", 2, [2]),
        .. Of("db-cpu", "HIGH", "Database at 95 % CPU", "03-05 03:00", null, 3, [2], (AlertStatus.RESOLVED, "03-05 03:30")),
        .. Of("checkout-latency", "HIGH", "Checkout takes 4 s", "03-06 17:10", "checkout", 1, [1], (AlertStatus.RESOLVED, "03-06 18:00")),
        .. Of("cert-expiry", "HIGH", "Certificate expires", "03-07 12:00", null, 3, [3], (AlertStatus.ACCEPTED, "03-07 12:30")),
        .. Of("mail-queue", "LOW", "Mail is late", "03-08 00:15", null, null, []),
        .. Of("checkout-errors", "HIGH", "globex", "03-03 14:13", "checkout", 1, [1]).Select(alert => alert with { AccountId = "globex" }),
        .. Of("slow", "HIGH", "initech", "03-05 12:30", "checkout", 1, [1], (AlertStatus.RESOLVED, "03-05 13:00")).Select(alert => alert with { AccountId = "initech" }),
        .. Of("slower", "HIGH", "initech", "03-05 12:40", "checkout", 1, [1], (AlertStatus.RESOLVED, "03-05 13:10")).Select(alert => alert with { AccountId = "initech" }),
    ];

    /// <summary>"03-02 09:00" of 2026 in ms, UTC.</summary>
    public static long At(string text) =>
        new DateTimeOffset(DateTime.ParseExact("2026-" + text, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static Deployment Checkout(string id, DeploymentStatus status, string at, string? started = null, string? committed = null) =>
        Of(1, id, status, at, "checkout", "production", started, committed);

    private static Deployment Search(string id, DeploymentStatus status, string at, string? started = null, string? committed = null) =>
        Of(2, id, status, at, "search", "production", started, committed);

    private static Deployment Of(long pipeline, string id, DeploymentStatus status, string at, string? service, string? environment, string? started = null, string? committed = null) => new()
    {
        AccountId = "acme",
        EventId = $"{id}/{status}",
        DeploymentId = id,
        PipelineId = pipeline,
        Source = "api",
        Kind = DeploymentKind.DEPLOYMENT,
        Status = status,
        Summary = "deploy " + id,
        OccurredAtMs = At(at),
        StartedAtMs = started is null ? null : At(started),
        FinishedAtMs = started is null ? null : At(at),
        CommittedAtMs = committed is null ? null : At(committed),
        Service = service,
        Environment = environment,
        Version = id,
    };

    private static IEnumerable<Alert> Of(string id, string priority, string summary, string at, string? service, long? source, long[] teams, params (AlertStatus Status, string At)[] later) =>
        later.Prepend((Status: AlertStatus.OPEN, At: at)).Select(e => new Alert
        {
            AccountId = "acme",
            EventId = $"{id}/{e.Status}",
            AlertId = id,
            Status = e.Status,
            Priority = priority,
            Summary = summary,
            OccurredAtMs = At(at),
            UpdatedAtMs = At(e.At),
            ResolvedAtMs = e.Status == AlertStatus.RESOLVED ? At(e.At) : null,
            AlertSourceId = source,
            TeamIds = teams,
            Service = service,
            Environment = service is null ? null : "production",
            Link = "https://alerts.example/" + id,
        });
}
