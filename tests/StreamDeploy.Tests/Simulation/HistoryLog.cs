using System.Text;
using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.Tests.Simulation;

/// <summary>What has to become of a record.</summary>
internal enum Destiny
{
    /// <summary>It goes into the join.</summary>
    Joined,

    /// <summary>Once to dead-letters.</summary>
    Dead,

    /// <summary>Once to the partition of its account. How late it gets there is chance: it is joined or late.</summary>
    SentOn,
}

/// <summary>A record that comes, when, and what has to become of it.</summary>
internal sealed record Arrival(long ArrivalMs, TopicPartition To, Message<byte[]?, byte[]?> Message, LogRecord? Record, Destiny Destiny)
{
    public long TimestampMs => Message.Timestamp.UnixTimestampMs;

    public override string ToString() => $"{To} {Record?.AccountId} {Record?.EventId} at {Record?.EventTimeMs - Some.Noon} came {ArrivalMs - Some.Noon} {Destiny}";
}

/// <summary>
/// What is produced in a history: a random log of the oracle's, for more accounts, in an order in which it is beyond doubt what is late. Whatever is joined
/// comes no later after its event time than half the grace, so that watermarks may be as old as the other half.
/// </summary>
internal sealed class HistoryLog
{
    private readonly Random _random;
    private readonly TopicNames _topics = new("");
    private readonly int _partitions;
    private readonly List<Arrival> _arrivals = [];
    private readonly int _behindOneIn;
    private int _odd;

    public HistoryLog(Random random, int partitions)
    {
        (_random, _partitions) = (random, partitions);
        _behindOneIn = random.Next(3) == 0 ? 1 : 8;
        Case = LogGen.Of(random.Next(), conflicts: false);
        Copies = random.Next(1, 4);
        foreach (var record in Case.Log)
        {
            for (var copy = 0; copy < Copies; copy++)
                Add(Copied(record, copy));
        }
        Spread(random.Next(4), AddPoison);
        if (partitions > 1)
            Spread(random.Next(5), AddMisrouted);
        _arrivals = [.. _arrivals.OrderBy(a => a.ArrivalMs)];
        for (var i = random.Next(4); i > 0; i--)
            InsertLate();
        AddClocks();
    }

    public LogCase Case { get; }

    public int Copies { get; }

    public IReadOnlyList<Arrival> Arrivals => _arrivals;

    /// <summary>How much later than the fetch of one topic another may bring records without making the first one's late.</summary>
    public long SlackMs => Case.Settings.GraceMs / 2;

    /// <summary>How long before a lower bound of the stream time records may still be needed.</summary>
    public long NeededMs => Case.Settings.BeforeMaxMs + Case.Settings.SettleMs + 2 * Case.Settings.GraceMs + 4 * Case.Settings.SkewMs;

    public IReadOnlyList<TableRecord> Tables => [.. Case.Tables.SelectMany(t => Enumerable.Range(0, Copies).Select(copy => Copied(t, copy)))];

    private long LastMs => _arrivals.Select(a => a.ArrivalMs).Append(Some.Noon).Max();

    private int PartitionOf(string accountId) => Murmur2.PartitionOf(accountId, _partitions);

    private void Add(LogRecord record)
    {
        if (IsRejected(record))
        {
            var atMs = Some.Noon + _random.NextInt64(-Some.Hour, Some.Hour);
            _arrivals.Add(new(atMs, To(record, _random.Next(_partitions)), Encoded(record, Math.Max(0, record.KafkaTimestampMs)), record, Destiny.Dead));
            return;
        }
        var arrivalMs = record.EventTimeMs + (_random.Next(3) == 0 ? 0 : _random.NextInt64(Case.Settings.GraceMs - SlackMs + 1));
        // A producer's clock may be behind by as much as is allowed.
        var timestampMs = _random.Next(_behindOneIn) == 0 ? record.EventTimeMs - Case.Settings.SkewMs : arrivalMs;
        record = record with { KafkaTimestampMs = timestampMs };
        _arrivals.Add(new(arrivalMs, To(record, PartitionOf(record.AccountId)), Encoded(record, timestampMs), record, Destiny.Joined));
    }

    private bool IsRejected(LogRecord record) => new NaiveReading([record], Case.Settings).Fates[0] == Topology.Oracle.Fate.Rejected;

    private void Spread(int count, Action<long> add)
    {
        for (; count > 0; count--)
            add(_arrivals[_random.Next(_arrivals.Count)].ArrivalMs);
    }

