using FsCheck;
using FsCheck.Fluent;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>
/// Random logs, small but nasty: few names, so that things collide; times on the borders of every window, give or take a millisecond; late, impossible,
/// repeated, running and rolled back records. A seed builds the same case again on every machine.
/// </summary>
public sealed class LogGen
{
    private static readonly string[] AccountIds = ["acme", "zeta"];
    private static readonly string?[] Services = [null, null, "", "api", "web"];
    private static readonly string?[] Environments = [null, null, "", "prod", "stage"];
    private static readonly string?[] Repositories = [null, "", "shop", "shop", "shop", "Shop"];
    private static readonly string?[] Commits = [null, "", "c1", "c1", "c1", "c2"];
    private static readonly string[] DeploymentIds = ["d1", "d1", "D1", "d10", "d2", "d3", "ä"];
    private static readonly string[] AlertIds = ["A", "a", "B"];

    /// <summary>Before 1970 and after the year 9999.</summary>
    private static readonly long[] Impossible = [-1, 300_000_000_000_000];

    /// <summary>What clients write for "no time", and what breaks arithmetic; the first is Go's zero time.</summary>
    private static readonly long[] Extreme = [-62_135_596_800_000, -1, 0, long.MinValue, long.MaxValue];

    private readonly Random random;
    private readonly OracleSettings settings;
    private readonly bool conflicts;
    private readonly bool crowd;
    private readonly long spread;
    private readonly List<long> times = [Some.Noon];
    private readonly List<long> borders;
    private int events;

    private LogGen(int seed, bool conflicts)
    {
        random = new Random(seed);
        this.conflicts = conflicts;
        settings = RandomSettings();
        borders =
        [
            0, 0, settings.AfterMs, settings.BeforeMs, settings.BeforeMs, settings.BeforeMaxMs, settings.SettleMs, settings.GraceMs,
            settings.SettleMs + settings.GraceMs, settings.BeforeMs / 6, settings.AfterMs / 2, Some.Minute,
            settings.BeforeMaxMs + settings.SettleMs + settings.GraceMs,
        ];
        // Some logs are a crowd around one moment, others go through every stage of the state.
        crowd = Chance(60);
        spread = crowd ? settings.BeforeMs : 3 * (settings.BeforeMaxMs + settings.SettleMs + settings.GraceMs);
    }

    /// <summary>Every case, those included where a producer sends different contents under one eventId.</summary>
    public static Arbitrary<LogCase> Any => Cases(conflicts: true);

    /// <summary>Cases whose producers keep to the contract. Where one eventId has two contents the first read counts, so order decides.</summary>
    public static Arbitrary<LogCase> Orderly => Cases(conflicts: false);

    public static LogCase Of(int seed, bool conflicts) => new LogGen(seed, conflicts).Build(seed);

    private static Arbitrary<LogCase> Cases(bool conflicts)
    {
        Gen<int> seeds = LawSettings.Seed is { } seed ? Gen.Constant(seed) : Gen.Choose(0, int.MaxValue - 1);
        return Arb.From(seeds.Select(s => Of(s, conflicts)), c => c.Smaller());
    }

    private LogCase Build(int seed)
    {
        List<(long ArrivalMs, LogRecord Record)> arrivals = [];
        int alerts = random.Next(1, 8);
        int deployments = Chance(2) ? random.Next(60, 120) : random.Next(0, crowd ? 24 : 14);
        for (int i = 0; i < alerts + deployments; i++)
        {
            LogRecord record = random.Next(alerts + deployments) < alerts || i == 0 ? LogRecord.Of(NextAlert(arrivals)) : LogRecord.Of(NextDeployment(arrivals));
            arrivals.Add(Arrive(record));
            if (Chance(12))
                arrivals.Add(Arrive(record));
            else if (conflicts && Chance(8))
                arrivals.Add(Arrive(Conflicting(record, arrivals)));
        }
        List<TableRecord> tables = NextTables();
        return new LogCase(seed, settings, tables, [.. arrivals.OrderBy(a => a.ArrivalMs).Select(a => a.Record)]);
    }

