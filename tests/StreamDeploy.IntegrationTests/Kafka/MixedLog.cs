using StreamDeploy.Schemas;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>A large log of many accounts, with tables: mixed kinds, teams and statuses, repeated deliveries, out of order by less than the grace period.</summary>
internal sealed class MixedLog
{
    private const long OutOfOrderMs = 30 * Some.Minute;
    private static readonly string?[] Services = [null, "api", "web", "billing"];
    private static readonly string?[] Environments = [null, "prod", "stage"];
    private static readonly DeploymentKind[] Kinds = Enum.GetValues<DeploymentKind>();
    private static readonly DeploymentStatus[] Statuses = Enum.GetValues<DeploymentStatus>();

    private readonly Random _random;
    private readonly long _startMs;
    private readonly long _spanMs;

    public MixedLog(int seed, int accounts, int recordsOfEach, long startMs, long spanMs)
    {
        (_random, _startMs, _spanMs) = (new Random(seed), startMs, spanMs);
        Accounts = [.. Enumerable.Range(0, accounts).Select(i => $"account-{i}")];
        Tables = [.. Accounts.SelectMany(TablesOf)];
        Records =
        [
            .. Accounts.SelectMany(a => Enumerable.Range(0, recordsOfEach).Select(i => (ArrivalMs: 0L, Record: Next(a, i))))
                .Select(x => x with { ArrivalMs = x.Record.EventTimeMs + _random.NextInt64(OutOfOrderMs) })
                .SelectMany(x => _random.Next(50) == 0 ? [x, x] : new[] { x })
                .OrderBy(x => x.ArrivalMs)
                .Select(x => x.Record),
        ];
    }

    public IReadOnlyList<string> Accounts { get; }

    public IReadOnlyList<TableRecord> Tables { get; }

    /// <summary>In the order in which they are sent.</summary>
    public IReadOnlyList<LogRecord> Records { get; }

    private IEnumerable<TableRecord> TablesOf(string account)
    {
        for (var id = 1; id <= 6; id++)
        {
            yield return Put(new DeploymentPipeline { AccountId = account, Id = id, Name = $"pipeline {id}", TeamIds = Teams(2), Shared = _random.Next(8) == 0, ValidFromMs = 0 });
            if (_random.Next(3) == 0)
                yield return Put(new DeploymentPipeline { AccountId = account, Id = id, Name = $"pipeline {id}, moved", TeamIds = Teams(2), BeforeMs = Some.Hour * _random.Next(1, 5), ValidFromMs = Time() });
        }
        yield return TableRecord.Put(new AlertSource { AccountId = account, Id = 1, TeamIds = Teams(3), EscalationPolicyId = 1, ValidFromMs = 0 }, 0);
        yield return TableRecord.Put(new EscalationPolicy { AccountId = account, Id = 1, TeamIds = Teams(4), ValidFromMs = 0 }, 0);
        if (_random.Next(2) == 0)
            yield return TableRecord.Put(new Account { AccountId = account, BeforeMs = Some.Hour * _random.Next(1, 6), ValidFromMs = Time() }, 0);

        TableRecord Put(DeploymentPipeline pipeline) => TableRecord.Put(pipeline, 0);
    }

    private LogRecord Next(string account, int i) => _random.Next(3) == 0 ? LogRecord.Of(NextAlert(account, i), long.MaxValue) : LogRecord.Of(NextDeployment(account, i), long.MaxValue);

    private Deployment NextDeployment(string account, int i)
    {
        var atMs = Time();
        return new()
        {
            AccountId = account,
            EventId = $"{account}/{i}",
            DeploymentId = $"d{_random.Next(40)}",
            PipelineId = _random.Next(1, 8),
            Kind = Pick(Kinds),
            Status = Pick(Statuses),
            Summary = $"change {i}",
            OccurredAtMs = atMs,
            StartedAtMs = _random.Next(3) == 0 ? atMs - _random.NextInt64(Some.Hour) : null,
            FinishedAtMs = _random.Next(4) == 0 ? atMs - _random.NextInt64(Some.Minute) : null,
            Service = Pick(Services),
            Environment = Pick(Environments),
            Repository = _random.Next(2) == 0 ? "shop" : null,
            Commit = _random.Next(2) == 0 ? $"c{_random.Next(20)}" : null,
        };
    }

    private Alert NextAlert(string account, int i)
    {
        var atMs = Time();
        // A third of them are later events of alerts that share their time of raising.
        var raisedMs = _random.Next(3) == 0 ? atMs / Some.Hour * Some.Hour : atMs;
        return new()
        {
            AccountId = account,
            EventId = $"{account}/{i}",
            AlertId = raisedMs == atMs ? $"a{i}" : "hourly",
            Status = AlertStatus.OPEN,
            Priority = "HIGH",
            Summary = $"alert {i}",
            OccurredAtMs = raisedMs,
            UpdatedAtMs = atMs,
            AlertSourceId = _random.Next(3) == 0 ? 1 : null,
            TeamIds = _random.Next(4) == 0 ? Teams(1) : [],
            Service = Pick(Services),
            Environment = Pick(Environments),
        };
    }

    private long Time() => _startMs + _random.NextInt64(_spanMs);

    private long[] Teams(int rarity) => _random.Next(rarity) == 0 ? [_random.Next(1, 4)] : [];

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}