    private void AddPoison(long atMs)
    {
        byte[]? value = _random.Next(3) switch
        {
            0 => null,
            1 => "no Avro"u8.ToArray(),
            _ => SimulatedSchemas.All.Deployments.Encode(Some.Deployment())[..9],
        };
        var topic = _random.Next(2) == 0 ? _topics.Deployments : _topics.Alerts;
        _arrivals.Add(new(atMs, new(topic, _random.Next(_partitions)), Message("acme", value, atMs), null, Destiny.Dead));
    }

    /// <summary>Of an account of its own: whether it comes in time where it belongs is chance, and must not change any other answer.</summary>
    private void AddMisrouted(long atMs)
    {
        var account = $"stray-{_odd++}";
        var record = _random.Next(2) == 0 ? LogRecord.Of(Some.Deployment("stray", atMs, accountId: account)) : LogRecord.Of(Some.Alert("stray", atMs, account));
        var message = Encoded(record, atMs);
        var again = _random.Next(4) == 0;
        if (again)
            message.Headers = new Headers { { Rerouting.Header, "elsewhere"u8.ToArray() } };
        var wrong = (PartitionOf(account) + _random.Next(1, _partitions)) % _partitions;
        _arrivals.Add(new(atMs, To(record, wrong), message, record, again ? Destiny.Dead : Destiny.SentOn));
    }

    /// <summary>So long after its time, behind a record of its own topic, that no order of reading makes it anything but late.</summary>
    private void InsertLate()
    {
        var at = _random.Next(_arrivals.Count);
        var (after, settings) = (_arrivals[at], Case.Settings);
        if (after.Destiny != Destiny.Joined || after.Record is not { } known)
            return;
        var eventMs = known.EventTimeMs - NeededMs - _random.NextInt64(2 * Some.Hour) - 1;
        var id = $"late-{_odd++}";
        var record = known.Deployment is not null
            ? LogRecord.Of(Some.Deployment(id, eventMs, accountId: known.AccountId))
            : LogRecord.Of(Some.Alert(id, eventMs, known.AccountId));
        var timestampMs = _random.Next(2) == 0 ? after.ArrivalMs : eventMs;
        _arrivals.Insert(at + 1, new(after.ArrivalMs, after.To, Encoded(record, timestampMs), record, Destiny.Dead));
    }

    /// <summary>Time goes on in every partition until every alert has settled, on one topic or on both.</summary>
    private void AddClocks()
    {
        var atMs = LastMs + NeededMs + 1;
        for (var p = 0; p < _partitions; p++)
        {
            var account = Enumerable.Range(0, 1000).Select(i => $"clock-{i}").First(a => PartitionOf(a) == p);
            var which = _random.Next(3);
            if (which != 0)
                AddClock(LogRecord.Of(Some.Deployment("clock", atMs, accountId: account)));
            if (which != 1)
                AddClock(LogRecord.Of(Some.Alert("clock", 0, account, "tick") with { UpdatedAtMs = atMs }));
        }

        void AddClock(LogRecord record) => _arrivals.Add(new(atMs, To(record, PartitionOf(record.AccountId)), Encoded(record, atMs), record, Destiny.Joined));
    }

    private TopicPartition To(LogRecord record, int partition) => new(record.Deployment is null ? _topics.Alerts : _topics.Deployments, partition);

    private static Message<byte[]?, byte[]?> Encoded(LogRecord record, long timestampMs) => Message(
        record.AccountId, record.Deployment is { } d ? SimulatedSchemas.All.Deployments.Encode(d) : SimulatedSchemas.All.Alerts.Encode(record.Alert!), timestampMs);

    private static Message<byte[]?, byte[]?> Message(string key, byte[]? value, long timestampMs) =>
        new() { Key = Encoding.UTF8.GetBytes(key), Value = value, Timestamp = new(timestampMs, TimestampType.CreateTime) };

    private static string Copied(string accountId, int copy) => accountId.Length == 0 ? "" : $"{accountId}-{copy}";

    private static LogRecord Copied(LogRecord r, int copy) => r with
    {
        Deployment = r.Deployment is { } d ? d with { AccountId = Copied(d.AccountId, copy) } : null,
        Alert = r.Alert is { } a ? a with { AccountId = Copied(a.AccountId, copy) } : null,
    };

    private static TableRecord Copied(TableRecord r, int copy)
    {
        var account = Copied(r.AccountId, copy);
        return r with
        {
            AccountId = account,
            Entity = r.Entity switch
            {
                DeploymentPipeline e => e with { AccountId = account },
                AlertSource e => e with { AccountId = account },
                EscalationPolicy e => e with { AccountId = account },
                Account e => e with { AccountId = account },
                _ => null,
            },
        };
    }
}
