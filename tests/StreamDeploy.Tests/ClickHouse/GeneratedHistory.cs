using StreamDeploy.Schemas;
using StreamDeploy.Tests.ClickHouse.Oracle;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>Some days of several accounts, full of what is rare: equal times, midnights, ids used twice, missing fields, answers out of order.</summary>
/// <remarks>The same seed gives the same records.</remarks>
internal sealed partial class GeneratedHistory
{
    private const int Days = 4;

    /// <summary>Month, year and leap day; 1970, from which times are counted; 2149, where ClickHouse's Date ends.</summary>
    private static readonly DateTime[] Starts =
        [new(2026, 1, 30), new(2025, 12, 30), new(2024, 2, 27), new(2026, 6, 15), new(1970, 1, 1), new(1969, 12, 30), new(2149, 6, 5)];

    private readonly Random _random;
    private readonly long _startMs;
    private readonly Dictionary<(Type, int), long> _offsets = [];
    private readonly List<HistoryRecord> _records = [];
    private readonly List<Deployment> _deployments = [];

    private GeneratedHistory(int seed)
    {
        _random = new Random(seed);
        _startMs = (long)(Starts[seed % Starts.Length] - DateTime.UnixEpoch).TotalMilliseconds;
    }

    /// <summary>In the order in which they came into the topics.</summary>
    public static IReadOnlyList<HistoryRecord> Of(int seed)
    {
        var history = new GeneratedHistory(seed);
        foreach (string account in history.Some("acme", "b/ü", "a", "").Distinct().Append("acme"))
            history.Live(account);
        return history._records;
    }

    private void Live(string account)
    {
        _deployments.Clear();
        for (int i = _random.Next(5, 25); i > 0; i--)
            Deploy(account, pipeline: _random.Next(1, 4), id: Pick("d1", "d2", "d3", "d4", "d5", "d6", "d7", "ü\"\\\n", ""));
        for (int i = _random.Next(3, 12); i > 0; i--)
            Raise(account, alert: Pick("a1", "a2", "a3", "a4"), AnyTime());
        for (int i = _random.Next(0, 6); i > 0; i--)
            SetAside(account);
    }

    private void Deploy(string account, long pipeline, string id)
    {
        long time = AnyTime();
        foreach (DeploymentStatus status in Some(Enum.GetValues<DeploymentStatus>()))
        {
            Deployment e = DeploymentEvent(account, pipeline, id, status, time);
            Add(e, time);
            _deployments.Add(e);
            // Another event of the same time and status, and a later delivery of the same event.
            if (Chance(10))
                Add(DeploymentEvent(account, pipeline, id, status, time), time);
            if (Chance(10))
                Add(e, time + AnySpan());
            time += Chance(20) ? 0 : AnySpan();
        }
    }

    private Deployment DeploymentEvent(string account, long pipeline, string id, DeploymentStatus status, long time) => new()
    {
        AccountId = account,
        EventId = "e" + _random.Next(100),
        DeploymentId = id,
        PipelineId = pipeline,
        Source = Pick("github", "api"),
        Kind = Pick(DeploymentKind.DEPLOYMENT, DeploymentKind.PUSH, DeploymentKind.RELEASE),
        Status = status,
        Summary = Text()!,
        OccurredAtMs = time,
        StartedAtMs = Maybe(time - AnySpan()),
        // What an event says of times may lie after it, or be a client's way to say that it knows none.
        FinishedAtMs = Chance(5) ? time + AnySpan() : Chance(3) ? -1000 : Maybe(time - AnySpan()),
        CommittedAtMs = Maybe(time - AnySpan()),
        Environment = Pick("production", "production", "staging", "", null),
        Service = Pick("checkout", "search", "", null),
        Version = Text(),
        Commit = Text(),
        Repository = Text(),
        Branch = Text(),
        Author = Chance(50) ? null : new Author { Name = Text(), Email = Text() },
        Links = Chance(80) ? [] : [new Link { Href = "https://example.com/", Text = Text() }, new Link { Href = "" }],
        CustomDetails = Pick(null, """{"a":"\u00fc"}"""),
        ReceivedAtMs = Maybe(time + 5),
    };

    private void Raise(string account, string alert, long raised)
    {
        long time = raised, first = _records.Count;
        foreach (AlertStatus status in Some(Enum.GetValues<AlertStatus>()))
        {
            Add(AlertEvent(account, alert, raised, status, time), time);
            if (Chance(10))
                Add(AlertEvent(account, alert, raised, status, time), time);
            time += Chance(20) ? 0 : AnySpan();
        }
        if (_records.Count > first && Chance(10))
            Add(_records[^1].Event, time);
        if (Chance(90))
            Answer(account, alert, raised);
    }

    private Alert AlertEvent(string account, string id, long raised, AlertStatus status, long time) => new()
    {
        AccountId = account,
        EventId = "e" + _random.Next(100),
        AlertId = id,
        Status = status,
        Priority = Pick("HIGH", "LOW", ""),
        Summary = Text()!,
        OccurredAtMs = raised,
        UpdatedAtMs = time,
        ResolvedAtMs = status == AlertStatus.RESOLVED ? time - (Chance(50) ? 0 : 90_000) : null,
        AlertSourceId = Pick<long?>(null, 1, long.MaxValue),
        EscalationPolicyId = Pick<long?>(null, 2, -1),
        TeamIds = Pick<long[]>([], [7], [7, 10], [9_007_199_254_740_993]),
        Service = Pick("checkout", "", null),
        Environment = Pick("production", "", null),
        Labels = Pick<Dictionary<string, string>>([], new() { ["job"] = "api", ["z"] = "" }, new() { ["job"] = "a\"/\\\n🚀ü" }),
        Link = Text(),
    };

    private void SetAside(string account)
    {
        long time = AnyTime();
        var letter = new Letter
        {
            AccountId = account,
            Reader = Pick("worker", "history"),
            Reason = Pick("LATE", "NOT_AVRO"),
            Error = Text()!,
            Topic = Pick("deployments", "alerts"),
            RecordPartition = _random.Next(2),
            RecordOffset = _random.Next(5),
            RecordArrivedMs = Math.Max(0, _startMs),
            Bytes = _random.Next(3),
        };
        Add(letter, time);
        if (Chance(30))
            Add(letter with { Error = Text()! }, time);
    }

    private void Add(object record, long time)
    {
        int partition = _random.Next(2);
        long offset = _offsets.GetValueOrDefault((record.GetType(), partition));
        _offsets[(record.GetType(), partition)] = offset + 1 + (Chance(20) ? 1 : 0);
        _records.Add(new(partition, offset, time + (Chance(50) ? 0 : AnySpan()), record));
    }

    /// <summary>On a coarse grid, so that times are often equal, and often around midnight.</summary>
    private long AnyTime()
    {
        long day = _startMs + (_random.Next(Days) * Calendar.DayMs);
        return Chance(30) ? day + Pick(-1, 0, 1) : day + (_random.Next(24) * Tests.Some.Hour) + (_random.Next(6) * 10 * Tests.Some.Minute);
    }

    private long AnySpan() => Pick(0, 1, 999, Tests.Some.Minute, 10 * Tests.Some.Minute, Tests.Some.Hour, 8 * Tests.Some.Hour, Calendar.DayMs, 30 * Tests.Some.Hour);

    private string? Text() => Pick("", "one", "two", "zwölf 🚀");

    private long? Maybe(long value) => Chance(50) ? value : null;

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T Pick<T>(params T[] values) => values[_random.Next(values.Length)];

    private T[] Some<T>(params T[] values) => [.. values.Where(_ => Chance(50))];
}
