using StreamDeploy.Tests;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>What a run is made of.</summary>
internal sealed record ChaosSettings
{
    public const int Partitions = 8;

    /// <summary>
    /// How much faster than the clock event time passes. A wire that is cut holds up one topic while the other flows, and what is then more than the grace behind is rightly late:
    /// with 40, an hour of grace less ten minutes of disorder bears a topic that is held up for 75 s, more than any fault here lasts with all its healing.
    /// </summary>
    public const int EventTimeSpeed = 40;

    /// <summary>Short, so that alerts settle all through a run.</summary>
    public const long SettleMs = 30 * Some.Minute;

    public const long GraceMs = Some.Hour;
    public const long BeforeMaxMs = 4 * Some.Hour;

    /// <summary>For what is sent while one fault lasts, backlog and clocks included: the log must not reach the present.</summary>
    private static readonly TimeSpan PerFault = TimeSpan.FromMinutes(2);

    public int Faults { get; init; } = 20;
    public required int Seed { get; init; }
    public IReadOnlyList<FaultKind> Kinds { get; init; } = FaultPlan.AllKinds;
    public int Workers { get; init; } = 3;
    public int Accounts { get; init; } = 1_000;
    public int RecordsPerSecond { get; init; } = 300;

    /// <summary>There before the first worker is.</summary>
    public int Backlog { get; init; } = 20_000;

    public string GroupProtocol { get; init; } = "consumer";

    /// <summary>Whether what the processes said is kept though nothing was wrong.</summary>
    public bool Keep { get; init; }

    /// <summary>How long the workers may take for all that is left, once everything is healed.</summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromMinutes(4);

    public double EventTimeStepMs => EventTimeSpeed * 1000.0 / RecordsPerSecond;

    public TimeSpan EventTimeSpan => TimeSpan.FromHours(24) + EventTimeSpeed * Faults * PerFault;

    public static OracleSettings Oracle { get; } = new() { SettleMs = SettleMs, GraceMs = GraceMs, BeforeMaxMs = BeforeMaxMs };

    /// <summary>The same for the worker.</summary>
    public static IReadOnlyList<string> JoinArguments { get; } =
        ["--settle", $"{SettleMs}ms", "--grace", $"{GraceMs}ms", "--before-max", $"{BeforeMaxMs}ms"];

    /// <summary>For librdkafka: with its defaults it may not look for a new leader, or try a broker again, for longer than a fault lasts.</summary>
    public IReadOnlyDictionary<string, string> Properties
    {
        get
        {
            var properties = new Dictionary<string, string>
            {
                ["socket.timeout.ms"] = "6000",
                ["topic.metadata.refresh.interval.ms"] = "5000",
                ["reconnect.backoff.max.ms"] = "1000",
            };
            // Of the new protocol the broker decides.
            if (GroupProtocol == "classic")
                properties["consumer.session.timeout.ms"] = "6000";
            return properties;
        }
    }
}
