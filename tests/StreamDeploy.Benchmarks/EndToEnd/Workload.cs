using System.Globalization;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>The records: nine deployments, then an alert, of about 300 bytes each with their key. Two of the same shape give the same records in the same order.</summary>
internal sealed class Workload(Shape shape)
{
    /// <summary>Event time from one record to the next.</summary>
    public const long StepMs = 10;
    private const int AlertEvery = 10;
    private const long MinuteMs = 60_000;

    public static readonly JoinSettings Join = new()
    {
        BeforeMs = 60 * MinuteMs,
        BeforeMaxMs = 60 * MinuteMs,
        AfterMs = 5 * MinuteMs,
        SettleMs = 5 * MinuteMs,
        GraceMs = 5 * MinuteMs,
    };

    private static readonly string[] Services =
    [
        "checkout", "payments", "search", "catalog", "identity", "notifications", "billing", "inventory", "shipping", "recommendations",
        "sessions", "gateway", "pricing", "reviews", "media", "audit", "reports", "webhooks", "exports", "scheduler",
    ];
    private static readonly string[] Environments = ["production", "production", "production", "staging", "development"];
    private static readonly string[] Changes =
    [
        "retry the payment provider once before giving up", "raise the pool of connections", "drop the old price column",
        "read feature flags at start", "cache results for a minute", "bump the base image", "log slow queries",
    ];
    private static readonly string[] Symptoms = ["5 % of requests fail", "p99 above 2 s", "queue grows for ten minutes", "no healthy upstream", "disk is 90 % full"];

    private readonly Random _random = new(1);

    public static bool IsAlert(long index) => index % AlertEvery == AlertEvery - 1;

    /// <summary>How many of that many records are alerts.</summary>
    public static long Alerts(long records) => records / AlertEvery;

    public static string AlertId(long index) => "alert-" + index.ToString(CultureInfo.InvariantCulture);

    public static long IndexOf(ReadOnlySpan<char> alertId) => long.Parse(alertId["alert-".Length..], NumberStyles.None, CultureInfo.InvariantCulture);

    public Deployment Deployment(long index, long eventTimeMs)
    {
        var service = Pick(Services);
        var environment = Pick(Environments);
        var version = string.Create(CultureInfo.InvariantCulture, $"v{_random.Next(1, 9)}.{_random.Next(100)}.{_random.Next(10)}");
        var commit = Hex(20);
        var id = string.Create(CultureInfo.InvariantCulture, $"{145_000_000 + index}");
        return new()
        {
            AccountId = Account(),
            EventId = Uuid(),
            DeploymentId = id,
            PipelineId = _random.Next(1, 6),
            Source = "github",
            Kind = DeploymentKind.DEPLOYMENT,
            Status = _random.Next(20) == 0 ? DeploymentStatus.FAILED : DeploymentStatus.SUCCEEDED,
            Summary = $"Deploy {version} of {service}: {Pick(Changes)}",
            OccurredAtMs = eventTimeMs,
            StartedAtMs = eventTimeMs - _random.Next(10_000, 200_000),
            Environment = environment,
            Service = service,
            Version = version,
            Commit = commit,
            Repository = _random.Next(3) == 0 ? "acme/" + service : null,
            Links = [new() { Href = $"https://github.com/acme/{service}/deployments/{id}", Text = "GitHub" }],
        };
    }

    public Alert Alert(long index, long eventTimeMs)
    {
        var service = Pick(Services);
        var id = AlertId(index);
        var symptom = Pick(Symptoms);
        return new()
        {
            AccountId = Account(),
            EventId = Uuid(),
            AlertId = id,
            Status = AlertStatus.OPEN,
            Priority = _random.Next(3) == 0 ? "HIGH" : "LOW",
            Summary = $"{service}: {symptom} in the last five minutes, see the runbook of {service}",
            OccurredAtMs = eventTimeMs,
            UpdatedAtMs = eventTimeMs,
            Service = service,
            Environment = Pick(Environments),
            Labels = new Dictionary<string, string> { ["team"] = "team-" + _random.Next(9), ["cluster"] = "eu-central-1", ["rule"] = Hex(8) },
            Link = $"https://alerts.example.com/acme/{service}/incidents/{id}",
        };
    }

    private string Account() => "account-" + _random.Next(shape.Accounts).ToString("D6", CultureInfo.InvariantCulture);

    private string Pick(string[] from) => from[_random.Next(from.Length)];

    private string Uuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    private string Hex(int length)
    {
        Span<byte> bytes = stackalloc byte[length];
        _random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