    private OracleSettings RandomSettings()
    {
        var defaults = new OracleSettings();
        OracleSettings chosen = random.Next(9) switch
        {
            0 or 1 => defaults,
            2 or 3 => defaults with
            {
                BeforeMs = 10 * Some.Minute,
                AfterMs = 2 * Some.Minute,
                SettleMs = 20 * Some.Minute,
                GraceMs = 10 * Some.Minute,
                BeforeMaxMs = 30 * Some.Minute,
            },
            4 => defaults with
            {
                BeforeMs = 10 * Some.Minute,
                AfterMs = 10 * Some.Minute,
                SettleMs = 10 * Some.Minute,
                GraceMs = Some.Minute,
                BeforeMaxMs = 10 * Some.Minute,
                SkewMs = Some.Minute,
            },
            5 => defaults with
            {
                BeforeMs = 90 * Some.Minute,
                AfterMs = 0,
                SettleMs = 0,
                GraceMs = 0,
                BeforeMaxMs = 20 * Some.Minute,
                SkewMs = 0,
            },
            6 => defaults with
            {
                BeforeMs = 10 * Some.Minute,
                SettleMs = 20 * Some.Minute,
                BeforeMaxMs = 20 * Some.Minute,
            },
            _ => defaults with
            {
                AfterMs = Some.Minute,
                SettleMs = 5 * Some.Minute,
                GraceMs = 2 * Some.Hour,
                BeforeMaxMs = 3 * Some.Hour,
                Prior = 0.2,
            },
        };
        if (Chance(25))
            chosen = chosen with { SuspectsMax = random.Next(1, 4) };
        return Chance(80) ? chosen : chosen with
        {
            Prior = 0.001 + (0.998 * random.NextDouble()),
            TauPerBefore = Math.Pow(10, (4 * random.NextDouble()) - 2),
            AfterAlert = Factor(),
            NotLive = Factor(),
            ServiceSame = Factor(),
            ServiceOther = Factor(),
            EnvironmentSame = Factor(),
            EnvironmentOther = Factor(),
            Failed = Factor(),
        };

        double Factor() => Chance(20) ? 1 : Math.Pow(10, (6 * random.NextDouble()) - 3);
    }

    private Alert NextAlert(List<(long, LogRecord Record)> earlier)
    {
        List<Alert> known = [.. earlier.Select(e => e.Record.Alert).OfType<Alert>()];
        Alert? again = known.Count > 0 && Chance(55) ? Pick(known) : null;
        long occurredAt = again?.OccurredAtMs ?? (Chance(99) ? NextTime() : Pick(Impossible));
        long updatedAt = random.Next(9) switch
        {
            0 or 1 or 2 => occurredAt,
            3 => occurredAt + settings.SettleMs,
            4 => occurredAt + settings.SettleMs + 1,
            5 => occurredAt - settings.SkewMs,
            6 => Chance(20) ? occurredAt - settings.SkewMs - 1 : occurredAt + 1,
            _ => occurredAt + random.NextInt64(settings.SettleMs + 1),
        };
        return new Alert
        {
            AccountId = Chance(1) ? "" : again?.AccountId ?? (Chance(75) ? AccountIds[0] : AccountIds[1]),
            EventId = Chance(1) ? "" : NextEventId(),
            AlertId = again?.AlertId ?? Pick(AlertIds),
            Status = (AlertStatus)random.Next(4),
            OccurredAtMs = occurredAt,
            UpdatedAtMs = updatedAt,
            Summary = Chance(70) ? "summary " + events : "",
            AlertSourceId = Chance(50) ? random.Next(1, 4) : null,
            EscalationPolicyId = Chance(30) ? random.Next(1, 4) : null,
            TeamIds = Chance(25) ? Teams() : [],
            Service = Pick(Services),
            Environment = Pick(Environments),
        };
    }

    private Deployment NextDeployment(List<(long, LogRecord Record)> earlier)
    {
        List<Deployment> known = [.. earlier.Select(e => e.Record.Deployment).OfType<Deployment>()];
        Deployment? again = known.Count > 0 && Chance(35) ? Pick(known) : null;
        long occurredAt = Chance(99) ? NextTime() : Pick(Impossible);
        return new Deployment
        {
            AccountId = Chance(1) ? "" : again?.AccountId ?? (Chance(75) ? AccountIds[0] : AccountIds[1]),
            EventId = Chance(1) ? "" : NextEventId(),
            DeploymentId = Chance(1) ? "" : again?.DeploymentId ?? Pick(DeploymentIds),
            PipelineId = again?.PipelineId ?? (Chance(8) ? 9 : random.Next(1, 6)),
            Kind = random.Next(3) switch
            {
                0 => DeploymentKind.DEPLOYMENT,
                1 => (DeploymentKind)random.Next((int)DeploymentKind.PUSH, (int)DeploymentKind.RELEASE + 1),
                _ => (DeploymentKind)random.Next(12),
            },
            Status = (DeploymentStatus)random.Next(6),
            Summary = Chance(70) ? "summary " + events : "",
            OccurredAtMs = occurredAt,
            StartedAtMs = Chance(35) ? Around() : null,
            FinishedAtMs = Chance(35) ? Around() : null,
            Service = Pick(Services),
            Environment = Pick(Environments),
            Version = Chance(30) ? "v" + events : Chance(10) ? "" : null,
            Repository = Pick(Repositories),
            Commit = Pick(Commits),
            Links = Chance(30) ? [new Link { Href = "https://example.org/" + events }, new Link { Href = "https://example.org/second" }] : [],
        };

        // Before the event mostly; what lies after it is to be clamped.
        long Around() => Chance(2)
            ? Pick(Extreme)
            : occurredAt + ((Chance(25) ? 1 : -1) * (Chance(50) ? Pick(borders) + random.Next(-1, 2) : random.NextInt64(settings.BeforeMs)));
    }

