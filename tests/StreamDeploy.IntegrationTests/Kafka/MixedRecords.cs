using StreamDeploy.Schemas;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>Records of mixed kinds, teams and statuses, and the tables they are looked up in.</summary>
internal sealed class MixedRecords(Random random)
{
    private static readonly string?[] Services = [null, "api", "web", "billing"];
    private static readonly string?[] Environments = [null, "prod", "stage"];
    private static readonly DeploymentKind[] Kinds = Enum.GetValues<DeploymentKind>();
    private static readonly DeploymentStatus[] Statuses = Enum.GetValues<DeploymentStatus>();

    public IEnumerable<TableRecord> TablesOf(string account, long startMs, long spanMs)
    {
        for (var id = 1; id <= 6; id++)
        {
            yield return Put(new DeploymentPipeline { AccountId = account, Id = id, Name = $"pipeline {id}", TeamIds = Teams(2), Shared = random.Next(8) == 0, ValidFromMs = 0 });
            if (random.Next(3) == 0)
                yield return Put(new DeploymentPipeline { AccountId = account, Id = id, Name = $"pipeline {id}, moved", TeamIds = Teams(2), BeforeMs = Some.Hour * random.Next(1, 5), ValidFromMs = Time() });
        }
        yield return TableRecord.Put(new AlertSource { AccountId = account, Id = 1, TeamIds = Teams(3), EscalationPolicyId = 1, ValidFromMs = 0 }, 0);
        yield return TableRecord.Put(new EscalationPolicy { AccountId = account, Id = 1, TeamIds = Teams(4), ValidFromMs = 0 }, 0);
        if (random.Next(2) == 0)
            yield return TableRecord.Put(new Account { AccountId = account, BeforeMs = Some.Hour * random.Next(1, 6), ValidFromMs = Time() }, 0);

        long Time() => startMs + random.NextInt64(spanMs);

        TableRecord Put(DeploymentPipeline pipeline) => TableRecord.Put(pipeline, 0);
    }

    public LogRecord Next(string account, int i, long atMs) =>
        random.Next(3) == 0 ? LogRecord.Of(NextAlert(account, i, atMs), long.MaxValue) : LogRecord.Of(NextDeployment(account, i, atMs), long.MaxValue);

    private Deployment NextDeployment(string account, int i, long atMs) => new()
    {
        AccountId = account,
        EventId = $"{account}/{i}",
        DeploymentId = $"d{random.Next(40)}",
        PipelineId = random.Next(1, 8),
        Kind = Pick(Kinds),
        Status = Pick(Statuses),
        Summary = $"change {i}",
        OccurredAtMs = atMs,
        StartedAtMs = random.Next(3) == 0 ? atMs - random.NextInt64(Some.Hour) : null,
        FinishedAtMs = random.Next(4) == 0 ? atMs - random.NextInt64(Some.Minute) : null,
        Service = Pick(Services),
        Environment = Pick(Environments),
        Repository = random.Next(2) == 0 ? "shop" : null,
        Commit = random.Next(2) == 0 ? $"c{random.Next(20)}" : null,
    };

    private Alert NextAlert(string account, int i, long atMs)
    {
        // A third of them are later events of alerts that share their time of raising.
        var raisedMs = random.Next(3) == 0 ? atMs / Some.Hour * Some.Hour : atMs;
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
            AlertSourceId = random.Next(3) == 0 ? 1 : null,
            TeamIds = random.Next(4) == 0 ? Teams(1) : [],
            Service = Pick(Services),
            Environment = Pick(Environments),
        };
    }

    private long[] Teams(int rarity) => random.Next(rarity) == 0 ? [random.Next(1, 4)] : [];

    private T Pick<T>(T[] from) => from[random.Next(from.Length)];
}