    /// <summary>The same eventId with another content: a producer's mistake.</summary>
    private LogRecord Conflicting(LogRecord record, List<(long, LogRecord Record)> earlier) => record.Deployment is { } deployment
        ? LogRecord.Of(NextDeployment(earlier) with
        {
            AccountId = deployment.AccountId,
            DeploymentId = deployment.DeploymentId,
            PipelineId = deployment.PipelineId,
            EventId = deployment.EventId,
        })
        : LogRecord.Of(NextAlert(earlier) with
        {
            AccountId = record.Alert!.AccountId,
            AlertId = record.Alert.AlertId,
            EventId = record.Alert.EventId,
            OccurredAtMs = Chance(70) ? record.Alert.OccurredAtMs : NextTime(),
        });

    /// <summary>Mostly in order or within grace, sometimes on the border of being late, sometimes past it. Kafka's timestamp likewise about skew.</summary>
    private (long ArrivalMs, LogRecord Record) Arrive(LogRecord record)
    {
        long delay = random.Next(12) switch
        {
            < 6 => 0,
            6 or 7 => random.NextInt64(settings.GraceMs + 1),
            8 => settings.GraceMs,
            9 => settings.GraceMs + 1,
            10 => settings.SettleMs + settings.GraceMs + random.Next(-1, 2),
            _ => random.NextInt64(spread),
        };
        long kafkaTimestamp = record.EventTimeMs + (Chance(90) ? delay : Chance(70) ? -settings.SkewMs : -settings.SkewMs - 1);
        return (record.EventTimeMs + delay, record with { KafkaTimestampMs = kafkaTimestamp });
    }

    private List<TableRecord> NextTables()
    {
        List<TableRecord> tables = [];
        foreach (string account in AccountIds)
        {
            for (int id = 1; id <= 5; id++)
            {
                int pipeline = id;
                Versions(TableName.Pipelines, account, id, validFrom => new DeploymentPipeline
                {
                    AccountId = account,
                    Id = pipeline,
                    Name = $"pipeline {pipeline} of {tables.Count}",
                    TeamIds = Chance(60) ? Teams() : [],
                    Shared = Chance(20),
                    BeforeMs = Chance(35) ? NextBefore() : null,
                    ValidFromMs = validFrom,
                });
            }
            for (int id = 1; id <= 2; id++)
            {
                int of = id;
                Versions(TableName.Sources, account, id, validFrom => new AlertSource
                {
                    AccountId = account,
                    Id = of,
                    TeamIds = Chance(50) ? Teams() : [],
                    EscalationPolicyId = Chance(50) ? random.Next(1, 4) : null,
                    ValidFromMs = validFrom,
                });
                Versions(TableName.Policies, account, id, validFrom => new EscalationPolicy
                {
                    AccountId = account,
                    Id = of,
                    TeamIds = Chance(60) ? Teams() : [],
                    ValidFromMs = validFrom,
                });
            }
            Versions(TableName.Accounts, account, 0, validFrom => new Account
            {
                AccountId = account,
                BeforeMs = Chance(50) ? NextBefore() : null,
                ValidFromMs = validFrom,
            });
        }
        return tables;

        void Versions(TableName table, string account, long id, Func<long?, object> entity)
        {
            if (Chance(85))
                tables.Add(new TableRecord(table, account, id, entity(null), Some.Noon - (100 * settings.BeforeMaxMs), tables.Count));
            while (Chance(25))
            {
                long kafkaTimestamp = NextTime();
                object? version = Chance(25) ? null : entity(Chance(40) ? NextTime() : null);
                tables.Add(new TableRecord(table, account, id, version, kafkaTimestamp, tables.Count));
            }
        }
    }

    private long NextBefore() => random.Next(7) switch
    {
        6 => random.Next(-1, 1),
        0 => settings.BeforeMaxMs,
        1 => 2 * settings.BeforeMaxMs,
        // A window of a millisecond has a ratio in the hundred millions: the greatest sums.
        2 => 1,
        3 => settings.BeforeMs / 2,
        4 => (settings.BeforeMs / 3) + 1,
        _ => random.NextInt64(1, settings.BeforeMaxMs),
    };

    /// <summary>A border away from a time already used, give or take a millisecond; or anywhere on a coarse grid.</summary>
    private long NextTime()
    {
        long time = Chance(75)
            ? Pick(times) + ((Chance(50) ? 1 : -1) * Pick(borders)) + (Chance(40) ? random.Next(-1, 2) : 0)
            : Some.Noon + (random.NextInt64(-spread, spread) / (5 * Some.Minute) * (5 * Some.Minute));
        time = Math.Clamp(time, Some.Noon - spread - (crowd ? 0 : settings.BeforeMaxMs), Some.Noon + spread);
        times.Add(time);
        return time;
    }

    private string NextEventId() => $"{(Chance(50) ? "e" : "E")}{++events}";

    private long[] Teams() => [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => (long)random.Next(1, 4))];

    private bool Chance(int percent) => random.Next(100) < percent;

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
